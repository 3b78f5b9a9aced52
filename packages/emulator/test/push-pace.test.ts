import { expect, onTestFinished, test } from "vitest";
import { quietClock } from "../../../test/support/quiet-clock.ts";
import { Subscription } from "../src/fan-out/subscription.ts";
import { Shard } from "../src/stream/shard.ts";
import { newEmulator } from "./support/emulator.ts";
import { follow, HORIZON, LATEST, readAll, registerConsumer } from "./support/fan-out.ts";
import { put } from "./support/records.ts";

const MB = 1_000_000;

/** A subscription that is pushed 1 MB per second at most, to a shard of its own. */
function pacedSubscription() {
  const clock = quietClock();
  const shard = new Shard({
    streamId: 0,
    index: 0,
    range: { start: 0n, end: 7n },
    parentIds: [],
    createdAtMs: clock.wallTimeMs(),
    createdSeconds: Math.floor(clock.wallTimeMs() / 1000),
    limits: undefined,
    encryptedTurns: [],
    meter: { bytes: 0 },
  });
  const home = {
    clock,
    streamName: "s",
    streamArn: "arn",
    accountId: "000000000000",
    consumerMs: 1,
    subscriptionMs: 300_000,
    subscribeIntervalMs: 0,
    pushBytesPerSecond: MB,
    horizonMs: () => 0,
    maxConsumers: () => 20,
    onChange: () => {},
  };
  const subscription = new Subscription({ home, shard, startIndex: 0, onEnd: () => {} });
  onTestFinished(() => subscription.end());
  const append = (bytes: number): string =>
    shard.append("key", new Uint8Array(bytes - "key".length), bytes, clock.wallTimeMs(), 0);
  return { clock, subscription, append };
}

test("a paced subscription is pushed one second's bytes at once and then as fast as its pace", async () => {
  const { clock, subscription, append } = pacedSubscription();
  for (let i = 0; i < 5; i += 1) append(MB);
  const reading = readAll(subscription);
  const pushed: number[] = [];
  for (let seconds = 0; seconds < 4; seconds += 1) {
    await clock.advance(seconds === 0 ? 0 : 1000);
    pushed.push(reading.events.flatMap(({ Records }) => Records).length);
  }
  expect(pushed).toEqual([1, 2, 3, 4]);
});

test("a paced subscription does not delay what is below its pace", async () => {
  const { clock, subscription, append } = pacedSubscription();
  const reading = readAll(subscription);
  for (let i = 1; i <= 50; i += 1) {
    append(10_000);
    await clock.advance(10);
    expect(reading.events).toHaveLength(i);
  }
});

test("a paced subscription that has to wait for long still gets an event every 5 seconds, and loses nothing", async () => {
  const { clock, subscription, append } = pacedSubscription();
  const large = append(10 * MB);
  const waiting = append(1 * MB);
  const reading = readAll(subscription);
  await clock.advance(9999);
  const seen = (): object[] =>
    reading.events.map(({ ContinuationSequenceNumber, MillisBehindLatest }) => ({
      ContinuationSequenceNumber,
      MillisBehindLatest,
    }));
  const idleNumber = reading.events[1]?.ContinuationSequenceNumber ?? "";
  expect(BigInt(idleNumber) > BigInt(large) && BigInt(idleNumber) < BigInt(waiting)).toBe(true);
  const expected = [
    { ContinuationSequenceNumber: large, MillisBehindLatest: 1 },
    { ContinuationSequenceNumber: idleNumber, MillisBehindLatest: 5000 },
  ];
  expect(seen()).toEqual(expected);
  await clock.advance(1);
  expect(seen()).toEqual([
    ...expected,
    { ContinuationSequenceNumber: waiting, MillisBehindLatest: 0 },
  ]);
  expect(reading.events.map(({ Records }) => Records.length)).toEqual([1, 0, 1]);
});

test("under the limits of AWS a subscription is pushed 2 MiB per second", async () => {
  const emulator = newEmulator({ streams: { s: 1 }, limits: "aws" });
  for (let i = 0; i < 8; i += 1) {
    await put(emulator, "x".repeat(1_048_576 - "key".length));
    await emulator.clock.advance(1000);
  }
  const reading = await follow(emulator, await registerConsumer(emulator), HORIZON);
  const pushed: number[] = [];
  for (let seconds = 0; seconds < 4; seconds += 1) {
    await emulator.clock.advance(seconds === 0 ? 0 : 1000);
    pushed.push(reading.events.flatMap(({ Records }) => Records).length);
  }
  expect(pushed).toEqual([2, 4, 6, 8]);
});

test("without limits a subscription is pushed everything at once", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  const reading = await follow(emulator, await registerConsumer(emulator), LATEST);
  for (let i = 0; i < 8; i += 1) await put(emulator, "x".repeat(1_000_000));
  await emulator.clock.advance(0);
  expect(reading.events.flatMap(({ Records }) => Records)).toHaveLength(8);
});
