// Finds out that another process uses this worker's id: two that do take each other's leases for their own, and so take
// them back from each other for ever.
import { type Clock, KinesisError } from "@shardline/core";

/** One loss may be the hand of an operator. */
const LOSSES = 2;
const WITHIN_FAILOVERS = 3;

export interface NamesakeOptions {
  readonly worker: string;
  readonly clock: Clock;
  readonly failoverMs: number;
  readonly onFound: (error: KinesisError<"WORKER_ID_IN_USE">) => void;
}

export class Namesake {
  readonly #options: NamesakeOptions;
  #losses: readonly number[] = [];

  constructor(options: NamesakeOptions) {
    this.#options = options;
  }

  /** A lease was lost, and who has it bears our name. */
  suspect(): void {
    const { clock, failoverMs, onFound, worker } = this.#options;
    const nowMs = clock.nowMs();
    const recent = this.#losses.filter((atMs) => nowMs - atMs <= WITHIN_FAILOVERS * failoverMs);
    this.#losses = [...recent, nowMs];
    if (this.#losses.length !== LOSSES) return;
    const error = new KinesisError("WORKER_ID_IN_USE", {
      message: `another process takes the leases of worker ${worker} for its own; give each process a workerId of its own, or none`,
      isRetryable: false,
      details: { workerId: worker },
    });
    onFound(error);
  }
}
