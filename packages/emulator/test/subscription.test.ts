import fc from "fast-check";
import { expect, test } from "vitest";
import { newEmulator, type TestEmulator } from "./support/emulator.ts";
import {
  after,
  continuationOf,
  follow,
  HORIZON,
  LATEST,
  type Reading,
  readAll,
  registerConsumer,
  subscribe,
  textsOf,
} from "./support/fan-out.ts";
import {
  FIRST_SHARD,
  iterator,
  put,
  read,
  shardsOf,
  splitInHalf,
  textsFrom,
} from "./support/records.ts";

const DAY_MS = 86_400_000;

async function putMany({ call }: TestEmulator, count: number, bytes: number): Promise<void> {
  const Data = Buffer.alloc(bytes, 7).toString("base64");
  for (let left = count; left > 0; left -= 500) {
    const Records = Array.from({ length: Math.min(left, 500) }, () => ({
      Data,
      PartitionKey: "k",
    }));
    await call("PutRecords", { StreamName: "s", Records });
  }
}

test("a record is pushed as soon as it is put, with the records of its call in one event", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  const reading = await follow(emulator, await registerConsumer(emulator), LATEST);
  const putAt = emulator.clock.wallTimeMs() / 1000;
  await emulator.call("PutRecords", {
    StreamName: "s",
    Records: ["a", "b"].map((text) => ({ PartitionKey: text, Data: btoa(text) })),
  });
  await put(emulator, "c");
  await emulator.clock.advance(0);
  const number = expect.stringMatching(/^\d{56}$/);
  expect(reading.events).toEqual([
    {
      Records: ["a", "b"].map((text) => ({
        SequenceNumber: number,
        ApproximateArrivalTimestamp: putAt,
        Data: btoa(text),
        PartitionKey: text,
      })),
      ContinuationSequenceNumber: number,
      MillisBehindLatest: 0,
    },
    expect.objectContaining({ MillisBehindLatest: 0 }),
  ]);
  for (const { Records, ContinuationSequenceNumber } of reading.events) {
    expect(ContinuationSequenceNumber).toBe(Records.at(-1)?.SequenceNumber);
  }
  expect(textsOf(reading.events)).toEqual(["a", "b", "c"]);
});

test("T36: an idle subscription gets an event at least every 5 seconds whose continuation number grows", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  await put(emulator, "before");
  const reading = await follow(emulator, await registerConsumer(emulator), LATEST);
  await emulator.clock.advance(4749);
  expect(reading.events).toEqual([]);
  await emulator.clock.advance(251);
  expect(reading.events).toEqual([
    { Records: [], ContinuationSequenceNumber: expect.any(String), MillisBehindLatest: 0 },
  ]);
  await emulator.clock.advance(2000);
  await put(emulator, "x");
  // The next one is counted from the event with the record.
  await emulator.clock.advance(4749);
  expect(reading.events).toHaveLength(2);
  await emulator.clock.advance(25_251);
  expect(reading.events).toHaveLength(8);
  const numbers = reading.events.map((event) => BigInt(continuationOf([event])));
  expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => (a < b ? -1 : 1)));
});

test("idle subscriptions that began at any time get their events at the same times", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  const readings: Reading[] = [];
  for (let i = 0; i < 20; i += 1) {
    readings.push(await follow(emulator, await registerConsumer(emulator, `app-${i}`), LATEST));
    await emulator.clock.advance(7);
  }
  const eventCount = (): number => readings.reduce((sum, { events }) => sum + events.length, 0);
  let wakes = 0;
  for (let ms = 0; ms < 5000; ms += 5) {
    const before = eventCount();
    await emulator.clock.advance(5);
    if (eventCount() > before) wakes += 1;
  }
  expect(eventCount()).toBe(readings.length);
  expect(wakes).toBeLessThanOrEqual(2);
});

test("T36: going on after the number of an idle event loses and repeats nothing, polling or subscribing", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  const arn = await registerConsumer(emulator);
  const goOn = async (StartingSequenceNumber: string): Promise<string[][]> => [
    await textsFrom(emulator, {
      ShardIteratorType: "AFTER_SEQUENCE_NUMBER",
      StartingSequenceNumber,
    }),
    await textsFrom(emulator, { ShardIteratorType: "AT_SEQUENCE_NUMBER", StartingSequenceNumber }),
  ];
  const empty = await follow(emulator, arn, HORIZON);
  await emulator.clock.advance(5000);
  const beforeAll = continuationOf(empty.events);
  await put(emulator, "a");
  expect(await goOn(beforeAll)).toEqual([["a"], ["a"]]);
  await emulator.clock.advance(5000);
  const between = continuationOf(empty.events);
  expect(await goOn(between)).toEqual([[], []]);
  await put(emulator, "b");
  expect(await goOn(between)).toEqual([["b"], ["b"]]);
  const second = await follow(emulator, arn, after(between));
  await emulator.clock.advance(0);
  expect(textsOf(empty.events)).toEqual(["a", "b"]);
  expect(textsOf(second.events)).toEqual(["b"]);
});

