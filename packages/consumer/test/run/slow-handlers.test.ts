// Handlers that take minutes or never return: what is read meanwhile stays in bounds, and goes on where it was.
import { describe, expect, test } from "vitest";
import { Fleet, type TestWorker } from "../support/fleet.ts";
import { range } from "../support/lease-views.ts";

const MIB = 1024 * 1024;
const ANSWER_BYTES = 10 * MIB;
const never = (): Promise<void> => new Promise(() => undefined);

test("79 expired-iterator: after a handler of six minutes reading goes on with a new iterator, and neither gap nor duplicate", async () => {
  const fleet = new Fleet();
  const texts = range(40).map((i) => `r${i}`);
  await fleet.put(texts);
  let calls = 0;
  const worker = fleet.start("a", {
    read: { maxRecords: 10 },
    prefetch: { maxRecords: 1 },
    handle: async () => {
      calls += 1;
      if (calls > 1) return;
      await new Promise<void>((resolve) => void fleet.clock.startTimer(360_000, resolve));
    },
  });
  await fleet.clock.advance(370_000);
  expect(fleet.texts).toEqual(texts);
  expect(worker.told("leaseLost")).toEqual([]);
  expect(worker.told("readFailed")).toEqual([]);
  expect(worker.told("iteratorExpired")).toMatchObject([
    { how: "given-up", cause: "slow-handler" },
  ]);
  const [expired] = worker.told("iteratorExpired");
  expect(expired?.waitedForRoomMs).toBeGreaterThan(359_000);
});

describe("S15: with handlers that hang", () => {
  const SHARDS = 8;

  /** Ten megabytes and more in each shard, of records of 512 KiB. */
  async function fill(fleet: Fleet): Promise<void> {
    const width = 2n ** 128n / BigInt(SHARDS);
    const data = new Uint8Array(MIB / 2);
    for (const shard of range(SHARDS)) {
      for (const _ of range(24)) await fleet.putData(data, BigInt(shard) * width);
    }
  }

  /** What was fetched and is not done. */
  function inHandBytes(worker: TestWorker): number {
    const fetched = worker.told("recordsFetched").reduce((sum, { bytes }) => sum + bytes, 0);
    const done = worker.told("batchProcessed").reduce((sum, { records }) => sum + records, 0);
    return fetched - done * (MIB / 2);
  }

  test.each([10, 40])(
    "no more than the budget of %i MiB and one answer is in memory, and every shard gets something",
    async (mib) => {
      const fleet = new Fleet(SHARDS);
      await fill(fleet);
      const totalBytes = mib * MIB;
      const worker = fleet.start("a", {
        prefetch: { totalBytes },
        drainTimeoutMs: 1000,
        handle: never,
      });
      for (const _ of range(120)) {
        await fleet.clock.advance(1000);
        expect(inHandBytes(worker)).toBeLessThanOrEqual(totalBytes + ANSWER_BYTES);
      }
      const shards = new Set(fleet.delivered.map(({ shardId }) => shardId));
      expect(shards.size).toBe(SHARDS);
    },
  );

  test("84 ten-mb-reply: the shards whose handlers work are read to their end all the same", async () => {
    const fleet = new Fleet(SHARDS);
    await fill(fleet);
    const totalBytes = 40 * MIB;
    const worker = fleet.start("a", {
      prefetch: { totalBytes },
      drainTimeoutMs: 1000,
      handle: (_, { shardId }) => (shardId.endsWith("7") ? undefined : never()),
    });
    for (const _ of range(120)) {
      await fleet.clock.advance(1000);
      expect(inHandBytes(worker)).toBeLessThanOrEqual(totalBytes + ANSWER_BYTES);
    }
    const read = fleet.delivered.filter(({ shardId }) => shardId.endsWith("7"));
    expect(read).toHaveLength(24);
  });
});
