// What faults do to subscriptions in the process, on the virtual clock.
import type { FaultEffect } from "@shardline/emulator";
import { expect, test } from "vitest";
import { ACCOUNT, newEmulator, type TestEmulator } from "../support/emulator.ts";
import {
  after,
  continuationOf,
  follow,
  HORIZON,
  LATEST,
  readAll,
  type Reading,
  registerConsumer,
  subscribe,
  textsOf,
} from "../support/fan-out.ts";
import { FIRST_SHARD, put, splitInHalf } from "../support/records.ts";

/** Subscribes from the start of a shard that holds a, b and c, and reads under a fault. */
async function followUnder(
  effect: FaultEffect,
): Promise<{ emulator: TestEmulator; reading: Reading }> {
  const emulator = newEmulator({ streams: { s: 1 } });
  const consumer = await registerConsumer(emulator);
  emulator.emulator.faults.add({ effect });
  const reading = await follow(emulator, consumer, LATEST);
  for (const text of ["a", "b", "c"]) {
    await put(emulator, text);
    await emulator.clock.advance(1);
  }
  return { emulator, reading };
}

test("events can come later, in their order", async () => {
  const { emulator, reading } = await followUnder({ kind: "delayEvents", ms: 1000 });
  expect(textsOf(reading.events)).toEqual([]);
  await emulator.clock.advance(998);
  expect(textsOf(reading.events)).toEqual(["a"]);
  await emulator.clock.advance(1000);
  expect(textsOf(reading.events)).toEqual(["a", "b", "c"]);
});

test("heartbeats can be dropped, while records and the end of the shard come", async () => {
  const { emulator, reading } = await followUnder({ kind: "dropHeartbeats" });
  await emulator.clock.advance(30_000);
  expect(reading.events).toHaveLength(3);
  await splitInHalf(emulator, FIRST_SHARD);
  expect(reading.events).toHaveLength(4);
  expect(reading.events[3]?.ChildShards).toHaveLength(2);
  expect(reading.end).toBe("clean");
});

test("a subscription can fall silent, longer than it lives, until its emulator closes", async () => {
  const { emulator, reading } = await followUnder({ kind: "silence", afterEvents: 2 });
  await emulator.clock.advance(3_600_000);
  expect([textsOf(reading.events), reading.end]).toEqual([["a", "b"], undefined]);
  emulator.emulator.close();
  await emulator.clock.advance(0);
  expect(reading.end).toBe("clean");
});

test("a silent subscription ends at once when its reader leaves", async () => {
  const emulator = newEmulator({ streams: { s: 1 }, faults: [{ effect: { kind: "silence" } }] });
  const consumer = await registerConsumer(emulator);
  const controller = new AbortController();
  const bySignal = readAll(
    await subscribe(emulator, consumer, LATEST, { signal: controller.signal }),
  );
  controller.abort();
  await emulator.clock.advance(5000);
  expect(bySignal.end).toBe("clean");
  const events = (await subscribe(emulator, consumer, LATEST))[Symbol.asyncIterator]();
  const next = events.next();
  await events.return?.();
  expect(await next).toEqual({ done: true, value: undefined });
});

test.each<[FaultEffect, { name: string; reason: string } | "clean"]>([
  [{ kind: "endEvents", afterEvents: 2 }, "clean"],
  [
    { kind: "failEvents", afterEvents: 2 },
    { name: "InternalFailureException", reason: "Internal service failure." },
  ],
  [
    { kind: "failEvents", afterEvents: 2, type: "KMSDisabledException", message: "off" },
    { name: "KMSDisabledException", reason: "off" },
  ],
  [
    { kind: "takeOver", afterEvents: 2 },
    {
      name: "ResourceInUseException",
      reason: `Another active subscription exists for this consumer: ${ACCOUNT}:s:${FIRST_SHARD}:c`,
    },
  ],
  [{ kind: "cutFrames", how: "clean", afterFrames: 3 }, "clean"],
  [
    { kind: "cutFrames", afterFrames: 3 },
    { name: "ECONNRESET", reason: "aborted" },
  ],
  [
    { kind: "cutFrames", how: "resetStream", afterFrames: 3 },
    { name: "ERR_HTTP2_STREAM_ERROR", reason: "the stream was closed with INTERNAL_ERROR" },
  ],
  [
    { kind: "cutFrames", how: "truncated", afterFrames: 3 },
    { name: "UnreadableAnswer", reason: "the last message is truncated" },
  ],
  [
    { kind: "badChecksum", afterFrames: 3 },
    { name: "UnreadableAnswer", reason: "a message has a wrong checksum" },
  ],
])("T48: %j ends a subscription after two events: %j", async (effect, end) => {
  const { reading } = await followUnder(effect);
  expect([textsOf(reading.events), reading.end]).toEqual([["a", "b"], end]);
});

