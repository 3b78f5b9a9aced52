// What a worker costs that holds every lease of a stream in which nothing is new: processor, memory, and requests to the
// lease table. One worker at a time has the emulator to itself, because thousands of shards are a load on that; all look at
// a shard once a second, which is the default of ours and of the KCL 2.7.
import { setTimeout as sleep } from "node:timers/promises";
import type { Comparison } from "../suite.ts";
import { prepareTable } from "../workers/lease-table.ts";
import { streamOf, Streams } from "../workers/streams.ts";
import { Worker } from "../workers/worker.ts";
import { presentKinds, roleOf, type WorkerKind } from "../workers/worker-kinds.ts";
import type { WorkerUse } from "../workers/worker-news.ts";
import { reachOf } from "../workers/worker-task.ts";

interface Size {
  readonly shards: number;
  readonly idleMs: number;
  readonly kinds: readonly WorkerKind[];
}

/** What is measured of a worker in some seconds. */
interface IdleUse {
  /** Percent of a core. */
  readonly cpu: number;
  readonly memoryMib: number;
  readonly requestsPerMinute: number;
}

const SIZES: readonly Size[] = [
  { shards: 1, idleMs: 1000, kinds: ["ours", "KCL 3.5", "KCL 2.7", "lifion"] },
  { shards: 100, idleMs: 1000, kinds: ["ours", "KCL 3.5", "KCL 2.7", "lifion"] },
  { shards: 1000, idleMs: 1000, kinds: ["ours", "KCL 3.5", "KCL 2.7"] },
  { shards: 5000, idleMs: 5000, kinds: ["ours"] },
];
const MAX_ROUNDS = 5;
/** Several renewal periods. */
const WINDOW_MS = 10_000;
/** What it took to get the leases is over by then. */
const SETTLE_MS = 20_000;
const MIB = 1024 * 1024;
const MINUTE_MS = 60_000;

/** Three comparisons for each number of shards. */
export async function* idleWorkers(): AsyncGenerator<Comparison> {
  for (const size of SIZES) yield* compare(size);
}

async function* compare({ idleMs, kinds: among, shards }: Size): AsyncGenerator<Comparison> {
  const kinds = presentKinds(among);
  const uses = new Map<WorkerKind, readonly IdleUse[]>();
  const what = `an idle worker of ${shards} shards, each read every ${idleMs / 1000} s`;
  const figure = (
    title: string,
    unit: string,
    of: keyof IdleUse,
    check: Comparison["check"] = () => {},
  ): Comparison => ({
    title: `${what}: ${title}`,
    unit,
    maxRounds: MAX_ROUNDS,
    variants: kinds.map((kind) => {
      let taken = 0;
      const sample = (): number => uses.get(kind)?.[taken++]?.[of] ?? Number.NaN;
      return { name: kind, role: roleOf(kind), sample };
    }),
    goals: [],
    check,
  });
  yield figure("processor", "% of a core", "cpu", async () => {
    for (const kind of kinds) uses.set(kind, await usesOf(kind, shards, idleMs));
  });
  yield figure("memory", "MiB resident", "memoryMib");
  yield figure("requests to the lease table", "a minute", "requestsPerMinute");
}

/** As many as there are rounds, with the one that does not count. */
async function usesOf(kind: WorkerKind, shards: number, idleMs: number): Promise<IdleUse[]> {
  await using streams = await Streams.start([kind], shards, { countsRequests: true });
  const name = streamOf(kind);
  await using worker = await Worker.start(kind, {
    ...reachOf(streams.client),
    stream: name,
    worker: "worker",
    read: "polling",
    startAt: "LATEST",
    idleMs,
    tell: "totals",
  });
  await prepareTable(kind, streams.client, name);
  await hold(worker, kind, name, shards);
  const uses: IdleUse[] = [];
  let before = await look(worker, streams);
  while (uses.length <= MAX_ROUNDS) {
    await sleep(WINDOW_MS);
    const after = await look(worker, streams);
    uses.push(useBetween(before, after));
    before = after;
  }
  return uses;
}

/** Resolves when all leases are held, and what that took is over. lifion does not tell: it takes all it finds at its start. */
async function hold(
  worker: Worker,
  kind: WorkerKind,
  application: string,
  shards: number,
): Promise<void> {
  const held = new Set<string>();
  const all = new Promise<void>((resolve) => {
    worker.onNews((news) => {
      if (news.kind === "taken") held.add(news.shardId);
      if (held.size === shards) resolve();
    });
  });
  await worker.run(application);
  if (kind !== "lifion") await all;
  await sleep(SETTLE_MS);
}

interface Look {
  readonly atMs: number;
  readonly use: WorkerUse;
  readonly requests: number;
}

async function look(worker: Worker, streams: Streams): Promise<Look> {
  const [use, requests] = await Promise.all([worker.use(), streams.ask({ kind: "requests" })]);
  return { atMs: performance.now(), use, requests };
}

function useBetween(before: Look, after: Look): IdleUse {
  const elapsedMs = after.atMs - before.atMs;
  return {
    cpu: (after.use.cpuUs - before.use.cpuUs) / 10 / elapsedMs,
    memoryMib: after.use.rssBytes / MIB,
    requestsPerMinute: ((after.requests - before.requests) * MINUTE_MS) / elapsedMs,
  };
}
