// How soon a worker that starts has its first record.
import type { KinesisApi } from "@shardline/core";
import { describe, expect, test } from "vitest";
import type { Interceptors } from "../../../../test/support/intercept.ts";
import type { LeaseTable } from "../../src/lease/lease-table.ts";
import { Fleet, type WorkerSetup } from "../support/fleet.ts";
import { range } from "../support/lease-views.ts";

const LATENCY_MS = 20;
const TABLE: readonly (keyof LeaseTable)[] = [
  "ensureTable",
  "get",
  "list",
  "create",
  "update",
  "delete",
];
const KINESIS: readonly (keyof KinesisApi)[] = [
  "describeStreamSummary",
  "listShards",
  "getShardIterator",
  "getRecords",
];

/** Every call to AWS takes its time. */
function farAway({ clock }: Fleet): Pick<WorkerSetup, "kinesisFaults" | "tableFaults"> {
  const late = async (next: (...args: unknown[]) => unknown, ...args: unknown[]) => {
    await new Promise<void>((resolve) => void clock.startTimer(LATENCY_MS, resolve));
    return next(...args);
  };
  const all = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, late]));
  return {
    kinesisFaults: all(KINESIS) as Interceptors<KinesisApi>,
    tableFaults: all(TABLE) as Interceptors<LeaseTable>,
  };
}

/** Leases that nobody has, and a record in each of many places. */
async function prepare(shards: number): Promise<Fleet> {
  const fleet = new Fleet(shards);
  const before = fleet.start("before");
  await fleet.clock.advance(5000);
  before.stop();
  await fleet.clock.advance(5000);
  expect(fleet.owners).toEqual(range(shards).map(() => undefined));
  for (const i of range(100)) await fleet.put([`r${i}`], `key-${i}`);
  return fleet;
}

describe.each([1, 64])(
  "92 fast-start: with %i shards, a table, and leases that nobody owns",
  (shards) => {
    test("the first record is there within a second, and each phase says how long it took", async () => {
      const fleet = await prepare(shards);
      const startedAtMs = fleet.clock.nowMs();
      const { told } = fleet.start("a", farAway(fleet));
      await fleet.clock.advance(5000);
      expect(fleet.texts).toHaveLength(100);
      const [first] = fleet.delivered;
      expect((first?.atMs ?? 1e9) - startedAtMs).toBeLessThanOrEqual(6 * LATENCY_MS);
      const phases = told("startupPhaseEnded");
      expect(phases.map(({ phase }) => phase)).toEqual(["table", "stream", "lease", "records"]);
      const [table, stream, lease, records] = phases.map(({ sinceRunMs }) => sinceRunMs);
      // The stream is described while the table is looked for.
      expect([table, stream]).toEqual([LATENCY_MS, 2 * LATENCY_MS]);
      // What was looked at for other fleets tells whose stream the leases are of, and which of them are to be had.
      expect(lease).toBe(3 * LATENCY_MS);
      expect(records).toBe((first?.atMs ?? 0) - startedAtMs);
    });
  },
);

test("a start that fails tells of no phase behind, and stands still", async () => {
  const fleet = new Fleet(1);
  const worker = fleet.start("a", {
    tableFaults: { ensureTable: () => Promise.reject(new Error("no table")) },
  });
  await fleet.clock.advance(1000);
  expect(worker.run.state()).toBe("rejected");
  expect(worker.told("startupPhaseEnded")).toEqual([]);
  expect(fleet.clock.pendingTimers).toBe(0);
});

test.each([
  ["one look at the table does for the other fleets, the stream and the first pass", 0, 3],
  ["a look that has grown old while the stream was described is made again", 600, 4],
])("%s", async (_, describedAfterMs, looks) => {
  const fleet = new Fleet(1);
  const { clock } = fleet;
  let listings = 0;
  fleet.start("a", {
    kinesisFaults: {
      describeStreamSummary: async (next, ...args) => {
        await new Promise<void>((resolve) => void clock.startTimer(describedAfterMs, resolve));
        return next(...args);
      },
    },
    tableFaults: {
      list: (next, signal) => {
        // Those of the shard syncer, one just before it makes leases, and of the pass that follows the first leases are among them.
        listings += 1;
        return next(signal);
      },
    },
  });
  await clock.advance(1000);
  expect(fleet.owners).toEqual(["a"]);
  expect(listings).toBe(looks + 1);
});
