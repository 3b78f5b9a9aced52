import { describe, expect, test } from "vitest";
import type { DeadLetter } from "../../src/handling/dead-letter.ts";
import { Fleet, FAILOVER_MS, STREAM } from "../support/fleet.ts";
import { aggregateOf, malformedRecord } from "../support/kinesis-records.ts";
import { positionOf, shardIdOf } from "../support/leases.ts";
import { range } from "../support/lease-views.ts";
import { newGate } from "../support/promises.ts";

test("92 fast-start: one worker takes every shard at once and reads all that was put", async () => {
  const fleet = new Fleet(4);
  for (const i of range(20)) await fleet.put([`r${i}`], `key-${i}`);
  const worker = fleet.start("a");
  await fleet.clock.advance(1000);
  expect(fleet.texts.sort()).toEqual(
    range(20)
      .map((i) => `r${i}`)
      .sort(),
  );
  expect(fleet.owners).toEqual(["a", "a", "a", "a"]);
  expect(worker.told("leasesCreated")).toEqual([{ shardIds: range(4).map(shardIdOf) }]);
  expect(worker.told("shardStarted")).toHaveLength(4);
});

test("64 order-single: ten thousand records come in the order of the shard, none missing and none twice", async () => {
  const fleet = new Fleet(1);
  for (const page of range(20)) await fleet.put(range(500).map((i) => `r${page * 500 + i}`));
  fleet.start("a");
  await fleet.clock.advance(10_000);
  expect(fleet.texts).toEqual(range(10_000).map((i) => `r${i}`));
});

test("records that arrive while it waits are read within the idle time", async () => {
  const fleet = new Fleet(1);
  fleet.start("a", { read: { idleMs: 400 } });
  await fleet.clock.advance(5000);
  await fleet.put(["late"]);
  await fleet.clock.advance(400);
  expect(fleet.texts).toEqual(["late"]);
});

test("batches of one shard come one at a time, shards do not wait for each other", async () => {
  const fleet = new Fleet(2);
  for (const i of range(40)) await fleet.put([`r${i}`], `key-${i}`);
  const underWay = new Map<string, number>();
  let most = 0;
  let together = 0;
  fleet.start("a", {
    batch: { maxRecords: 3 },
    handle: async (_, { shardId }) => {
      underWay.set(shardId, (underWay.get(shardId) ?? 0) + 1);
      most = Math.max(most, underWay.get(shardId) ?? 0);
      together = Math.max(
        together,
        [...underWay.values()].reduce((a, b) => a + b, 0),
      );
      await new Promise<void>((resolve) => {
        fleet.clock.startTimer(50, resolve);
      });
      underWay.set(shardId, (underWay.get(shardId) ?? 0) - 1);
    },
  });
  await fleet.clock.advance(5000);
  expect(fleet.texts).toHaveLength(40);
  expect([most, together]).toEqual([1, 2]);
});

test("the handler learns of stream, shard, epoch and lag", async () => {
  const fleet = new Fleet(1);
  await fleet.put(["x"]);
  const contexts: object[] = [];
  const batches: object[] = [];
  fleet.start("a", {
    handle: (batch, { signal, ...context }) => {
      expect(signal.aborted).toBe(false);
      contexts.push(context);
      batches.push(batch);
    },
  });
  await fleet.clock.advance(1000);
  expect(contexts).toMatchObject([{ stream: STREAM, shardId: shardIdOf(0), leaseEpoch: 1 }]);
  expect(batches).toMatchObject([{ millisBehindLatest: 0 }]);
});

test("checkpoints are written with the renewals, and name the last record handled", async () => {
  const fleet = new Fleet(1);
  await fleet.put(["a", "b", "c"]);
  fleet.start("a");
  await fleet.clock.advance(FAILOVER_MS / 3);
  const { sequenceNumber } = fleet.delivered.at(-1)?.record ?? {};
  expect(fleet.table.snapshot()[0]?.checkpoint).toEqual(positionOf(sequenceNumber ?? ""));
});

