// What the page is told: what is there, how fast it flows, and when.
import type { VirtualClock } from "@shardline/core/testing";
import { expect, onTestFinished, test } from "vitest";
import { PageFeed, STATE_INTERVAL_MS } from "../../src/page/page-feed.ts";
import type { PageState, PageStream } from "../../src/page/page-state.ts";
import { ACCOUNT, base64, newEmulator, type TestEmulator } from "../support/emulator.ts";

const NO_TABLES = { items: () => [], writes: 0 };

interface Viewer {
  /** The next state, once so much time has passed; `undefined` where nothing is told. */
  readonly after: (ms: number) => Promise<PageState | undefined>;
  readonly leave: () => Promise<void>;
}

/** Somebody who looks at an emulator until the test ends. */
function look({ clock, emulator }: TestEmulator, feed = new PageFeed(emulator, NO_TABLES)): Viewer {
  const gone = new AbortController();
  const events = feed.events(gone.signal);
  let asked: Promise<IteratorResult<Buffer, undefined>> | undefined;
  const leave = async (): Promise<void> => {
    gone.abort();
    await asked;
  };
  onTestFinished(leave);
  return {
    leave,
    after: async (ms) => {
      asked ??= events.next();
      const answer = asked;
      await clock.advance(ms);
      const told = await Promise.race([answer, settled(clock)]);
      if (told === undefined) return undefined;
      asked = undefined;
      const text = told.value?.toString() ?? "";
      return /^event: state\ndata: (.*)\n\n$/.test(text)
        ? (JSON.parse(text.slice("event: state\ndata: ".length)) as PageState)
        : undefined;
    },
  };
}

async function settled(clock: VirtualClock): Promise<undefined> {
  await clock.advance(0);
  return undefined;
}

function streamOf(state: PageState | undefined, name: string): PageStream {
  const stream = state?.streams.find((one) => one.name === name);
  if (stream === undefined) throw new Error(`nothing is told of ${name}`);
  return stream;
}

async function put({ call }: TestEmulator, records: number, hashKey = "0"): Promise<void> {
  const record = {
    Data: base64("x".repeat(95)),
    PartitionKey: "k".repeat(5),
    ExplicitHashKey: hashKey,
  };
  await call("PutRecords", {
    StreamName: "orders",
    Records: Array.from({ length: records }, () => record),
  });
}

test("a stream is told with what it is set to, its shards and their place in the drawing", async () => {
  const emulator = newEmulator({ streams: { orders: 2 } });
  const state = await look(emulator).after(0);
  expect(state).toMatchObject({
    storage: { bytes: 0, maxBytes: 536_870_912, droppedRecords: 0 },
    limits: { isHeldTo: false, recordsIn: 1000, bytesIn: 1_048_576, bytesOut: 2_097_152 },
    tables: [],
    faults: [],
  });
  const stream = streamOf(state, "orders");
  expect(stream).toMatchObject({
    id: `arn:aws:kinesis:us-east-1:${ACCOUNT}:stream/orders`,
    status: "ACTIVE",
    mode: "PROVISIONED",
    retentionHours: 24,
    rows: 1,
    consumers: [],
  });
  expect(stream.shards).toMatchObject([
    { id: "shardId-000000000000", start: "0", row: 0, lastRow: 0, parents: [] },
    { id: "shardId-000000000001", end: String(2n ** 128n - 1n), row: 0, lastRow: 0 },
  ]);
});

test("of many streams a hundred are told, and those with a text in their names to whoever looks for it", async () => {
  const streams = Object.fromEntries(Array.from({ length: 130 }, (_, i) => [`orders-${i}`, 1]));
  const { emulator } = newEmulator({ streams: { ...streams, Zebras: 1 } });
  const feed = new PageFeed(emulator, NO_TABLES);
  const stateFor = async (named?: string): Promise<PageState> => {
    const gone = new AbortController();
    const events = feed.events(gone.signal, named);
    const text = String((await events.next()).value);
    gone.abort();
    await events.next();
    return JSON.parse(text.slice("event: state\ndata: ".length)) as PageState;
  };
  const all = await stateFor();
  expect([all.streams.length, all.streamsLeftOut, all.streamsInAll]).toEqual([100, 31, 131]);
  const found = await stateFor("zEB");
  expect(found.streams.map(({ name }) => name)).toEqual(["Zebras"]);
  expect([found.streamsLeftOut, found.streamsInAll]).toEqual([0, 131]);
  expect((await stateFor("no such")).streams).toEqual([]);
});

