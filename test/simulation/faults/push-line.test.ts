// How events of the emulator come to a process by the network of a world.
import { apiFailureOf, type KinesisApi } from "@shardline/core";
import { SeededRandom, VirtualClock } from "@shardline/core/testing";
import { Emulator } from "@shardline/emulator";
import { expect, test } from "vitest";
import { SimProcess } from "../fleet/sim-process.ts";
import { FaultCounts } from "./fault-counts.ts";
import { Network } from "./network.ts";
import { type PushOdds, SOUND_PUSHES } from "./push-odds.ts";

const NEVER = new AbortController().signal;
const STREAM = { name: "orders" };
const SHARD = "shardId-000000000000";

/** A reader that takes whatever comes, and says when. */
interface Reading {
  readonly events: { readonly atMs: number; readonly records: number }[];
  end: unknown;
}

async function newWorld(odds: Partial<PushOdds> = {}) {
  const clock = new VirtualClock();
  const random = new SeededRandom(1);
  const emulator = new Emulator({ clock, random: random.fork(), streams: { orders: 1 } });
  const faults = new FaultCounts();
  const network = new Network({
    odds: {
      maxLatencyMs: 100,
      lostRequest: 0,
      lostAnswer: 0,
      lateRequest: 0,
      repeatedRequest: 0,
      slowCall: 0,
      throttledTable: 0,
    },
    push: { ...SOUND_PUSHES, ...odds },
    random,
    clock,
    faults,
  });
  const direct = emulator.kinesis();
  const { arn: streamArn } = await direct.describeStreamSummary({ stream: STREAM }, NEVER);
  const request = { streamArn, consumerName: "billing" };
  const { arn: consumerArn } = await direct.registerStreamConsumer(request, NEVER);
  await clock.advance(2000);
  const process = new SimProcess("w", clock);
  const port: Pick<KinesisApi, "subscribeToShard"> = {
    subscribeToShard: (...args) => direct.subscribeToShard(...args),
  };
  const kinesis = network.between(process, "kinesis", port);
  const put = async (): Promise<void> => {
    const entries = [{ data: new Uint8Array(1), partitionKey: "a" }];
    await direct.putRecords({ stream: STREAM, entries }, NEVER);
  };
  const read = (signal = NEVER): Reading => {
    const reading: Reading = { events: [], end: undefined };
    const take = async (): Promise<void> => {
      const start = { type: "TRIM_HORIZON" } as const;
      const subscribed = { consumerArn, shardId: SHARD, start };
      for await (const { records } of await kinesis.subscribeToShard(subscribed, signal)) {
        reading.events.push({ atMs: clock.nowMs(), records: records.length });
      }
    };
    void take().then(
      () => (reading.end = "ended"),
      (error: unknown) => (reading.end = error),
    );
    return reading;
  };
  /** Whether the service has a subscription. */
  const isOpen = (): boolean =>
    emulator.inspect("orders")?.consumers.some((one) => one.subscribedShardIds.length > 0) === true;
  return { clock, faults, isOpen, network, process, put, read };
}

test("a record is pushed at once, and a quiet shard tells of itself every five seconds", async () => {
  const { clock, put, read } = await newWorld();
  const { events } = read();
  await clock.advance(1000);
  const putAtMs = clock.nowMs();
  await put();
  await clock.advance(21_000);
  expect(events.map(({ records }) => records)).toEqual([1, 0, 0, 0, 0]);
  expect(events[0]?.atMs).toBeGreaterThan(putAtMs);
  expect(events[0]?.atMs).toBeLessThan(putAtMs + 100);
});

test("it ends after five minutes of the world", async () => {
  const { clock, isOpen, read } = await newWorld();
  const reading = read();
  await clock.advance(299_000);
  expect(reading.end).toBeUndefined();
  expect(isOpen()).toBe(true);
  await clock.advance(1300);
  expect(reading.end).toBe("ended");
  expect(isOpen()).toBe(false);
});

