import type { Lease } from "@shardline/consumer";
import { MemoryLeaseTable } from "@shardline/consumer";
import { sentinelPosition } from "@shardline/core";
import { SeededRandom, VirtualClock } from "@shardline/core/testing";
import { expect, test } from "vitest";
import { SimProcess } from "../fleet/sim-process.ts";
import { Bill } from "./bill.ts";
import { Distance } from "./distance.ts";
import { farLeaseTable } from "./far-lease-table.ts";
import { LargeWorld, type PhaseReport } from "./large-world.ts";
import { spreadOf } from "./spread.ts";

const SIGNAL = new AbortController().signal;

function lease(n: number, owner?: string): Lease {
  const key = `shard-${n}`;
  return {
    key,
    shardId: key,
    counter: 0,
    ownerSwitches: 0,
    checkpoint: sentinelPosition("TRIM_HORIZON"),
    parentShardIds: [],
    childShardIds: [],
    epoch: 0,
    ...(owner === undefined ? {} : { owner }),
  };
}

async function run(boundMs?: number): Promise<PhaseReport[]> {
  const size = { workers: 20, shards: 100, seed: 1 };
  const world = new LargeWorld(boundMs === undefined ? size : { ...size, boundMs });
  const reports: PhaseReport[] = [];
  for await (const report of world.run()) reports.push(report);
  return reports;
}

test("twenty workers share a hundred shards after a start, a crash of six at once, and a scale-out", async () => {
  const reports = await run();
  expect(reports.map(({ name, problems, workers }) => [name, workers, problems])).toEqual([
    ["start", 20, []],
    ["crash", 14, []],
    ["scale-out", 20, []],
    ["end", 20, []],
  ]);
  for (const { rest, settling } of reports.slice(0, 3)) {
    expect(settling.taken).toBeGreaterThan(0);
    expect(rest.taken).toBe(0);
  }
});

test("a world that is not at rest within its bound says so, and ends", async () => {
  const reports = await run(500);
  expect(reports.map(({ name }) => name)).toEqual(["start", "end"]);
  expect(reports[0]?.problems).toEqual([expect.stringMatching("not at rest: .* of 100 leases")]);
});

test.each<[string, readonly Lease[], boolean]>([
  ["one each", [lease(0, "a"), lease(1, "b")], true],
  ["two for one and none for the other", [lease(0, "a"), lease(1, "a")], false],
  ["one without an owner", [lease(0, "a"), lease(1)], false],
  ["one whose owner is dead", [lease(0, "a"), lease(1, "dead")], false],
  ["one that is missing", [lease(0, "a")], false],
])("of two leases, %s: even is %s", (_, leases, isEven) => {
  expect(spreadOf(leases, 2, ["a", "b"]).isEven).toBe(isEven);
});

test("nobody may have two leases more than another", () => {
  const of = (...owners: readonly string[]) =>
    spreadOf(
      owners.map((owner, n) => lease(n, owner)),
      owners.length,
      ["a", "b"],
    );
  expect(of("a", "a", "a", "b", "b").isAtRest).toBe(true);
  expect(of("a", "a", "a", "a", "b", "b")).toEqual({
    isEven: false,
    isAtRest: false,
    text: "6 of 6 leases owned, 2 to 4 a worker, 0 asked for",
  });
});

test("what is even is not at rest while somebody asks for a lease", () => {
  const wished = { ...lease(0, "a"), wantedBy: "b" };
  const { isAtRest, isEven } = spreadOf([wished, lease(1, "b")], 2, ["a", "b"]);
  expect([isEven, isAtRest]).toEqual([true, false]);
});

test("the bill counts pages and units as DynamoDB does", async () => {
  const clock = new VirtualClock();
  const memory = new MemoryLeaseTable();
  for (let n = 0; n < 5000; n += 1) await memory.create(lease(n), SIGNAL);
  const bill = new Bill();
  const distance = new Distance(new SimProcess("a", clock), new SeededRandom(1));
  const table = farLeaseTable(memory, distance, bill);
  const listing = table.list(SIGNAL);
  await clock.advance(1000);
  const { leases, readUnits } = await listing;
  // 5000 leases of 512 bytes, half a unit for each 4 KiB, in pages of 1 MiB.
  expect([leases.length, readUnits]).toEqual([5000, 312.5]);
  expect(bill.totals).toMatchObject({ scans: 1, readCalls: 3, readUnits: 312.5 });
  for (const patch of [{ counter: 1 }, { owner: "a" }, { owner: "b" }, { owner: null }]) {
    const written = table.update("shard-7", { expect: {}, patch }, SIGNAL);
    await clock.advance(1000);
    expect((await written).kind).toBe("updated");
  }
  // One of the table each, and of the index none, one, two and one.
  expect(bill.totals).toMatchObject({ writeCalls: 4, writeUnits: 8 });
  const found = [true, false].map((consistent) => table.get("shard-7", { consistent }, SIGNAL));
  await clock.advance(1000);
  expect((await Promise.all(found)).map(({ kind }) => kind)).toEqual(["lease", "lease"]);
  expect(bill.totals).toMatchObject({ readCalls: 5, readUnits: 314 });
});
