// Enhanced fan-out for code in the process, on the virtual clock.
import { getEventListeners } from "node:events";
import {
  apiFailureOf,
  type IteratorStart,
  type KinesisApi,
  type ShardSubscription,
  type SubscriptionEvent,
} from "@shardline/core";
import type { FaultEffect } from "@shardline/emulator";
import { expect, test } from "vitest";
import { newEmulator, type TestEmulator } from "./support/emulator.ts";
import { STREAM_ARN } from "./support/fan-out.ts";
import { FIRST_SHARD, put, splitInHalf } from "./support/records.ts";

const { signal } = new AbortController();
const LATEST = { type: "LATEST" } as const;
const HORIZON = { type: "TRIM_HORIZON" } as const;
const BILLING = { streamArn: STREAM_ARN, consumerName: "billing" };

interface Reading {
  readonly events: readonly SubscriptionEvent[];
  /** Undefined while the subscription goes on. */
  readonly end: unknown;
}

interface Fixture extends TestEmulator {
  readonly kinesis: KinesisApi;
  readonly consumerArn: string;
  readonly subscribe: (start: IteratorStart, by?: AbortSignal) => Promise<ShardSubscription>;
}

/** An emulator with a consumer that is ACTIVE. */
async function newFixture(): Promise<Fixture> {
  const test = newEmulator({ streams: { s: 1 } });
  const kinesis = test.emulator.kinesis();
  const { arn: consumerArn } = await kinesis.registerStreamConsumer(BILLING, signal);
  await test.clock.advance(1);
  const subscribe: Fixture["subscribe"] = (start, by = signal) =>
    kinesis.subscribeToShard({ consumerArn, shardId: FIRST_SHARD, start }, by);
  return { ...test, kinesis, consumerArn, subscribe };
}

/** Reads every event as soon as it is there. */
function readAll(subscription: ShardSubscription): Reading {
  const events: SubscriptionEvent[] = [];
  const reading: { events: typeof events; end: unknown } = { events, end: undefined };
  const read = async (): Promise<void> => {
    for await (const event of subscription) events.push(event);
  };
  read().then(
    () => {
      reading.end = "clean";
    },
    (error: unknown) => {
      reading.end = apiFailureOf(error) ?? error;
    },
  );
  return reading;
}

function textsOf({ events }: Reading): string[] {
  return events.flatMap(({ records }) => records.map(({ data }) => Buffer.from(data).toString()));
}

function failure(kind: string, awsName: string, isAmbiguous = kind === "transient"): object {
  return { kind, awsName, reason: expect.any(String), isAmbiguous };
}

test("a consumer is registered, becomes ACTIVE, is described by its ARN or its name, and goes", async () => {
  const { clock, emulator } = newEmulator({ streams: { s: 1 } });
  const kinesis = emulator.kinesis();
  const registered = await kinesis.registerStreamConsumer(BILLING, signal);
  expect(registered).toEqual({
    name: "billing",
    arn: `${STREAM_ARN}/consumer/billing:1700000000`,
    status: "CREATING",
    createdAtMs: 1_700_000_000_000,
  });
  await clock.advance(1);
  const { arn: consumerArn } = registered;
  const active = { ...registered, status: "ACTIVE" };
  expect(await kinesis.describeStreamConsumer({ consumerArn }, signal)).toEqual(active);
  expect(await kinesis.describeStreamConsumer(BILLING, signal)).toEqual(active);
  await kinesis.deregisterStreamConsumer({ consumerArn }, signal);
  expect(await kinesis.describeStreamConsumer(BILLING, signal)).toMatchObject({
    status: "DELETING",
  });
  await clock.advance(1);
  const gone = kinesis.describeStreamConsumer({ consumerArn }, signal);
  expect(apiFailureOf(await gone.catch((error: unknown) => error))).toEqual(
    failure("missing", "ResourceNotFoundException"),
  );
});

test("records are pushed as they are put, with the number to go on with", async () => {
  const fixture = await newFixture();
  const reading = readAll(await fixture.subscribe(LATEST));
  await put(fixture, "a");
  await fixture.clock.advance(0);
  const [event] = reading.events;
  expect(event).toEqual({
    records: [
      {
        sequenceNumber: expect.stringMatching(/^\d{56}$/),
        partitionKey: expect.any(String),
        data: new Uint8Array(Buffer.from("a")),
        arrivedAtMs: fixture.clock.wallTimeMs(),
      },
    ],
    millisBehindLatest: 0,
    next: { kind: "continuation", sequenceNumber: event?.records[0]?.sequenceNumber },
  });
  await fixture.clock.advance(5000);
  expect(reading.events[1]).toMatchObject({ records: [], next: { kind: "continuation" } });
});