test("11 renew-cadence: a busy shard costs no more writes than an idle one", async () => {
  const fleet = new Fleet(1);
  let writes = 0;
  fleet.start("a", {
    tableFaults: {
      update: (next, ...args) => {
        writes += 1;
        return next(...args);
      },
    },
  });
  for (const i of range(600)) {
    await fleet.put([`r${i}`]);
    await fleet.clock.advance(100);
  }
  expect(fleet.texts.length).toBeGreaterThan(590);
  expect(writes).toBeLessThanOrEqual(20);
});

describe("a handler that throws", () => {
  test("65 exception-retry: gets the same records again, in halves, and nothing is skipped", async () => {
    const fleet = new Fleet(1);
    await fleet.put(range(6).map((i) => `r${i}`));
    let failures = 0;
    const worker = fleet.start("a", {
      batch: { maxRecords: 2 },
      handle: ({ records }) => {
        if (records.some(({ sequenceNumber }) => sequenceNumber === poison()) && failures < 3) {
          failures += 1;
          throw new Error("not now");
        }
      },
    });
    const poison = (): string => fleet.delivered[2]?.record.sequenceNumber ?? "";
    await fleet.clock.advance(10_000);
    const tries = ["r0 r1", "r2 r3", "r2", "r2", "r2", "r3", "r4 r5"];
    expect(fleet.texts).toEqual(tries.flatMap((texts) => texts.split(" ")));
    expect(worker.told("batchFailed").map(({ attempts, next }) => `${attempts} ${next}`)).toEqual([
      "1 split",
      "1 retry",
      "2 retry",
    ]);
  });

  test("66 poison-halt: halts its shard before that batch, keeps the lease, and leaves other shards alone", async () => {
    const fleet = new Fleet(2);
    for (const i of range(20)) await fleet.put([`r${i}`], `key-${i}`);
    const worker = fleet.start("a", {
      batch: { maxRecords: 1 },
      onFailure: { maxAttempts: 2 },
      handle: (_, { shardId }) => {
        const read = fleet.delivered.filter((one) => one.shardId === shardIdOf(0));
        if (shardId === shardIdOf(0) && new Set(read.map(({ text }) => text)).size === 3)
          throw new Error("poison");
      },
    });
    await fleet.clock.advance(50_000);
    const halted = worker.told("shardHalted");
    expect(halted).toHaveLength(1);
    const [, second, third] = fleet.delivered.filter((one) => one.shardId === shardIdOf(0));
    expect(halted[0]).toMatchObject({
      shardId: shardIdOf(0),
      sequenceNumber: third?.record.sequenceNumber,
      attempts: 2,
      retryAfterMs: 60_000,
    });
    expect(fleet.owners).toEqual(["a", "a"]);
    expect(fleet.table.snapshot()[0]?.checkpoint.sequenceNumber).toBe(
      second?.record.sequenceNumber,
    );
    const others = fleet.delivered.filter((one) => one.shardId === shardIdOf(1));
    const put = fleet.emulator.inspect(STREAM)?.shards[1]?.records;
    expect(others).toHaveLength(put?.length ?? -1);
    expect(worker.told("leaseLost")).toEqual([]);
  });
});

