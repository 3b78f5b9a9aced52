import { expect, test } from "vitest";
import { newEmulator, type TestEmulator } from "./support/emulator.ts";
import { FIRST_SHARD, iterator, put, read, splitInHalf, textOf } from "./support/records.ts";

const MIB = 1_048_576;
const DAY_MS = 86_400_000;
const HORIZON = { ShardIteratorType: "TRIM_HORIZON" };
const SMALL = { maxBytes: 10 * MIB };

/** Puts a record of one mebibyte, key included, that begins with a text. */
function putMebibyte({ call }: TestEmulator, text: string, StreamName = "s"): Promise<unknown> {
  const Data = Buffer.alloc(MIB - 1);
  Data.write(`${text}.`);
  return call("PutRecord", { StreamName, PartitionKey: "k", Data });
}

function stored({ emulator }: TestEmulator, streamName = "s"): string[] {
  const shards = emulator.inspect(streamName)?.shards ?? [];
  return shards
    .flatMap(({ records }) => records)
    .map(({ data }) => Buffer.from(data.subarray(0, 5)).toString().split(".")[0] ?? "");
}

test("a full emulator refuses puts by default, says what to do, and keeps what it has", async () => {
  const emulator = newEmulator({ streams: { s: 1, t: 1 }, ...SMALL });
  for (let i = 0; i < 10; i += 1) await putMebibyte(emulator, `${i}`, i % 2 === 0 ? "s" : "t");
  expect(emulator.emulator.stats()).toEqual({ storedBytes: 10 * MIB, droppedRecords: 0 });
  const record = { PartitionKey: "k", Data: "" };
  const full = {
    name: "EmulatorFullException",
    reason: expect.stringContaining(`stores at most ${10 * MIB} bytes`),
  };
  expect(await emulator.refusal("PutRecord", { StreamName: "s", ...record })).toEqual(full);
  expect(await emulator.refusal("PutRecords", { StreamName: "t", Records: [record] })).toEqual(
    full,
  );
  expect(stored(emulator)).toEqual(["0", "2", "4", "6", "8"]);
});

test("what expires makes room, though nobody has looked", async () => {
  const emulator = newEmulator({ streams: { s: 1, t: 1 }, ...SMALL });
  for (let i = 0; i < 10; i += 1) await putMebibyte(emulator, "old", "t");
  await emulator.clock.advance(DAY_MS);
  await putMebibyte(emulator, "new");
  expect(emulator.emulator.stats()).toEqual({ storedBytes: MIB, droppedRecords: 0 });
});

test("deleted streams and expired shards make room", async () => {
  const emulator = newEmulator({ streams: { s: 1, t: 1 }, ...SMALL });
  for (let i = 0; i < 5; i += 1) await putMebibyte(emulator, "x", "t");
  await putMebibyte(emulator, "x");
  await splitInHalf(emulator, FIRST_SHARD);
  await emulator.call("DeleteStream", { StreamName: "t" });
  await emulator.clock.advance(1);
  expect(emulator.emulator.stats().storedBytes).toBe(MIB);
  await emulator.clock.advance(DAY_MS);
  await emulator.call("ListShards", { StreamName: "s" });
  expect(emulator.emulator.stats().storedBytes).toBe(0);
});

test("a full emulator that may drop drops the oldest records of all streams and counts them", async () => {
  const emulator = newEmulator({ streams: { s: 1, t: 2 }, ...SMALL, whenFull: "drop-oldest" });
  for (let i = 0; i < 10; i += 1) {
    await putMebibyte(emulator, `${i}`, i < 2 || i === 5 ? "t" : "s");
    await emulator.clock.advance(1);
  }
  const Records = Array.from({ length: 3 }, (_, i) => ({
    PartitionKey: "k",
    Data: Buffer.alloc(MIB - 1, `n${i}.`),
  }));
  await emulator.call("PutRecords", { StreamName: "s", Records });
  expect(stored(emulator, "t")).toEqual(["5"]);
  expect(stored(emulator)).toEqual(["3", "4", "6", "7", "8", "9", "n0", "n1", "n2"]);
  expect(emulator.emulator.stats()).toEqual({ storedBytes: 10 * MIB, droppedRecords: 3 });
});

test("an iterator into the dropped range goes on at the oldest record left", async () => {
  const emulator = newEmulator({ streams: { s: 1 }, ...SMALL, whenFull: "drop-oldest" });
  const first = await put(emulator, "first");
  const start = await iterator(emulator, HORIZON);
  const after = {
    ShardIteratorType: "AFTER_SEQUENCE_NUMBER",
    StartingSequenceNumber: first.SequenceNumber,
  };
  for (let i = 0; i < 12; i += 1) {
    await emulator.clock.advance(1);
    await putMebibyte(emulator, `${i}`);
  }
  const left = stored(emulator);
  expect(left.at(-1)).toBe("11");
  expect(left).toHaveLength(10);
  for (const from of [start, await iterator(emulator, HORIZON), await iterator(emulator, after)]) {
    const page = await read(emulator, from);
    expect(page.Records.map((record) => textOf(record).split(".")[0])).toEqual(left);
  }
});

test("however much is put, an emulator that may drop stays within its bound", async () => {
  const emulator = newEmulator({ streams: { s: 4 }, ...SMALL, whenFull: "drop-oldest" });
  const Records = Array.from({ length: 500 }, (_, i) => ({
    PartitionKey: `${i}`,
    Data: Buffer.alloc(1000),
  }));
  let put = 0;
  for (let i = 0; i < 200; i += 1) {
    await emulator.call("PutRecords", { StreamName: "s", Records });
    put += Records.length;
    await emulator.clock.advance(i % 3);
    expect(emulator.emulator.stats().storedBytes).toBeLessThanOrEqual(SMALL.maxBytes);
  }
  const { droppedRecords, storedBytes } = emulator.emulator.stats();
  expect(stored(emulator)).toHaveLength(put - droppedRecords);
  expect(storedBytes).toBeGreaterThan((SMALL.maxBytes * 14) / 16);
});

test("a put of the largest size has room in the smallest emulator", async () => {
  const emulator = newEmulator({ streams: { s: 1 }, ...SMALL, whenFull: "drop-oldest" });
  const Records = Array.from({ length: 10 }, () => ({
    PartitionKey: "k",
    Data: Buffer.alloc(MIB - 1),
  }));
  for (let i = 0; i < 3; i += 1) await emulator.call("PutRecords", { StreamName: "s", Records });
  expect(emulator.emulator.stats()).toEqual({ storedBytes: 10 * MIB, droppedRecords: 20 });
});

test("a put that the full emulator refuses takes nothing of its shard's limits", async () => {
  const emulator = newEmulator({ streams: { s: 1, t: 1 }, ...SMALL, limits: "aws" });
  for (let i = 0; i < 10; i += 1) {
    await putMebibyte(emulator, `${i}`, "t");
    await emulator.clock.advance(1000);
  }
  await expect(putMebibyte(emulator, "x")).rejects.toThrow("The emulator is full");
  await emulator.call("DeleteStream", { StreamName: "t" });
  await emulator.clock.advance(1);
  await putMebibyte(emulator, "x");
});