test("every start is understood", async () => {
  const fixture = await newFixture();
  await put(fixture, "a");
  const first = readAll(await fixture.subscribe(HORIZON));
  await fixture.clock.advance(1);
  const sequenceNumber = first.events[0]?.records[0]?.sequenceNumber ?? "";
  await fixture.clock.advance(10_000);
  await put(fixture, "b");
  const starts: readonly IteratorStart[] = [
    HORIZON,
    LATEST,
    { type: "AT_TIMESTAMP", timestampMs: 1_700_000_005_000 },
    { type: "AT_SEQUENCE_NUMBER", sequenceNumber },
    { type: "AFTER_SEQUENCE_NUMBER", sequenceNumber },
  ];
  const texts: string[] = [];
  for (const start of starts) {
    const reading = readAll(await fixture.subscribe(start));
    await fixture.clock.advance(5000);
    texts.push(textsOf(reading).join(""));
  }
  expect(texts).toEqual(["ab", "", "b", "ab", "b"]);
});

test("a shard that is closed ends with its children, and then cleanly", async () => {
  const fixture = await newFixture();
  const reading = readAll(await fixture.subscribe(LATEST));
  await splitInHalf(fixture, FIRST_SHARD);
  await fixture.clock.advance(0);
  expect(reading.events.at(-1)?.next).toMatchObject({
    kind: "shard-end",
    childShards: [{ parentShardIds: [FIRST_SHARD] }, { parentShardIds: [FIRST_SHARD] }],
  });
  expect(reading.end).toBe("clean");
});

test("a subscription ends cleanly after five minutes", async () => {
  const fixture = await newFixture();
  const reading = readAll(await fixture.subscribe(LATEST));
  await fixture.clock.advance(299_999);
  expect(reading.end).toBeUndefined();
  await fixture.clock.advance(1);
  expect([reading.events.length, reading.end]).toEqual([60, "clean"]);
});

test("an abort rejects with its reason, frees the place, and leaves no listener behind", async () => {
  const fixture = await newFixture();
  const reader = new AbortController();
  const reading = readAll(await fixture.subscribe(LATEST, reader.signal));
  await fixture.clock.advance(6000);
  const reason = new Error("enough");
  reader.abort(reason);
  await fixture.clock.advance(0);
  expect(reading.end).toBe(reason);
  expect(getEventListeners(reader.signal, "abort")).toEqual([]);
  expect(fixture.emulator.inspect("s")?.consumers).toMatchObject([{ subscribedShardIds: [] }]);
});

test("an abort ends a subscription that nobody reads, and one that is refused leaves no listener behind", async () => {
  const fixture = await newFixture();
  const reader = new AbortController();
  const unread = await fixture.subscribe(LATEST, reader.signal);
  await expect(fixture.subscribe(LATEST, reader.signal)).rejects.toThrow("ResourceInUse");
  expect(getEventListeners(reader.signal, "abort")).toHaveLength(1);
  reader.abort("enough");
  expect(fixture.emulator.inspect("s")?.consumers).toMatchObject([{ subscribedShardIds: [] }]);
  await expect(unread[Symbol.asyncIterator]().next()).rejects.toBe("enough");
});

test("leaving the loop ends the subscription", async () => {
  const fixture = await newFixture();
  await put(fixture, "a");
  for await (const { records } of await fixture.subscribe(HORIZON)) {
    expect(records).toHaveLength(1);
    break;
  }
  expect(fixture.emulator.inspect("s")?.consumers).toMatchObject([{ subscribedShardIds: [] }]);
  expect(getEventListeners(signal, "abort")).toEqual([]);
});

test.each<[FaultEffect, unknown]>([
  [{ kind: "endEvents", afterEvents: 2 }, "clean"],
  [{ kind: "failEvents", afterEvents: 2 }, failure("transient", "InternalFailureException")],
  [
    { kind: "failEvents", afterEvents: 2, type: "KMSDisabledException" },
    failure("denied", "KMSDisabledException"),
  ],
  [
    { kind: "failEvents", afterEvents: 2, type: "SomethingNewException" },
    failure("transient", "SomethingNewException"),
  ],
  [{ kind: "takeOver", afterEvents: 2 }, failure("busy", "ResourceInUseException")],
  [{ kind: "cutFrames", how: "clean", afterFrames: 3 }, "clean"],
  [{ kind: "cutFrames", afterFrames: 3 }, failure("transient", "ECONNRESET")],
  [
    { kind: "cutFrames", how: "resetStream", afterFrames: 3 },
    failure("transient", "ERR_HTTP2_STREAM_ERROR"),
  ],
  [
    { kind: "cutFrames", how: "truncated", afterFrames: 3 },
    failure("transient", "UnreadableAnswer"),
  ],
  [{ kind: "badChecksum", afterFrames: 3 }, failure("transient", "UnreadableAnswer")],
  [{ kind: "splitFrames" }, undefined],
  [{ kind: "silence", afterEvents: 2 }, undefined],
])("through the port, %j is %j after two events", async (effect, end) => {
  const fixture = await newFixture();
  fixture.emulator.faults.add({ effect });
  const reading = readAll(await fixture.subscribe(LATEST));
  for (const text of ["a", "b"]) {
    await put(fixture, text);
    await fixture.clock.advance(1);
  }
  if (end !== undefined) await put(fixture, "c");
  await fixture.clock.advance(1);
  expect([textsOf(reading), reading.end]).toEqual([["a", "b"], end]);
});