test("records and bytes flow as fast as they are put and read, and not at all once that has passed", async () => {
  const emulator = newEmulator({ streams: { orders: 2 } });
  const viewer = look(emulator);
  await viewer.after(0);
  await put(emulator, 150);
  const flowing = streamOf(await viewer.after(2 * STATE_INTERVAL_MS), "orders");
  // Seen at the first look after them, half a second later; then they are a part of what came in 1.5 s.
  expect(flowing.shards[0]?.flow).toMatchObject({ recordsIn: 300, bytesIn: 30_000, recordsOut: 0 });
  expect(flowing.shards[1]?.flow).toBeUndefined();

  const { ShardIterator } = await emulator.call<{ ShardIterator: string }>("GetShardIterator", {
    StreamName: "orders",
    ShardId: "shardId-000000000000",
    ShardIteratorType: "TRIM_HORIZON",
  });
  await emulator.call("GetRecords", { ShardIterator, Limit: 75 });
  const read = streamOf(await viewer.after(STATE_INTERVAL_MS), "orders");
  expect(read.shards[0]?.flow).toMatchObject({ recordsOut: 50, bytesOut: 5000, bytesPushed: 0 });

  let latest: PageState | undefined;
  for (let i = 0; i < 10; i += 1) latest = (await viewer.after(STATE_INTERVAL_MS)) ?? latest;
  expect(streamOf(latest, "orders").shards[0]?.flow).toBeUndefined();
});

test("what is refused is told, beside the limits that it is held to", async () => {
  const emulator = newEmulator({ streams: { orders: 1 }, limits: { writeRecordsPerSecond: 10 } });
  const viewer = look(emulator);
  await viewer.after(0);
  await put(emulator, 30);
  const state = await viewer.after(STATE_INTERVAL_MS);
  expect(state?.limits).toMatchObject({ isHeldTo: true, recordsIn: 10, bytesIn: 1_048_576 });
  expect(streamOf(state, "orders").shards[0]?.flow).toMatchObject({
    recordsIn: 20,
    recordsRefused: 40,
  });
});

test("what is pushed is told, with the subscriptions that it is pushed to", async () => {
  const emulator = newEmulator({ streams: { orders: 2 } });
  const StreamARN = `arn:aws:kinesis:us-east-1:${ACCOUNT}:stream/orders`;
  const { Consumer } = await emulator.call<{ Consumer: { ConsumerARN: string } }>(
    "RegisterStreamConsumer",
    {
      StreamARN,
      ConsumerName: "billing",
    },
  );
  await emulator.clock.advance(10);
  const viewer = look(emulator);
  await viewer.after(0);
  const { EventStream } = await emulator.call<{ EventStream: AsyncIterableIterator<unknown> }>(
    "SubscribeToShard",
    {
      ConsumerARN: Consumer.ConsumerARN,
      ShardId: "shardId-000000000001",
      StartingPosition: { Type: "LATEST" },
    },
  );
  await put(emulator, 10, String(2n ** 128n - 1n));
  await EventStream.next();
  const stream = streamOf(await viewer.after(STATE_INTERVAL_MS), "orders");
  expect(stream.consumers).toEqual([
    { name: "billing", status: "ACTIVE", subscribedShardIds: ["shardId-000000000001"] },
  ]);
  expect(stream.shards[1]?.flow).toMatchObject({ recordsOut: 20, bytesPushed: 2000, bytesOut: 0 });
  await EventStream.return?.();
});