describe("aggregates", () => {
  test("are taken apart, and their records checkpointed one by one", async () => {
    const fleet = new Fleet(1);
    await fleet.putData(aggregateOf(range(10).map((i) => ({ text: `r${i}`, key: `k${i}` }))));
    const gate = newGate();
    fleet.start("a", {
      batch: { maxRecords: 4 },
      handle: () => (fleet.delivered.length > 4 ? gate.opened : undefined),
    });
    await fleet.clock.advance(4000);
    expect(fleet.table.snapshot()[0]?.checkpoint).toMatchObject({ subSequenceNumber: 3 });
    gate.open();
    await fleet.clock.advance(4000);
    expect(fleet.texts).toEqual(range(10).map((i) => `r${i}`));
    expect(fleet.table.snapshot()[0]?.checkpoint).toMatchObject({ subSequenceNumber: 9 });
  });

  describe("82 aggregate-corrupt: that point outside their own tables", () => {
    test("halt the shard at the raw record, which no handler is given, until it is skipped", async () => {
      const fleet = new Fleet(1);
      await fleet.put(["before"]);
      await fleet.putData(malformedRecord(1).data);
      await fleet.put(["behind"]);
      const worker = fleet.start("a");
      await fleet.clock.advance(70_000);
      expect(fleet.texts).toEqual(["before"]);
      expect(worker.told("aggregatesMalformed")).toEqual([{ shardId: shardIdOf(0), records: 1 }]);
      const [halted] = worker.told("shardHalted");
      expect(halted).toMatchObject({
        subSequenceNumber: 0,
        attempts: 1,
        records: 1,
        error: { code: "AGGREGATE_MALFORMED" },
      });
      expect(worker.consumer.skipRecord(shardIdOf(0))).toBe(true);
      await fleet.clock.advance(1000);
      expect(fleet.texts).toEqual(["before", "behind"]);
      expect(worker.told("recordsSkipped")).toMatchObject([{ records: 1, by: "skipRecord" }]);
    });

    test("go to the dead-letter sink at once, as the raw record", async () => {
      const fleet = new Fleet(1);
      const { data } = malformedRecord(1);
      await fleet.putData(data);
      await fleet.put(["behind"]);
      const letters: DeadLetter[] = [];
      const deadLetter = (letter: DeadLetter): void => void letters.push(letter);
      fleet.start("a", { onFailure: { then: "dead-letter", deadLetter } });
      await fleet.clock.advance(1000);
      expect(letters).toMatchObject([
        { data, attempts: 1, error: { code: "AGGREGATE_MALFORMED" } },
      ]);
      expect(fleet.texts).toEqual(["behind"]);
    });
  });

  const MIXED = aggregateOf([
    { hashKey: 1n, text: "lower" },
    { hashKey: 2n ** 128n - 1n, text: "upper" },
    { hashKey: 2n, text: "lower too" },
  ]);

  test("81 aggregate-mixed-range: lose only what belongs to another shard, which is told, and the checkpoint passes it", async () => {
    const fleet = new Fleet(2);
    await fleet.putData(MIXED, 0n);
    const worker = fleet.start("a");
    await fleet.clock.advance(4000);
    expect(fleet.texts).toEqual(["lower", "lower too"]);
    expect(fleet.delivered.map(({ record }) => record.subSequenceNumber)).toEqual([0, 2]);
    expect(worker.told("recordsOutOfRange")).toEqual([
      { shardId: shardIdOf(0), records: 1, policy: "drop" },
    ]);
    expect(fleet.table.snapshot()[0]?.checkpoint).toMatchObject({ subSequenceNumber: 2 });
  });

  test("81 aggregate-mixed-range: keep it, marked, where that is asked for", async () => {
    const fleet = new Fleet(2);
    await fleet.putData(MIXED, 0n);
    fleet.start("a", { outOfRange: "deliver" });
    await fleet.clock.advance(1000);
    expect(fleet.delivered.map(({ record, text }) => [text, record.isOutOfRange])).toEqual([
      ["lower", false],
      ["upper", true],
      ["lower too", false],
    ]);
  });

  test("of which nothing belongs here are passed by the checkpoint without a call of the handler", async () => {
    const fleet = new Fleet(2);
    await fleet.putData(aggregateOf([{ hashKey: 2n ** 128n - 1n, text: "upper" }]), 0n);
    fleet.start("a");
    await fleet.clock.advance(4000);
    expect(fleet.delivered).toEqual([]);
    const [record] = fleet.emulator.inspect(STREAM)?.shards[0]?.records ?? [];
    expect(fleet.table.snapshot()[0]?.checkpoint).toEqual(positionOf(record?.sequenceNumber ?? ""));
  });
});

test("a handler that is slow does not let the reader run ahead without bound", async () => {
  const fleet = new Fleet(1);
  for (const page of range(10)) await fleet.put(range(100).map((i) => `r${page * 100 + i}`));
  const gate = newGate();
  const worker = fleet.start("a", {
    read: { maxRecords: 100 },
    prefetch: { maxRecords: 300 },
    handle: () => gate.opened,
  });
  await fleet.clock.advance(9000);
  // One fetch in hand, three in the buffer.
  expect(worker.told("recordsFetched").reduce((sum, { records }) => sum + records, 0)).toBe(400);
  gate.open();
  await fleet.clock.advance(5000);
  expect(fleet.texts).toEqual(range(1000).map((i) => `r${i}`));
});