test.each<FaultEffect>([
  { kind: "silence", afterEvents: 9 },
  { kind: "failEvents", afterEvents: 9 },
  { kind: "takeOver", afterEvents: 9 },
  { kind: "cutFrames", afterFrames: 9 },
  { kind: "cutFrames", afterFrames: 9, how: "truncated" },
  { kind: "cutFrames", afterFrames: 9, how: "resetStream" },
  { kind: "badChecksum", afterFrames: 9 },
])("%j leaves a subscription alone that ends by itself before", async (effect) => {
  const { emulator, reading } = await followUnder(effect);
  await splitInHalf(emulator, FIRST_SHARD);
  await emulator.clock.advance(0);
  expect(reading.events.at(-1)?.ChildShards).toHaveLength(2);
  expect(reading.end).toBe("clean");
});

test.each<FaultEffect>([
  { kind: "cutFrames" },
  { kind: "cutFrames", afterFrames: 1 },
  { kind: "cutFrames", how: "truncated" },
  { kind: "badChecksum" },
])("%j breaks a subscription without waiting for its first event", async (effect) => {
  const emulator = newEmulator({ streams: { s: 1 }, faults: [{ effect }] });
  const reading = await follow(emulator, await registerConsumer(emulator), LATEST);
  await emulator.clock.advance(0);
  expect([reading.events, reading.end]).toEqual([[], expect.objectContaining({})]);
});

test("T48: who subscribes anew after the last number that it got misses nothing", async () => {
  const { emulator, reading } = await followUnder({ kind: "cutFrames", afterFrames: 3 });
  const last = continuationOf(reading.events);
  emulator.emulator.faults.clear();
  await emulator.clock.advance(5000);
  const arn = `arn:aws:kinesis:us-east-1:${ACCOUNT}:stream/s/consumer/c:1700000000`;
  const again = await follow(emulator, arn, after(last));
  await emulator.clock.advance(0);
  expect(textsOf(again.events)).toEqual(["c"]);
});

test("a stale continuation number makes who resumes there read again, and the shard still ends", async () => {
  const { emulator, reading } = await followUnder({ kind: "staleContinuation" });
  const numbers = reading.events.map((event) => event.ContinuationSequenceNumber);
  expect(new Set(numbers).size).toBe(1);
  await splitInHalf(emulator, FIRST_SHARD);
  expect(reading.events.at(-1)).not.toHaveProperty("ContinuationSequenceNumber");
});

test("a subscription whose answer is lost takes the place of the consumer, and is let go of", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  const ConsumerARN = await registerConsumer(emulator);
  emulator.emulator.faults.add({ effect: { kind: "commitThenDrop" }, times: 1 });
  const input = { ConsumerARN, ShardId: FIRST_SHARD, StartingPosition: HORIZON };
  expect((await emulator.refusal("SubscribeToShard", input)).name).toBe("ECONNRESET");
  expect((await emulator.refusal("SubscribeToShard", input)).name).toBe("ResourceInUseException");
  expect(emulator.clock.pendingTimers).toBe(0);
});

test("a rule for a consumer fires for its subscriptions and for no others", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  const [first, second] = [
    await registerConsumer(emulator, "c"),
    await registerConsumer(emulator, "d"),
  ];
  emulator.emulator.faults.add({ effect: { kind: "endEvents" }, match: { consumer: "d" } });
  const readings = [await follow(emulator, first, LATEST), await follow(emulator, second, LATEST)];
  await emulator.clock.advance(0);
  expect(readings.map(({ end }) => end)).toEqual([undefined, "clean"]);
});