test("a split is told as soon as it has happened", async () => {
  const emulator = newEmulator({ streams: { orders: 1 } });
  const viewer = look(emulator);
  await viewer.after(0);
  await emulator.call("SplitShard", {
    StreamName: "orders",
    ShardToSplit: "shardId-000000000000",
    NewStartingHashKey: String(2n ** 127n),
  });
  const stream = streamOf(await viewer.after(STATE_INTERVAL_MS), "orders");
  expect(stream.rows).toBe(2);
  expect(stream.shards).toMatchObject([
    { row: 0, lastRow: 0, closedAtMs: expect.any(Number) },
    { row: 1, lastRow: 1, parents: ["shardId-000000000000"], start: "0" },
    { row: 1, lastRow: 1, parents: ["shardId-000000000000"], start: String(2n ** 127n) },
  ]);
});

test("rules and what fired are told in words, the newest first", async () => {
  const emulator = newEmulator({ streams: { orders: 1 } });
  emulator.emulator.faults.add({
    effect: { kind: "failRecords", fraction: 0.5, code: "InternalFailure" },
    match: { operations: "PutRecords", stream: "orders" },
    times: 1,
    forMs: 60_000,
  });
  await put(emulator, 2);
  const state = await look(emulator).after(0);
  expect(state?.faults).toEqual([
    {
      id: "fault-1",
      state: "spent",
      hits: 1,
      effect: "failRecords",
      words: ["PutRecords", "stream orders", "fraction 0.5", "code InternalFailure", "1 at most"],
      forMs: 60_000,
    },
  ]);
  expect(state?.fired).toMatchObject([
    { ruleId: "fault-1", operation: "PutRecords", stream: "orders" },
  ]);
});

test("nothing is told while nothing is new, but for a sign of life now and then", async () => {
  const emulator = newEmulator({ streams: { orders: 1 } });
  const gone = new AbortController();
  const events = new PageFeed(emulator.emulator, NO_TABLES).events(gone.signal);
  await events.next();
  let told: string | undefined;
  const next = events.next().then(({ value }) => {
    told = value?.toString();
  });
  await emulator.clock.advance(14_000);
  expect(told).toBeUndefined();
  await emulator.clock.advance(2000);
  expect(told).toBe(": nothing new\n\n");
  await next;
  gone.abort();
  await events.next();
});

test("no timer runs before somebody looks, nor after", async () => {
  const emulator = newEmulator({ streams: { orders: 1 } });
  const feed = new PageFeed(emulator.emulator, NO_TABLES);
  expect(emulator.clock.pendingTimers).toBe(0);
  const viewers = [look(emulator, feed), look(emulator, feed)];
  for (const viewer of viewers) await viewer.after(0);
  for (const viewer of viewers) await viewer.after(0);
  expect(emulator.clock.pendingTimers).toBe(2);
  for (const viewer of viewers) await viewer.leave();
  expect(emulator.clock.pendingTimers).toBe(0);
});

test("viewers are let go when the emulator closes", async () => {
  const { emulator } = newEmulator({ streams: { orders: 1 } });
  const events = new PageFeed(emulator, NO_TABLES).events(new AbortController().signal);
  await events.next();
  const last = events.next();
  emulator.close();
  expect(await last).toEqual({ done: true, value: undefined });
});

test("the state of 500 shards is less than 100 KB", async () => {
  const { emulator } = newEmulator({ streams: { orders: 500 } });
  const gone = new AbortController();
  const events = new PageFeed(emulator, NO_TABLES).events(gone.signal);
  const { value } = await events.next();
  expect(value?.length).toBeLessThan(100_000);
  gone.abort();
  await events.next();
});

test("a stream with more shards than can be drawn tells how many are left out", async () => {
  const emulator = newEmulator({ streams: { orders: 2100 } });
  const stream = streamOf(await look(emulator).after(0), "orders");
  expect([stream.shards.length, stream.shardsLeftOut]).toEqual([2000, 100]);
});
