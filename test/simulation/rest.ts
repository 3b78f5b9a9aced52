// When a world has come to rest after the last fault: nobody is missing, everything stored is handled, and every lease
// that is needed, and no other, has a live owner who has checkpointed all of its shard.
import type { Lease } from "@shardline/consumer";
import { laggingLeases } from "./checkers/caught-up.ts";
import { uselessLeases } from "./checkers/cleaned-up.ts";
import { isEnded } from "./checkers/lease-facts.ts";
import type { Fleet } from "./fleet/fleet.ts";
import type { Worker } from "./fleet/worker.ts";
import { isOfKcl } from "./fleet/worker-name.ts";
import type { Odds } from "./odds.ts";
import type { Stage } from "./stage.ts";

/** After the faults are healed, everything stored is handled, and no useless lease left, within this time. */
const LIVENESS_MS = 120_000;
/** With workers of the KCL: they look for leases every 20 s, and every 10 s whether a shard's parents are done. */
const KCL_LIVENESS_MS = 400_000;
/** With many streams: they are asked for again after a minute at most, as is one that failed, and left ones are deleted. */
const STREAMS_LIVENESS_MS = 240_000;

/** What may bring leases to rest. */
const CHANGES = ["table", "landed", "handled", "lease", "life", "streams", "world"] as const;

type Scene = Pick<
  Stage,
  "journal" | "lives" | "network" | "shards" | "stored" | "streams" | "table"
>;

/** In how long a world comes to rest. */
export function livenessMsOf({ kcl, streams }: Odds): number {
  if (kcl.workers > 0) return KCL_LIVENESS_MS;
  return streams.streams === 1 ? LIVENESS_MS : STREAMS_LIVENESS_MS;
}

/** Of a world that comes to rest: to be asked at each step whether it has. */
export class RestWatch {
  readonly #scene: Scene;
  readonly #workers: Fleet<Worker>;
  readonly #isFormerDeleted: boolean;
  #changesAtLook = -1;

  constructor(scene: Scene, workers: Fleet<Worker>, isFormerDeleted: boolean) {
    this.#scene = scene;
    this.#workers = workers;
    this.#isFormerDeleted = isFormerDeleted;
  }

  /** The leases are dear to look at, and few steps change anything of them. */
  isAtRest(): boolean {
    if (!isEmpty(bustleOf(this.#scene, this.#workers))) return false;
    const changes = changesOf(this.#scene);
    if (changes === this.#changesAtLook) return false;
    this.#changesAtLook = changes;
    return isEmpty(this.#unrestOfLeases());
  }

  /** What keeps it from rest. */
  reasons(): readonly string[] {
    return [...bustleOf(this.#scene, this.#workers), ...this.#unrestOfLeases()];
  }

  #unrestOfLeases(): Generator<string, void, void> {
    return unrestOfLeases(this.#scene, this.#workers, this.#isFormerDeleted);
  }
}

function changesOf({ journal: { counts } }: Scene): number {
  return CHANGES.reduce((sum, kind) => sum + (counts.get(kind) ?? 0), 0);
}

function isEmpty(unrest: Generator<string, void, void>): boolean {
  return unrest.next().done === true;
}

function* bustleOf(
  { network, stored }: Scene,
  workers: Fleet<Worker>,
): Generator<string, void, void> {
  // One that stands still would wake up when nobody is there any more to take its leases.
  if (!workers.isComplete) yield "workers are missing";
  if (!network.isQuiet) yield "requests are under way";
  if (stored.unhandled > 0) yield `${stored.unhandled} records are not handled`;
}

function* unrestOfLeases(
  scene: Scene,
  workers: Fleet<Worker>,
  isFormerDeleted: boolean,
): Generator<string, void, void> {
  const { lives, stored, streams, table } = scene;
  if (isFormerDeleted) {
    for (const { key } of table.snapshot()) {
      if (!streams.isNamed(key)) yield `${key} is the lease of a stream that is not read any more`;
    }
  }
  for (const { name } of streams.unread) yield `not everybody reads ${name}`;
  const leases = table.snapshot().filter(({ key }) => streams.isNamed(key));
  for (const { key } of leases) {
    if (!lives.isLeaseOfNow(key)) yield `${key} is the lease of a stream that was deleted`;
  }
  if (!areOwned(leases, workers)) yield "a lease has no live owner";
  // The KCL keeps those that it holds for five minutes and more.
  for (const key of uselessLeases(leases, scene.shards())) {
    if (!isOfKcl(table.get(key)?.owner)) yield `${key} is not deleted`;
  }
  // The KCL checkpoints nothing that it passes over.
  const ours = leases.filter(({ owner }) => !isOfKcl(owner));
  for (const key of laggingLeases(ours, stored)) {
    yield `${key} has a checkpoint before its last record`;
  }
}

/** Every shard that is to be read has a live worker, and nobody's lease is a dead one's. */
function areOwned(leases: readonly Lease[], { members }: Fleet<Worker>): boolean {
  const alive = new Set(members.map(({ process }) => process.name));
  return leases.every((lease) => {
    const { owner } = lease;
    if (isEnded(lease)) return owner === undefined || isOfKcl(owner);
    return owner !== undefined && alive.has(owner);
  });
}
