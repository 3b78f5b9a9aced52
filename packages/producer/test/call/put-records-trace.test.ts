import { tracingChannel } from "node:diagnostics_channel";
import type { PutRecordsTrace } from "@shardline/producer";
import { expect, onTestFinished, test } from "vitest";
import { tracePutRecords } from "../../src/call/put-records-trace.ts";
import { failedCall } from "../support/failures.ts";
import { newRig, STREAM } from "../support/rig.ts";
import { shardId } from "../support/shards.ts";

type Seen = PutRecordsTrace & { readonly result?: unknown; readonly error?: unknown };

/** Writes down what the channel tells until the test is over. */
function watchCalls(): [string, Seen][] {
  const seen: [string, Seen][] = [];
  const noting = (event: string) => (message: unknown) =>
    void seen.push([event, { ...(message as Seen) }]);
  const channel = tracingChannel("kinesis-producer:putRecords");
  const subscribers = {
    start: noting("start"),
    end: noting("end"),
    asyncStart: noting("asyncStart"),
    asyncEnd: noting("asyncEnd"),
    error: noting("error"),
  };
  channel.subscribe(subscribers);
  onTestFinished(() => channel.unsubscribe(subscribers));
  return seen;
}

test("each PutRecords call is traced, from its start to its answer, with what it carries", async () => {
  const { clock, producer } = newRig({ shards: 2 });
  await clock.advance(0);
  const seen = watchCalls();
  for (const [explicitHashKey, data] of [
    [0, "a"],
    [0, "bc"],
    [2n ** 127n, "def"],
  ] as const) {
    void producer.put({ partitionKey: "k", explicitHashKey: BigInt(explicitHashKey), data });
  }
  await clock.advance(200);
  expect(seen.map(([event]) => event)).toEqual(["start", "end", "asyncStart", "asyncEnd"]);
  const described = {
    stream: STREAM,
    carriers: 2,
    records: 3,
    bytes: expect.any(Number),
    shards: [shardId(0), shardId(1)],
  };
  expect(seen[0]?.[1]).toEqual(described);
  expect(seen[3]?.[1]).toMatchObject({ ...described, result: [{}, {}] });
});

test("a call that fails is traced with its error", async () => {
  let isFirst = true;
  const { clock, producer } = newRig({
    between: () => ({
      putRecords: (next, ...args) => {
        if (!isFirst) return next(...args);
        isFirst = false;
        throw failedCall("unreachable");
      },
    }),
  });
  await clock.advance(0);
  const seen = watchCalls();
  const receipt = producer.put({ partitionKey: "k", data: "x" });
  await clock.advance(5000);
  expect((await receipt).attempts).toHaveLength(2);
  const error = seen.find(([event]) => event === "error");
  expect(error?.[1]).toMatchObject({ records: 1, error: { code: "API_CALL_FAILED" } });
  expect(seen.filter(([event]) => event === "start")).toHaveLength(2);
});

test("without a subscriber a call is not even described", async () => {
  const describe = (): PutRecordsTrace => {
    throw new Error("described");
  };
  expect(await tracePutRecords(describe, () => Promise.resolve("answer"))).toBe("answer");
});
