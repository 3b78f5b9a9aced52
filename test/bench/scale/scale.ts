// The suite "scale": what many leases cost a process that has nothing to read, and how often the lease table is written.
import { setTimeout as sleep } from "node:timers/promises";
import { HelperProcess } from "../producer/helper-process.ts";
import type { Comparison } from "../suite.ts";
import { idleWorkers } from "./idle-workers.ts";
import type { HolderTask, HolderUse } from "./holder-process.ts";

const LEASES = "10,000 leases, no calls";
const POLLS = "1,000 shards polled every 2 s";
const NOBODY = "nothing";
/** A renewal period: each sample looks back over those of all three, and so over as many rounds of renewals as any other. */
const SAMPLE_MS = 3308;

type Holder = HelperProcess<"ready", HolderUse>;

/** The goal G18, those on idle shards and on writes, and whole workers beside the KCL's. */
export async function* scale(): AsyncGenerator<Comparison> {
  yield* manyLeases();
  yield* idleWorkers();
}

async function* manyLeases(): AsyncGenerator<Comparison> {
  await using endpoint = await HelperProcess.start<number, never>(
    "../scale/idle-endpoint-process.js",
    1000,
  );
  await using leases = await startHolder({ kind: "leases", leases: 10_000 });
  await using polls = await startHolder({ kind: "polls", leases: 1000, port: endpoint.ready });
  await using nobody = await startHolder({ kind: "nobody" });
  const pollUses: HolderUse[] = [];
  const sample = async (holder: Holder): Promise<number> => {
    await sleep(SAMPLE_MS);
    const use = await holder.ask();
    if (holder === polls) pollUses.push(use);
    return use.cpuPercent;
  };
  yield {
    title: "idle consumers",
    unit: "% of a core",
    variants: [
      { name: LEASES, role: "ours", sample: () => sample(leases) },
      { name: POLLS, role: "ours", sample: () => sample(polls) },
      { name: NOBODY, role: "floor", sample: () => sample(nobody) },
    ],
    goals: [
      {
        ...AT_MOST,
        id: "G18",
        what: `percent of a core: ${LEASES}`,
        of: LEASES,
        must: 2,
        stretch: 1,
      },
      {
        ...AT_MOST,
        id: "idle.shards",
        what: `percent of a core: ${POLLS}`,
        of: POLLS,
        must: 15,
        stretch: 10,
      },
    ],
    check: () => {},
  };
  yield {
    title: "writes to the lease table, for each lease",
    unit: "an hour",
    variants: [
      {
        name: POLLS,
        role: "ours",
        sample: () => pollUses.shift()?.writesPerLeaseHour ?? Number.NaN,
      },
    ],
    goals: [
      {
        ...AT_MOST,
        id: "lease.writes",
        what: "writes of a lease in an hour",
        of: POLLS,
        must: 1100,
        stretch: 1088,
      },
    ],
    check: () => {},
  };
}

const AT_MOST = { direction: "lower" } as const;

function startHolder(task: HolderTask): Promise<Holder> {
  return HelperProcess.start("../scale/holder-process.js", task);
}
