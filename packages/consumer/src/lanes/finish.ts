// The end of a drain where records are handled side by side: what lies before something that is done is finished, so that
// whoever has the shard next repeats nothing, and nothing beyond is begun. It is over when there is nothing left to do, and
// not waited for longer than a worker waits that has asked for the lease.
import type { Clock, LinkedSignal, Position } from "@shardline/core";
import type { Backlog } from "./backlog.ts";
import { type FinishLimit, isSameLimit, isWanted, planFinish } from "./finish-plan.ts";
import type { Lane } from "./lane.ts";

/** Whoever has asked for the lease takes it after 30 s. */
const FINISH_MS = 10_000;

export interface FinishOptions {
  readonly clock: Clock;
  readonly backlog: Backlog;
  /** Those that have something. */
  readonly busy: ReadonlySet<Lane>;
  /** What was done last in the shard. */
  readonly newestDone: () => Position | undefined;
  readonly isPaused: () => boolean;
  /** Gives lanes work as long as there is any. */
  readonly handOut: () => void;
  /** No further try is wanted when it aborts. */
  readonly calling: LinkedSignal;
  /** The reason with which it is over. */
  readonly reason: unknown;
}

export class Finish {
  readonly #options: FinishOptions;
  #limit: FinishLimit | undefined;
  #isLookDue = false;

  constructor(options: FinishOptions) {
    const { calling, clock } = options;
    this.#options = options;
    const timer = clock.startTimer(FINISH_MS, () => this.#end());
    calling.signal.addEventListener("abort", () => timer[Symbol.dispose](), { once: true });
    this.#narrow();
    this.note();
  }

  /** Something has changed. What has become of a record that a lane has just given back, the lane says right after. */
  note(): void {
    if (this.#isLookDue) return;
    this.#isLookDue = true;
    queueMicrotask(() => {
      this.#isLookDue = false;
      if (!this.#options.calling.signal.aborted) this.#look();
    });
  }

  /** Whether a lane may go on with what it has. */
  mayTry({ has }: Lane): boolean {
    return has === undefined || isWanted(has.first, this.#narrow());
  }

  #look(): void {
    const { backlog, busy, handOut, isPaused } = this.#options;
    const limit = this.#narrow();
    handOut();
    // One that has nothing left is about to give its line back.
    const isOver = ({ has }: Lane): boolean => has !== undefined && !isWanted(has.first, limit);
    if (isPaused() || (backlog.isEmpty && [...busy].every(isOver))) this.#end();
  }

  #narrow(): FinishLimit {
    const { backlog, busy, newestDone } = this.#options;
    const before = this.#limit;
    const limit = planFinish(newestDone(), busy, before);
    this.#limit = limit;
    if (!isSameLimit(before, limit)) backlog.keep((at) => isWanted(at, limit));
    return limit;
  }

  #end(): void {
    const { calling, reason } = this.#options;
    calling.abort(reason);
  }
}
