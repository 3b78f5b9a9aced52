// The suite "backlog": whole consumers up to a handler that does nothing, each on a stream of its own at an emulator over
// sockets. Many records come at once, and it is counted what each takes until the last one of them. All wait for each
// other, warm; all read a shard five times a second at most, and checkpoint at the same pace.
import { type Load, LOADS, userRecordsOf } from "../consumer/load.ts";
import { SideFigures } from "../side-figures.ts";
import type { Comparison, Goal } from "../suite.ts";
import { prepareTable } from "../workers/lease-table.ts";
import { streamOf, Streams } from "../workers/streams.ts";
import { Worker } from "../workers/worker.ts";
import { presentKinds, roleOf, type WorkerKind } from "../workers/worker-kinds.ts";
import { reachOf, type WorkerTask } from "../workers/worker-task.ts";

type Read = WorkerTask["read"];

/** By subscriptions lifion-kinesis gets nothing from the emulator. */
const KINDS: Readonly<Record<Read, readonly WorkerKind[]>> = {
  polling: ["ours", "KCL 3.5", "KCL 2.7", "lifion"],
  "fan-out": ["ours", "KCL 3.5", "KCL 2.7"],
};
const BACKLOGS: readonly Load[] = [LOADS.backlog, LOADS.backlog1kb];
/** The shortest that the KCL can be told. */
const IDLE_MS = 200;

/** What a record costs by the processor, and then by the clock. */
export async function* backlog(): AsyncGenerator<Comparison> {
  for (const read of ["polling", "fan-out"] as const) {
    const entrants: Entrant[] = [];
    const kinds = presentKinds(KINDS[read]);
    await using streams = await Streams.start(kinds, LOADS.backlog.shards);
    try {
      for (const kind of kinds) entrants.push(await enter(kind, read, streams));
      for (const load of BACKLOGS) yield* compare(entrants, read, load);
    } finally {
      for (const { worker } of entrants) await worker[Symbol.asyncDispose]();
    }
  }
}

/** Of a record. */
interface Cost {
  readonly cpuUs: number;
  /** From when all were there to when the last one was handled. */
  readonly wallUs: number;
}

interface Entrant {
  readonly kind: WorkerKind;
  readonly worker: Worker;
  readonly streams: Streams;
}

async function enter(kind: WorkerKind, read: Read, streams: Streams): Promise<Entrant> {
  const name = streamOf(kind);
  const worker = await Worker.start(kind, {
    ...reachOf(streams.client),
    stream: name,
    worker: "worker",
    read,
    startAt: "TRIM_HORIZON",
    idleMs: IDLE_MS,
    tell: "totals",
  });
  await prepareTable(kind, streams.client, name);
  await worker.run(name);
  return { kind, worker, streams };
}

async function* compare(
  entrants: readonly Entrant[],
  read: Read,
  load: Load,
): AsyncGenerator<Comparison> {
  const figures = new SideFigures<Cost>();
  const title = `${read}, ${load.title}, ${load.shards} shards`;
  yield {
    title: `a backlog read to its end, ${title}`,
    unit: "µs of CPU per record",
    variants: entrants.map((entrant) => ({
      name: entrant.kind,
      role: roleOf(entrant.kind),
      sample: async () => {
        const { cpuUs } = await figures.take(entrant.kind, () => take(entrant, load));
        return cpuUs;
      },
    })),
    goals: goalsOf(entrants, read, load),
    // Also starts them, and warms them up.
    check: async () => {
      for (const entrant of entrants) await take(entrant, load);
    },
  };
  yield {
    title: `a backlog read to its end, by the clock, ${title}`,
    unit: "µs per record",
    perSecond: "records",
    variants: entrants.map(({ kind }) => ({
      name: kind,
      role: roleOf(kind),
      sample: () => figures.next(kind).wallUs,
    })),
    goals: [],
    check: () => {},
  };
}

function goalsOf(entrants: readonly Entrant[], read: Read, { id }: Load): readonly Goal[] {
  return entrants.slice(1).map(({ kind }) => ({
    id: `${id}.${read}.${kind}`,
    what: `CPU of a record, ${kind} as a multiple of ours`,
    direction: "higher",
    of: "ours",
    against: kind,
    must: 1,
    stretch: 2,
  }));
}

/** One backlog. @throws unless all of it is handled */
async function take({ kind, streams, worker }: Entrant, load: Load): Promise<Cost> {
  const { done } = await worker.expect(userRecordsOf(load) * load.shards);
  const putAtMs = await streams.ask({ kind: "put", stream: streamOf(kind), load: load.id });
  const { atMs, cpuUs, records } = await done;
  return { cpuUs: cpuUs / records, wallUs: ((atMs - putAtMs) * 1000) / records };
}
