// What a worker costs that holds every lease of a stream in which nothing is new: processor, memory, and requests to the
// lease table. Workers are measured side by side, in the same seconds, as long as the machine can carry all of them with
// their emulators; where it cannot, one after the other.
import { setTimeout as sleep } from "node:timers/promises";
import type { Comparison } from "../suite.ts";
import { presentKinds, roleOf, type WorkerKind } from "../workers/worker-kinds.ts";
import { type IdleLoad, type IdleUse, IdleWorker } from "./idle-worker.ts";

interface Size extends IdleLoad {
  readonly kinds: readonly WorkerKind[];
  readonly order: "side by side" | "one after the other";
}

/** Ours and the KCL read a shard once a second if nothing else is said, and renew a lease three times in ten seconds. */
const DEFAULTS = { idleMs: 1000, failoverMs: 10_000 } as const;
const EVERYBODY: readonly WorkerKind[] = ["ours", "bare reads", "KCL 3.5", "KCL 2.7", "lifion"];
const SIZES: readonly Size[] = [
  { ...DEFAULTS, shards: 1, kinds: EVERYBODY, order: "side by side" },
  { ...DEFAULTS, shards: 100, kinds: EVERYBODY, order: "side by side" },
  { ...DEFAULTS, shards: 1000, kinds: EVERYBODY, order: "one after the other" },
];
/**
 * As seldom as lets emulator and lease table keep up. lifion reads the first page of shards alone; the KCL 2.7 has so many
 * threads at work while it takes its leases that the machine does nothing else.
 */
const LARGEST: Size = {
  shards: 5000,
  idleMs: 10_000,
  failoverMs: 30_000,
  kinds: ["ours", "bare reads", "KCL 3.5"],
  order: "one after the other",
};
const MAX_ROUNDS = 5;
/** Longer than any of them leaves the lease table alone. */
const WINDOW_MS = 22_000;

/** Three comparisons for each number of shards. */
export async function* idleWorkers(): AsyncGenerator<Comparison> {
  for (const size of SIZES) yield* compare(size);
}

/** The suite "scale-5000": the same of as many shards as one worker is likely to have, which takes a quarter of an hour. */
export function scale5000(): AsyncGenerator<Comparison> {
  return compare(LARGEST);
}

async function* compare(size: Size): AsyncGenerator<Comparison> {
  const { failoverMs, idleMs, order, shards } = size;
  const kinds = presentKinds(size.kinds);
  const uses = new Map<WorkerKind, readonly IdleUse[]>();
  const often = `each read every ${idleMs / 1000} s, failover time ${failoverMs / 1000} s`;
  const many = shards === 1 ? "1 shard" : `${shards.toLocaleString("en")} shards`;
  const what = `an idle worker of ${many}, ${often}`;
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
  const groups = order === "side by side" ? [kinds] : kinds.map((kind) => [kind]);
  yield figure("processor", "% of a core", "cpu", async (tell) => {
    for (const group of groups) await watch(group, size, uses, tell);
  });
  yield figure("memory", "MiB resident", "memoryMib");
  yield figure("requests to the lease table", "a minute", "requestsPerMinute");
}

/** As often as there are rounds, with the one that does not count. */
async function watch(
  kinds: readonly WorkerKind[],
  load: IdleLoad,
  uses: Map<WorkerKind, readonly IdleUse[]>,
  tell: (progress: string) => void,
): Promise<void> {
  const workers: { readonly kind: WorkerKind; readonly worker: IdleWorker }[] = [];
  try {
    for (const kind of kinds) {
      tell(`${kind} takes its leases`);
      workers.push({ kind, worker: await IdleWorker.start(kind, load) });
    }
    for (const { worker } of workers) await worker.begin();
    for (let round = 0; round <= MAX_ROUNDS; round += 1) {
      tell(`${kinds.join(", ")}: ${round} of ${MAX_ROUNDS + 1} times ${WINDOW_MS / 1000} s`);
      await sleep(WINDOW_MS);
      for (const { kind, worker } of workers) {
        uses.set(kind, [...(uses.get(kind) ?? []), await worker.use()]);
      }
    }
  } finally {
    for (const { worker } of workers) await worker[Symbol.asyncDispose]();
  }
}