test("T36: a reader that goes on again and again sees every record once, even if the wall clock jumps", async () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("put" as const), count: fc.integer({ min: 1, max: 3 }) }),
    fc.record({
      kind: fc.constant("advance" as const),
      ms: fc.constantFrom(0, 1, 400, 5000, 9000),
    }),
    fc.record({ kind: fc.constant("goOn" as const) }),
    fc.record({ kind: fc.constant("jump" as const), ms: fc.constantFrom(-3_600_000, -1500, 1500) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const world = jumpingWorld();
      const arn = await registerConsumer(world.emulator);
      const seen: string[] = [];
      let reading = await follow(world.emulator, arn, HORIZON);
      let putCount = 0;
      const goOn = async (): Promise<void> => {
        await world.emulator.clock.advance(5000);
        seen.push(...textsOf(reading.events));
        const numbers = reading.events.map((event) => continuationOf([event]));
        expect(numbers).toEqual([...new Set(numbers)].sort());
        reading = await follow(world.emulator, arn, after(continuationOf(reading.events)));
      };
      for (const taken of steps) {
        if (taken.kind === "advance") await world.emulator.clock.advance(taken.ms);
        else if (taken.kind === "jump") world.jump(taken.ms);
        else if (taken.kind === "goOn") await goOn();
        else {
          for (let i = 0; i < taken.count; i += 1) await put(world.emulator, `${putCount++}`);
        }
      }
      await goOn();
      expect(seen).toEqual(Array.from({ length: putCount }, (_, i) => `${i}`));
      world.emulator.emulator.close();
    }),
    { numRuns: 60 },
  );
});

/** An emulator whose wall clock can be set. */
function jumpingWorld(): { readonly emulator: TestEmulator; jump(byMs: number): void } {
  let offsetMs = 0;
  const emulator = newEmulator({ streams: { s: 1 } }, (clock) => ({
    wallTimeMs: () => clock.wallTimeMs() + offsetMs,
    nowMs: () => clock.nowMs(),
    startTimer: (delayMs, onFire) => clock.startTimer(delayMs, onFire),
  }));
  return {
    emulator,
    jump: (byMs) => {
      offsetMs += byMs;
    },
  };
}

test("T39: the last event of a closed shard has its children and no continuation number, and both can be read on", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  const arn = await registerConsumer(emulator);
  const live = await follow(emulator, arn, LATEST);
  await put(emulator, "x");
  await splitInHalf(emulator, FIRST_SHARD);
  const polled = await read(emulator, await iterator(emulator, { ShardIteratorType: "LATEST" }));
  expect(live.end).toBe("clean");
  expect(textsOf(live.events)).toEqual(["x"]);
  expect(live.events.at(-1)).toEqual({
    Records: [],
    MillisBehindLatest: 0,
    ChildShards: polled.ChildShards,
  });
  expect(live.events.at(-1)?.ChildShards).toHaveLength(2);
  // Who comes after the close gets the end together with the last records.
  await emulator.clock.advance(5000);
  const late = await follow(emulator, arn, HORIZON);
  await emulator.clock.advance(0);
  expect(late.end).toBe("clean");
  expect(late.events).toHaveLength(1);
  expect(late.events[0]).toMatchObject({ ChildShards: polled.ChildShards });
  expect(late.events[0]).not.toHaveProperty("ContinuationSequenceNumber");
  expect(textsOf(late.events)).toEqual(["x"]);
  const [low = "", high = ""] =
    live.events.at(-1)?.ChildShards?.map((child) => child.ShardId) ?? [];
  await put(emulator, "low", { ExplicitHashKey: "0" });
  await put(emulator, "high", { ExplicitHashKey: `${2n ** 128n - 1n}` });
  const children = [
    await follow(emulator, arn, HORIZON, { shardId: low }),
    await follow(emulator, arn, HORIZON, { shardId: high }),
  ];
  await emulator.clock.advance(0);
  expect(children.map(({ events }) => textsOf(events))).toEqual([["low"], ["high"]]);
});

test("T39: the end of a closed shard that fills several events comes with the last of them", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  await putMany(emulator, 20_001, 1);
  await splitInHalf(emulator, FIRST_SHARD);
  const reading = await follow(emulator, await registerConsumer(emulator), HORIZON);
  await emulator.clock.advance(0);
  expect(reading.end).toBe("clean");
  expect(reading.events.map(({ Records }) => Records.length)).toEqual([10_000, 10_000, 1]);
  const isLast = reading.events.map((event) => event.ContinuationSequenceNumber === undefined);
  expect(isLast).toEqual([false, false, true]);
  expect(reading.events.map(({ ChildShards = [] }) => ChildShards.length)).toEqual([0, 0, 2]);
});

