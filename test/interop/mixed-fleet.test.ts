// Workers of the real KCL and of ours share one application, while either side is killed and shards are split and merged.
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { startDynamoDbLocal } from "./dynamodb-local.ts";
import { eventually } from "./eventually.ts";
import type { LeaseHistory, Move } from "./lease-history.ts";
import { MixedFleet, Traffic } from "./mixed-fleet.ts";
import { Stage } from "./stage.ts";

const SHARDS = 8;
const FAILOVER_MS = 3_000;
/** The KCL takes leases once in two failover times and its slack. */
const KCL_PASS_MS = 2 * (FAILOVER_MS + 25);
/** How often the table must have been seen meanwhile. */
const QUIET_LOOKS = 20;
/** Either side steals one lease at a time from the other, once in a pass of the KCL. */
const PASSES_TO_FAIR = 12;
const FAIR_MS = PASSES_TO_FAIR * KCL_PASS_MS;
/** The KCL counts leases of shards that have ended to its share, until our leader deletes them. */
const CLEAN_UP_MS = 90_000;
/** Of so many, one must be without a move: on a busy machine a worker may lose a lease by standing still. */
const QUIET_WINDOWS = 3;
/** A virtual machine starts, and the KCL leaves an empty table to others for up to 30 s. */
const START_MS = 90_000;

test("two workers of KCL 2.7 and two of ours share 8 shards, take over from each other, and lose nothing", async () => {
  const stage = await Stage.start(SHARDS);
  const fleet = new MixedFleet({ stage, failoverMs: FAILOVER_MS });
  const traffic = new Traffic(stage);
  const { history } = fleet;

  fleet.startKcl(["java-1", "java-2"]);
  fleet.startOurs("ours-1", "ours-2");
  await fleet.untilAllTakePart(START_MS);
  await fleet.untilFair(FAIR_MS);
  await expectQuiet(history);

  await stage.split();
  await fleet.untilFair(CLEAN_UP_MS + FAIR_MS);
  await stage.merge();
  await fleet.untilFair(CLEAN_UP_MS + FAIR_MS);

  await expectTakenOver(fleet, "java-1");
  await expectTakenOver(fleet, "java-2");

  let before = countOf(history.moves, "ours", "java");
  fleet.startKcl(["java-3", "java-4"]);
  await fleet.untilAllTakePart(START_MS);
  await fleet.untilFair(FAIR_MS);
  expect(countOf(history.moves, "ours", "java")).toBeGreaterThan(before);

  before = countOf(history.moves, "ours", "java");
  await fleet.kill("ours-1", "ours-2");
  await fleet.untilFair(FAILOVER_MS + FAIR_MS);
  expect(countOf(history.moves, "ours", "java")).toBeGreaterThan(before);

  before = countOf(history.moves, "java", "ours");
  fleet.startOurs("ours-3", "ours-4");
  await fleet.untilAllTakePart(START_MS);
  await fleet.untilFair(FAIR_MS);
  expect(countOf(history.moves, "java", "ours")).toBeGreaterThan(before);
  await expectQuiet(history);

  await expectWhole(fleet, traffic);
});

/** As when a fleet of 2.x is deployed anew for the 3.x, step by step. */
const STEPS = {
  "java-1": "CLIENT_VERSION_CONFIG_COMPATIBLE_WITH_2X_PHASE1",
  "java-2": "CLIENT_VERSION_CONFIG_COMPATIBLE_WITH_2X",
} as const;

test("two workers of KCL 3.5, one in either mode that is compatible with 2.x, and two of ours share 8 shards, take over from each other, and lose nothing", async () => {
  const [stage, dynamodb] = await Promise.all([Stage.start(SHARDS), startDynamoDbLocal()]);
  const fleet = new MixedFleet({ stage, dynamodb, failoverMs: FAILOVER_MS });
  const traffic = new Traffic(stage);
  const { history } = fleet;
  const startKcl = (): void => {
    for (const [worker, clientVersionConfig] of Object.entries(STEPS)) {
      fleet.startKcl([worker], { version: "3.5", clientVersionConfig });
    }
  };

  fleet.startOurs("ours-1", "ours-2");
  startKcl();
  await fleet.untilAllTakePart(START_MS);
  await fleet.untilFair(FAIR_MS);
  await expectQuiet(history);
  expect(history.others).toContain("Migration3.0");
  expect(history.others).toContain("java-2");

  // One mode after the other: only so is it seen that the leases of either are taken over.
  await expectTakenOver(fleet, "java-1");
  await expectTakenOver(fleet, "java-2");

  startKcl();
  await fleet.untilAllTakePart(START_MS);
  await fleet.untilFair(FAIR_MS);

  const before = countOf(history.moves, "ours", "java");
  await fleet.kill("ours-1", "ours-2");
  await fleet.untilFair(FAILOVER_MS + FAIR_MS);
  expect(countOf(history.moves, "ours", "java")).toBeGreaterThan(before);
  await expectWhole(fleet, traffic);
});

/** All that was put has come, as it was, and neither side was hurt. */
async function expectWhole(fleet: MixedFleet, traffic: Traffic): Promise<void> {
  const { ledger } = fleet;
  const records = await traffic.stop();
  expect(traffic.failures).toEqual([]);
  await eventually(() => ledger.unique === records, {
    withinMs: 60_000,
    telling: () => `${ledger.summary}; missing: ${ledger.missingOf(records).join()}`,
  });
  expect(ledger.changed).toEqual([]);
  expect(ledger.stripped).toEqual([]);
  expect(ledger.outOfOrder).toEqual([]);
  expect([...fleet.idle]).toEqual([]);
  await fleet.stop();
  expect(fleet.kcl.flatMap(({ unreadable }) => unreadable)).toEqual([]);
}

/** A worker is killed, and those that are left share its leases. */
async function expectTakenOver(fleet: MixedFleet, worker: string): Promise<void> {
  const { history } = fleet;
  const before = history.moves.length;
  const held = history.counts[worker] ?? 0;
  expect(held).toBeGreaterThan(0);
  await fleet.kill(worker);
  await fleet.untilFair(FAILOVER_MS + FAIR_MS);
  const taken = history.moves.slice(before).filter(({ from }) => from === worker);
  expect(taken.length).toBeGreaterThanOrEqual(held);
}

/** No lease moves for some passes. */
async function expectQuiet(history: LeaseHistory): Promise<void> {
  let moved: readonly Move[] = [];
  for (let window = 0; window < QUIET_WINDOWS; window += 1) {
    const { looks, moves } = history;
    const settled = moves.length;
    await sleep(3 * KCL_PASS_MS);
    expect(history.looks).toBeGreaterThan(looks + QUIET_LOOKS);
    moved = moves.slice(settled);
    if (moved.length === 0) return;
  }
  expect(moved).toEqual([]);
}

function countOf(moves: readonly Move[], from: string, to: string): number {
  return moves.filter((move) => move.from?.startsWith(from) && move.to?.startsWith(to)).length;
}
