// The suite "backlog": whole consumers up to a handler that does nothing, each on a stream of its own at an emulator over
// sockets. Many records come at once, and it is counted what each takes until the last one of them. All wait for each
// other, warm; all read a shard five times a second at most, and checkpoint at the same pace. Bare reads are their floor.
import { type Load, LOADS } from "../consumer/load.ts";
import { SideFigures } from "../side-figures.ts";
import type { Comparison, Goal } from "../suite.ts";
import { Streams } from "../workers/streams.ts";
import { presentKinds, type WorkerKind } from "../workers/worker-kinds.ts";
import { type Cost, enter, type Entrant, type Read } from "./entrants.ts";

/** By subscriptions lifion-kinesis gets nothing from the emulator. */
const KINDS: Readonly<Record<Read, readonly WorkerKind[]>> = {
  polling: ["ours", "bare reads", "KCL 3.5", "KCL 2.7", "lifion"],
  "fan-out": ["ours", "bare reads", "KCL 3.5", "KCL 2.7"],
};
const BACKLOGS: readonly Load[] = [LOADS.backlog, LOADS.backlog1kb];

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
      for (const entrant of entrants) await entrant[Symbol.asyncDispose]();
    }
  }
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
    variants: entrants.map(({ name, role, take }) => ({
      name,
      role,
      sample: async () => (await figures.take(name, () => take(load))).cpuUs,
    })),
    goals: goalsOf(entrants, read, load),
    // Also starts them, and warms them up.
    check: async () => {
      for (const { take } of entrants) await take(load);
    },
  };
  yield {
    title: `a backlog read to its end, by the clock, ${title}`,
    unit: "µs per record",
    perSecond: "records",
    variants: entrants.map(({ name, role }) => ({
      name,
      role,
      sample: () => figures.next(name).wallUs,
    })),
    goals: [],
    check: () => {},
  };
}

function goalsOf(entrants: readonly Entrant[], read: Read, { id }: Load): readonly Goal[] {
  const peers = entrants.filter(({ role }) => role === "peer");
  return peers.map(({ name }) => ({
    id: `${id}.${read}.${name}`,
    what: `CPU of a record, ${name} as a multiple of ours`,
    direction: "higher",
    of: "ours",
    against: name,
    must: 1,
    stretch: 2,
  }));
}
