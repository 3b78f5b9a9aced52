// The time of one invocation. Lambda ends a process that runs over it, and then knows nothing of what was done; so there is
// an end before that end: handlers hear of it first, and a while later nobody waits for them any more.
import { type Clock, KinesisError, LinkedSignal } from "@shardline/core";

export class InvocationDeadline implements Disposable {
  readonly #ending = new LinkedSignal();
  readonly #over = new LinkedSignal();
  readonly #timers: readonly Disposable[];

  /** `marginMs` of the remaining time are kept: half of it for handlers to end, the other half for the answer. */
  constructor(clock: Clock, remainingMs: number, marginMs: number) {
    const ends: readonly (readonly [LinkedSignal, number])[] = [
      [this.#ending, remainingMs - marginMs],
      [this.#over, remainingMs - marginMs / 2],
    ];
    this.#timers = ends.flatMap(([end, afterMs]) => {
      const onFire = (): void => end.abort(outOfTime(marginMs));
      if (afterMs > 0 && afterMs < Number.POSITIVE_INFINITY)
        return [clock.startTimer(afterMs, onFire)];
      // Not by a timer: nothing must begin that has no time.
      if (afterMs <= 0) onFire();
      return [];
    });
  }

  /** Aborts when handlers have to end: what they do from then on does not count. */
  get ending(): AbortSignal {
    return this.#ending.signal;
  }

  /** Aborts when nobody waits for handlers any more. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  [Symbol.dispose](): void {
    for (const timer of this.#timers) timer[Symbol.dispose]();
  }
}

function outOfTime(marginMs: number): KinesisError {
  return new KinesisError("INVOCATION_OVER", {
    message: `less than ${marginMs} ms of the invocation's time are left; give the function more time, or its source a smaller batch size`,
    isRetryable: true,
    details: {},
  });
}