test("what is pushed to a process that stands still waits, and comes in order", async () => {
  const { clock, process, put, read } = await newWorld();
  const { events } = read();
  await clock.advance(1000);
  process.freeze(60_000);
  const thawsAtMs = clock.nowMs() + 60_000;
  for (let puts = 0; puts < 10; puts += 1) {
    await put();
    await clock.advance(1000);
  }
  await clock.advance(49_999);
  expect(events).toEqual([]);
  await clock.advance(400);
  expect(events.reduce((sum, { records }) => sum + records, 0)).toBe(10);
  // The connection holds four of them; the others wait at the service.
  expect(events.map(({ records }) => records).slice(0, 4)).toEqual([1, 1, 1, 1]);
  expect(events[3]?.atMs).toBeLessThan(thawsAtMs + 1);
});

test("a process that is killed has no subscription any more once the service pushes", async () => {
  const { clock, isOpen, process, read } = await newWorld();
  const reading = read();
  await clock.advance(1000);
  process.kill();
  await clock.advance(5100);
  expect(isOpen()).toBe(false);
  expect(reading).toEqual({ events: [], end: undefined });
});

test("a reader that leaves ends it", async () => {
  const { clock, isOpen, read } = await newWorld();
  const stop = new AbortController();
  const reading = read(stop.signal);
  await clock.advance(1000);
  const reason = new Error("enough");
  stop.abort(reason);
  await clock.advance(1);
  expect(isOpen()).toBe(false);
  expect(reading.end).toBe(reason);
});

test("a connection that is cut says so, and what was under way is lost", async () => {
  const { clock, faults, isOpen, put, read } = await newWorld({ cutMs: 1 });
  const reading = read();
  await put();
  await clock.advance(1000);
  expect(apiFailureOf(reading.end)).toMatchObject({ kind: "transient", awsName: "ECONNRESET" });
  expect(reading.events).toEqual([]);
  expect(isOpen()).toBe(false);
  expect(faults.all.get("subscription cut")).toBe(1);
});

test("one that is cut clean ends as in good order, with what was under way", async () => {
  const { clock, faults, isOpen, put, read } = await newWorld({ cutCleanMs: 1 });
  const reading = read();
  await put();
  await clock.advance(1000);
  expect(reading).toMatchObject({ events: [{ records: 1 }], end: "ended" });
  expect(isOpen()).toBe(false);
  expect(faults.all.get("subscription cut clean")).toBe(1);
});

test("one that falls silent brings nothing, and the service never learns that the reader has left", async () => {
  const { clock, faults, isOpen, put, read } = await newWorld({ silentMs: 1 });
  const stop = new AbortController();
  const reading = read(stop.signal);
  await clock.advance(10_000);
  await put();
  await clock.advance(10_000);
  expect(reading).toEqual({ events: [], end: undefined });
  stop.abort();
  await clock.advance(1);
  expect(isOpen()).toBe(true);
  expect(faults.all.get("subscription silent")).toBe(1);
  await clock.advance(281_000);
  expect(isOpen()).toBe(false);
});

test("events that are held up hold up those behind them, and fewer seconds than a reader bears", async () => {
  const { clock, faults, put, read } = await newWorld({ heldUp: 1 });
  const reading = read();
  await clock.advance(1000);
  for (let puts = 0; puts < 5; puts += 1) await put();
  await clock.advance(8100);
  expect(reading.events.reduce((sum, { records }) => sum + records, 0)).toBe(5);
  expect(faults.all.get("event held up")).toBeGreaterThan(0);
});

test("a healed network cuts nothing", async () => {
  const { clock, faults, network, read } = await newWorld({ cutMs: 1000, silentMs: 1000 });
  const reading = read();
  network.heal();
  await clock.advance(60_000);
  expect(reading.end).toBeUndefined();
  expect(faults.all.size).toBe(0);
});
