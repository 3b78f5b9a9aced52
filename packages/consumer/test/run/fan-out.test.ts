// Whole workers that read by subscriptions.
import { expect, test } from "vitest";
import { MemoryLeaseTable } from "../../src/lease/memory-lease-table.ts";
import { Fleet, type TestWorker } from "../support/fleet.ts";
import { shardIdOf } from "../support/leases.ts";

const HALF = 2n ** 127n;
const MODES = ["fan-out", "auto"] as const;

function modesOf({ consumer }: TestWorker): unknown[] {
  return consumer.stats().shards.map(({ readMode }) => readMode);
}

/** Puts a record a second, of several keys. */
async function putFor(fleet: Fleet, seconds: number, all: string[]): Promise<void> {
  for (let i = 0; i < seconds; i += 1) {
    all.push(`r${all.length}`);
    await fleet.put([`r${all.length - 1}`], `key-${all.length % 7}`);
    await fleet.clock.advance(1000);
  }
}

/** Records of one key come in the order in which they were put. */
function expectOrder(fleet: Fleet): void {
  const seen = new Map<string, number>();
  for (const { record, text } of fleet.delivered) {
    const key = record.partitionKey ?? "";
    const number = Number(text.slice(1));
    expect(number).toBeGreaterThan(seen.get(key) ?? -1);
    seen.set(key, number);
  }
}

test.each(MODES)(
  "mode %s: reshards are read parents first, each record once and in order",
  async (mode) => {
    const fleet = new Fleet(2);
    const worker = fleet.start("a", { read: { mode } });
    const all: string[] = [];
    await putFor(fleet, 20, all);
    expect(modesOf(worker)).toEqual(["fan-out", "fan-out"]);
    await fleet.split(0, HALF / 2n);
    await putFor(fleet, 20, all);
    await fleet.merge(1, 3);
    await putFor(fleet, 320, all);
    await fleet.clock.advance(5000);
    expect(fleet.texts.toSorted()).toEqual(all.toSorted());
    expectOrder(fleet);
    expect(worker.told("shardEnded").map(({ shardId }) => shardId)).toEqual(
      [0, 1, 3].map(shardIdOf),
    );
    expect(worker.told("readFailed")).toEqual([]);
    expect(new Set(worker.told("shardSubscribed").map(({ shardId }) => shardId)).size).toBe(5);
  },
);

test("a record reaches its handler as soon as it is put", async () => {
  const fleet = new Fleet(1);
  fleet.start("a", { read: { mode: "fan-out" } });
  await fleet.clock.advance(10_000);
  const putAtMs = fleet.clock.nowMs();
  await fleet.put(["a"]);
  await fleet.clock.advance(1);
  expect(fleet.delivered).toMatchObject([{ text: "a", atMs: putAtMs }]);
});

test("87 efo-resource-in-use: a worker that takes over from one that crashed misses nothing", async () => {
  const fleet = new Fleet(2);
  const first = fleet.start("a", { read: { mode: "fan-out" } });
  const all: string[] = [];
  await putFor(fleet, 12, all);
  first.crash();
  const second = fleet.start("b", { read: { mode: "fan-out" } });
  await putFor(fleet, 60, all);
  expect([...new Set(fleet.texts)].toSorted()).toEqual(all.toSorted());
  expect(modesOf(second)).toEqual(["fan-out", "fan-out"]);
});

test("a worker that drains ends its subscriptions, and leaves the stream consumer to the others", async () => {
  const fleet = new Fleet(1);
  const worker = fleet.start("a", { read: { mode: "fan-out" } });
  await fleet.clock.advance(10_000);
  worker.stop();
  await fleet.clock.advance(100);
  expect(worker.run.state()).toBe("resolved");
  const [consumerArn = ""] = worker.told("streamConsumerReady").map((told) => told.consumerArn);
  const { signal } = new AbortController();
  const described = await fleet.kinesis.describeStreamConsumer({ consumerArn }, signal);
  expect(described).toMatchObject({ name: "billing", status: "ACTIVE" });
});

test("91 efo-to-polling: health tells of subscriptions that fail in mode fan-out, and none in mode auto", async () => {
  for (const mode of MODES) {
    const fleet = new Fleet(1);
    const worker = fleet.start(`w-${mode}`, { read: { mode } });
    await fleet.clock.advance(10_000);
    fleet.emulator.faults.add({
      effect: { kind: "error", type: "AccessDeniedException" },
      match: { operations: "SubscribeToShard" },
    });
    await fleet.clock.advance(420_000);
    const { reasons } = worker.consumer.health();
    const told = reasons.map(({ kind }) => kind);
    expect(told).toEqual(mode === "auto" ? [] : ["read-failing"]);
    expect(modesOf(worker)).toEqual([mode === "auto" ? "polling" : "fan-out"]);
    expect(worker.told("readDenied").length).toBe(mode === "auto" ? 0 : 1);
    worker.stop();
    await fleet.clock.advance(1000);
  }
});

test("two applications on one stream have a stream consumer each, and each gets everything", async () => {
  const fleet = new Fleet(1);
  const names = ["billing", "audit"];
  const workers = names.map((application) =>
    fleet.start(application, {
      application,
      leaseTable: new MemoryLeaseTable(),
      read: { mode: "fan-out" },
    }),
  );
  await fleet.clock.advance(10_000);
  await fleet.put(["a"]);
  await fleet.clock.advance(1);
  const registered = workers.flatMap((worker) => worker.told("streamConsumerRegistered"));
  expect(registered.map(({ consumerName }) => consumerName)).toEqual(names);
  expect(fleet.delivered.map(({ worker }) => worker).toSorted()).toEqual(names.toSorted());
});
