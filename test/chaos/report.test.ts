import { expect, it } from "vitest";
import type { ChaosOutcome } from "./chaos-run.ts";
import { faultNamesOf, STRIKES } from "./incident-plan.ts";
import { brokenPromises, storiesOf, tableOf } from "./report.ts";

const worker = { name: "worker-1", pid: 7, shardIds: new Set<string>() };
const FAILOVER_MS = 3000;
const FAULT_NAMES = faultNamesOf("mixed");
/** One record that came by a subscription. */
const PUSHED = {
  kind: "handled",
  atMs: 1,
  shardId: "shard-0",
  process: worker,
  records: [0, 0, 1],
  isPushed: true,
} as const;

/** A run in which everything happened and every promise held. */
function goodRun(): ChaosOutcome {
  const blows = (count: number) =>
    Array.from({ length: count }, () => ({ atMs: 1, process: worker }));
  return {
    read: "mixed",
    put: 1000,
    acknowledged: 990,
    refused: 0,
    stored: 1010,
    verdict: {
      delivered: 994,
      lost: [],
      skipped: [],
      falseReceipts: [],
      phantoms: [],
      outOfOrder: [],
      stale: [],
      repeats: 16,
      redeliveries: 25,
      unacknowledged: 4,
    },
    entries: [PUSHED],
    failedStarts: 1,
    failures: [],
    startedAtMs: 0,
    tookMs: 10_000,
    kills: blows(STRIKES.worker.kills),
    freezes: blows(STRIKES.worker.freezes),
    producerKills: STRIKES.producer.kills,
    producerFreezes: STRIKES.producer.freezes,
    deployments: STRIKES.deployments,
    replaced: 7,
    reshards: [8, 4, 3],
    faulty: [],
    hits: new Map(FAULT_NAMES.map((name, index) => [name, index + 1])),
  };
}

it("chaos: a run in which everything happened and nothing was lost breaks no promise", () => {
  expect(brokenPromises(goodRun())).toEqual([]);
});

it("chaos: everything that a run must not do, or did not do, is a broken promise", () => {
  const offence = [{ what: "record 1 of key 0 is gone", shardId: "shard-0", atMs: 5 }];
  const run = goodRun();
  const kinds = ["lost", "skipped", "outOfOrder", "falseReceipts", "phantoms", "stale"] as const;
  for (const kind of kinds) {
    const broken = { ...run, verdict: { ...run.verdict, [kind]: offence } };
    expect(brokenPromises(broken), kind).toHaveLength(1);
    expect(storiesOf(broken), kind).toContain("record 1 of key 0 is gone");
  }
  const others: readonly Partial<ChaosOutcome>[] = [
    { refused: 1 },
    { failures: ["worker-1 ended by itself"] },
    { kills: run.kills.slice(1) },
    { freezes: [] },
    { producerKills: 3 },
    { producerFreezes: 0 },
    { deployments: 1 },
    { replaced: 0 },
    { reshards: [8] },
    { entries: [{ ...PUSHED, isPushed: false }] },
  ];
  for (const other of others) expect(brokenPromises({ ...run, ...other })).toHaveLength(1);
});

it("chaos: the table tells how much was handed out while a subscription read it, and how subscriptions ended", () => {
  const where = { atMs: 1, shardId: "shard-0", process: worker };
  const ended = (how: string) =>
    ({ ...where, kind: "told", event: "subscriptionEnded", detail: `{"how":"${how}"}` }) as const;
  const entries = [
    { ...where, kind: "handled", records: [0, 0, 1, 0, 1, 2], isPushed: true },
    { ...where, kind: "handled", records: [0, 2, 3], isPushed: false },
    ...["ended", "failed", "ended"].map(ended),
  ] as const;
  const table = tableOf({ ...goodRun(), entries }, FAILOVER_MS);
  expect(table).toMatch(/fan-out +2 records pushed; subscriptions over: 2 ended, 1 failed$/m);
});

it("chaos: a fault that no call met is a broken promise, by its name", () => {
  const run = goodRun();
  const hits = new Map([...run.hits].filter(([name]) => name !== "kinesis: answers lost"));
  const silent = "lease table: network silent";
  expect(brokenPromises({ ...run, hits: hits.set(silent, 0) })).toEqual([
    'no call met the fault "kinesis: answers lost"',
    `no call met the fault "${silent}"`,
  ]);
});

it("chaos: the table tells every fault with its number, and repeats of producers apart from those of workers", () => {
  const table = tableOf(goodRun(), FAILOVER_MS);
  for (const [index, name] of FAULT_NAMES.entries()) {
    expect(table).toMatch(new RegExp(`${name} +${index + 1}$`, "m"));
  }
  expect(table).toMatch(/acknowledged +990; 0 refused, 10 unsettled/);
  expect(table).toMatch(/stored again +16, 1\.60 %/);
  expect(table).toMatch(/delivered again +25, 2\.50 %/);
});
