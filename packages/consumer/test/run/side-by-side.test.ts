import { describe, expect, test } from "vitest";
import type { ConsumerOptions } from "../../src/options.ts";
import { Fleet, FAILOVER_MS } from "../support/fleet.ts";
import { textOf } from "../support/kinesis-records.ts";
import { range } from "../support/lease-views.ts";

const SIDE_BY_SIDE: Partial<ConsumerOptions> = {
  concurrency: 8,
  ordering: "partition-key",
  batch: { maxRecords: 3 },
};

/** Puts so many records of each of some keys, in turns. */
async function putKeys(fleet: Fleet, keys: number, each: number): Promise<string[]> {
  const texts: string[] = [];
  for (const n of range(each)) {
    for (const key of range(keys)) {
      texts.push(`${key}:${n}`);
      await fleet.put([`${key}:${n}`], `key-${key}`);
    }
  }
  return texts;
}

/** The first delivery of each record, by key: rises by one in each. */
function expectOrderOfKeys({ texts }: Fleet): void {
  const next = new Map<string, number>();
  for (const text of new Set(texts)) {
    const [key = "", n] = text.split(":");
    expect([text, Number(n)]).toEqual([text, next.get(key) ?? 0]);
    next.set(key, Number(n) + 1);
  }
}

const slowly = (fleet: Fleet, ms: number) => () =>
  new Promise<void>((resolve) => void fleet.clock.startTimer(ms, resolve));

describe("workers that handle keys side by side", () => {
  test("hand a shard over without a duplicate, and keep each key in order", async () => {
    const fleet = new Fleet(4);
    const handle = slowly(fleet, 70);
    const a = fleet.start("a", { ...SIDE_BY_SIDE, handle });
    const texts = await putKeys(fleet, 20, 20);
    await fleet.clock.advance(300);
    fleet.start("b", { ...SIDE_BY_SIDE, handle });
    await fleet.clock.advance(30_000);
    expect(new Set(fleet.owners)).toEqual(new Set(["a", "b"]));
    a.stop();
    await fleet.clock.advance(30_000);
    expect(fleet.owners).toEqual(["b", "b", "b", "b"]);
    expect(fleet.texts.toSorted((x, y) => (x < y ? -1 : 1))).toEqual(
      texts.toSorted((x, y) => (x < y ? -1 : 1)),
    );
    expectOrderOfKeys(fleet);
  });

  test("72 crash-replay: lose nothing by a crash, and keep each key in order", async () => {
    for (const crashAtMs of [250, 1500, 3700, 4100, 9000]) {
      const fleet = new Fleet(2);
      const handle = slowly(fleet, 400);
      const a = fleet.start("a", { ...SIDE_BY_SIDE, concurrency: 3, handle });
      const texts = await putKeys(fleet, 10, 10);
      await fleet.clock.advance(crashAtMs);
      a.crash();
      fleet.start("b", { ...SIDE_BY_SIDE, concurrency: 3, handle });
      await fleet.clock.advance(3 * FAILOVER_MS + 60_000);
      expect(new Set(fleet.texts)).toEqual(new Set(texts));
      expectOrderOfKeys(fleet);
      const last = fleet.table.snapshot().map(({ checkpoint }) => checkpoint.sequenceNumber);
      expect(last).not.toContain("TRIM_HORIZON");
    }
  });
});

test("processRecord gets one record at a time, in the order of the shard, and its failures are its own", async () => {
  const fleet = new Fleet(1);
  const texts: string[] = [];
  let failures = 2;
  const worker = fleet.start("a", {
    processBatch: undefined as never,
    processRecord: (record, { shardId }) => {
      texts.push(textOf(record));
      expect(shardId).toMatch(/^shardId-/);
      if (textOf(record) === "r1" && failures > 0) {
        failures -= 1;
        throw new Error("not yet");
      }
    },
  });
  await fleet.put(["r0", "r1", "r2"]);
  await fleet.clock.advance(5000);
  expect(texts).toEqual(["r0", "r1", "r1", "r1", "r2"]);
  expect(worker.told("batchFailed").map(({ records }) => records)).toEqual([1, 1]);
  expect(worker.consumer.stats().records.handled).toBe(3);
});
