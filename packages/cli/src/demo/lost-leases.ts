// Leases that workers lost without handing them over, as those do that stand still for longer than leases last, or handed
// over while records were handled side by side: what such a worker was handed and had not checkpointed comes again.
import { comparePositions, type Position } from "@shardline/core";

/** A worker began to read a shard, behind its checkpoint. */
interface Beginning {
  readonly worker: string;
  readonly shardId: string;
  readonly checkpoint: Position;
}

interface Loss {
  readonly shardId: string;
  /** All that the worker was handed of the shard until then. */
  readonly handed: readonly Position[];
}

export class LostLeases {
  readonly #beginnings: Beginning[] = [];
  /** By the place of the beginning that each put an end to. */
  readonly #losses = new Map<number, Loss>();

  begin(worker: string, shardId: string, checkpoint: Position): void {
    this.#beginnings.push({ worker, shardId, checkpoint });
  }

  /** The worker may say so long after the next one has begun; what is said twice counts once. */
  lose(worker: string, shardId: string, handed: readonly Position[]): void {
    const begunAt = this.#beginnings.findLastIndex(
      (begun) => begun.worker === worker && begun.shardId === shardId,
    );
    if (begunAt >= 0) this.#losses.set(begunAt, { shardId, handed });
  }

  /** How many records were handed out that whoever came next was handed again. */
  get handedAgain(): number {
    return [...this.#losses].reduce((sum, [begunAt, { handed, shardId }]) => {
      const next = this.#beginnings.slice(begunAt + 1).find((begun) => begun.shardId === shardId);
      if (next === undefined) return sum;
      const isAgain = (position: Position): boolean =>
        comparePositions(position, next.checkpoint) > 0;
      return sum + handed.filter(isAgain).length;
    }, 0);
  }
}
