// What is written down of a subscription, from the call to its end.
import { apiCallFailed, type ShardSubscription, type SubscriptionEvent } from "@shardline/core";
import { expect, test } from "vitest";
import { Journal } from "./journal.ts";
import { watchReads } from "./watched-reads.ts";

const CONSUMER = { consumerArn: "arn", shardId: "shard", start: { type: "LATEST" } } as const;
const FAILURE = apiCallFailed("SubscribeToShard", {
  kind: "transient",
  awsName: "InternalFailure",
  reason: "it failed",
  isAmbiguous: false,
});
const EVENT: SubscriptionEvent = {
  records: [{ sequenceNumber: "7", partitionKey: "a", data: new Uint8Array(3), arrivedAtMs: 0 }],
  millisBehindLatest: 0,
  next: { kind: "continuation", sequenceNumber: "7" },
};

/** A worker that subscribes to a service which answers as it is told to. */
function world(answer: () => ShardSubscription) {
  const journal = new Journal(() => 0);
  const kinesis = { subscribeToShard: () => Promise.resolve().then(answer) };
  const process = { name: "w", nowMs: () => 5, wallTimeMs: () => 0, startTimer: () => NO_TIMER };
  const watched = watchReads(kinesis as never, process, journal);
  const told = (): string[] =>
    journal.recent.map((entry) => {
      if (entry.kind === "subscription") return Object.values(entry.news).join(" ");
      return entry.kind === "fetched" ? `${entry.by} ${entry.carriers[0]?.bytes}` : entry.kind;
    });
  return { told, watched };
}

const NO_TIMER = { [Symbol.dispose]: () => undefined };

async function* events(...steps: readonly (SubscriptionEvent | Error)[]): ShardSubscription {
  await Promise.resolve();
  for (const step of steps) {
    if (step instanceof Error) throw step;
    yield step;
  }
}

test("events are told as they are asked for and come, and the end of a subscription", async () => {
  const { told, watched } = world(() => events(EVENT));
  const { signal } = new AbortController();
  for await (const event of await watched.subscribeToShard(CONSUMER, signal)) {
    expect(event).toBe(EVENT);
  }
  expect(told()).toEqual(["asked", "accepted", "awaited", "pushed", "push 4", "awaited", "ended"]);
});

test("one that is refused, and one that fails", async () => {
  const refused = world(() => {
    throw FAILURE;
  });
  const { signal } = new AbortController();
  await expect(refused.watched.subscribeToShard(CONSUMER, signal)).rejects.toBe(FAILURE);
  expect(refused.told()).toEqual(["asked", "refused transient"]);
  const failing = world(() => events(FAILURE));
  const subscription = await failing.watched.subscribeToShard(CONSUMER, signal);
  await expect(subscription[Symbol.asyncIterator]().next()).rejects.toBe(FAILURE);
  expect(failing.told()).toEqual(["asked", "accepted", "awaited", "failed transient"]);
});

test("one that the worker leaves is over then, whatever comes of it", async () => {
  const { told, watched } = world(() => events(EVENT));
  const stop = new AbortController();
  const subscription = await watched.subscribeToShard(CONSUMER, stop.signal);
  stop.abort();
  await subscription[Symbol.asyncIterator]().next();
  expect(told()).toEqual(["asked", "accepted", "left"]);
});