test("T40: a subscription ends cleanly after 300 seconds", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  const reading = await follow(emulator, await registerConsumer(emulator), LATEST);
  await emulator.clock.advance(299_999);
  expect(reading).toMatchObject({ end: undefined });
  expect(reading.events).toHaveLength(60);
  await emulator.clock.advance(1);
  expect(reading).toMatchObject({ end: "clean" });
  expect(reading.events).toHaveLength(60);
});

test("the life of a subscription is an option", async () => {
  const emulator = newEmulator({ streams: { s: 1 }, subscriptionMs: 1000 });
  const reading = await follow(emulator, await registerConsumer(emulator), LATEST);
  await emulator.clock.advance(1000);
  expect(reading).toEqual({ events: [], end: "clean" });
});

test("T40: a reader that pauses gets everything in order, and nothing is made for it meanwhile", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  const stream = await subscribe(emulator, await registerConsumer(emulator), LATEST);
  const texts = Array.from({ length: 100 }, (_, i) => `${i}`);
  for (const text of texts) {
    await put(emulator, text);
    await emulator.clock.advance(100);
  }
  // One event for all ten seconds: had events been made as records came, there would be many.
  const reading = readAll(stream);
  await emulator.clock.advance(0);
  expect(reading.events).toHaveLength(1);
  expect(textsOf(reading.events)).toEqual(texts);
});

test("T36: the number to go on with is never below the shard's first, even where that runs ahead of the clock", async () => {
  const emulator = newEmulator();
  // Each stream of a name counts from a later second than the one before it.
  for (let life = 0; life < 10; life += 1) {
    if (life > 0) await emulator.call("DeleteStream", { StreamName: "s" });
    await emulator.clock.advance(1);
    await emulator.call("CreateStream", { StreamName: "s", ShardCount: 1 });
    await emulator.clock.advance(1);
  }
  const reading = await follow(emulator, await registerConsumer(emulator), HORIZON);
  await emulator.clock.advance(5000);
  const first = (await shardsOf(emulator))[0]?.SequenceNumberRange.StartingSequenceNumber ?? "";
  expect(BigInt(continuationOf(reading.events))).toBeGreaterThanOrEqual(BigInt(first));
});

test("what is trimmed before a reader that pauses comes to it is not pushed, and it goes on behind that", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  const arn = await registerConsumer(emulator);
  await put(emulator, "old");
  await emulator.clock.advance(DAY_MS - 1000);
  const stream = await subscribe(emulator, arn, HORIZON);
  await put(emulator, "new");
  await emulator.clock.advance(1000);
  const reading = readAll(stream);
  await emulator.clock.advance(0);
  expect(textsOf(reading.events)).toEqual(["new"]);
});

test("an event holds at most 10,000 records", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  await putMany(emulator, 20_001, 1);
  await emulator.clock.advance(1000);
  const reading = await follow(emulator, await registerConsumer(emulator), HORIZON);
  await emulator.clock.advance(0);
  expect(reading.events.map(({ Records }) => Records.length)).toEqual([10_000, 10_000, 1]);
  expect(reading.events.map((event) => event.MillisBehindLatest)).toEqual([1001, 1001, 0]);
});

test("an event holds at most 2 MiB, or one larger record", async () => {
  const emulator = newEmulator();
  await emulator.call("CreateStream", {
    StreamName: "s",
    ShardCount: 1,
    MaxRecordSizeInKiB: 10_240,
  });
  await emulator.clock.advance(1);
  const MIB = 1_048_576;
  await putMany(emulator, 4, MIB - 1);
  await putMany(emulator, 1, 3 * MIB);
  await putMany(emulator, 1, 1);
  const reading = await follow(emulator, await registerConsumer(emulator), HORIZON);
  await emulator.clock.advance(0);
  expect(reading.events.map(({ Records }) => Records.length)).toEqual([2, 2, 1, 1]);
});

test("closing the emulator ends subscriptions cleanly, read and unread ones", async () => {
  const emulator = newEmulator({ streams: { s: 2 } });
  const arn = await registerConsumer(emulator);
  const waiting = await follow(emulator, arn, LATEST);
  const unread = await subscribe(emulator, arn, LATEST, { shardId: "shardId-000000000001" });
  emulator.emulator.close();
  await emulator.clock.advance(0);
  expect(waiting.end).toBe("clean");
  const reading = readAll(unread);
  await emulator.clock.advance(0);
  expect(reading).toEqual({ events: [], end: "clean" });
});

test("once subscriptions were told to end, new ones end at once and other calls go on", async () => {
  const emulator = newEmulator({ streams: { s: 2 } });
  const arn = await registerConsumer(emulator);
  const before = await follow(emulator, arn, LATEST);
  emulator.emulator.endSubscriptions();
  const late = await follow(emulator, arn, LATEST, { shardId: "shardId-000000000001" });
  await emulator.clock.advance(0);
  expect([before.end, late.end]).toEqual(["clean", "clean"]);
  await put(emulator, "x");
});
