// The one shape of a background loop.
//
//            step returns afterMs            timer, or wake()
//   stepping --------------------> pausing -----------------> stepping
//   stepping --- step throws ----> backing-off --- timer ---> stepping
//   any      --- signal aborts, "stop", or backoffMs gives up ---> stopped
//
// A step never overlaps itself. A wake during a step causes exactly one more run; a wake never shortens a
// backoff, it only makes the run after it certain.
import { type Clock, sleep } from "./clock.ts";

/** What a step wants next; `afterMs: Infinity` waits for a wake. */
export type LoopNext = { readonly afterMs: number } | "stop";

export interface LoopOptions {
  readonly name: string;
  readonly clock: Clock;
  /** Ends the loop, and the step under way sees it too. */
  readonly signal: AbortSignal;
  /** One run; never called again before its promise settled. */
  readonly step: (signal: AbortSignal) => Promise<LoopNext>;
  /** How long to wait after the nth failure in a row; `undefined` ends the loop with the error. */
  readonly backoffMs: (error: unknown, failures: number) => number | undefined;
}

export interface Loop {
  /** Resolves when the loop has ended; rejects with the error that ended it. Abort resolves it. */
  readonly done: Promise<void>;
  /** Ends a pause at once, or makes one more run follow the present one. */
  wake(): void;
}

/** Starts a loop; its first step runs at once. */
export function startLoop(options: LoopOptions): Loop {
  const runner = new LoopRunner(options);
  return { done: runner.run(), wake: () => runner.wake() };
}

type LoopState =
  | { readonly kind: "stepping" }
  | { readonly kind: "pausing"; readonly end: () => void }
  | { readonly kind: "backing-off" }
  | { readonly kind: "stopped" };

class LoopRunner {
  readonly #options: LoopOptions;
  #state: LoopState = { kind: "stepping" };
  #isWoken = false;

  constructor(options: LoopOptions) {
    this.#options = options;
  }

  wake(): void {
    this.#isWoken = true;
    this.#endPause();
  }

  #endPause(): void {
    if (this.#state.kind === "pausing") this.#state.end();
  }

  async run(): Promise<void> {
    const { signal } = this.#options;
    // One listener for all pauses, which are many and mostly short.
    const onAbort = (): void => this.#endPause();
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      for (let failures = 0; !signal.aborted; ) {
        const next = await this.#stepOrBackoff(failures);
        if (next === "stop") return;
        if (next === "failed") failures += 1;
        else failures = 0;
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      signal.removeEventListener("abort", onAbort);
      this.#state = { kind: "stopped" };
    }
  }

  async #stepOrBackoff(failures: number): Promise<"done" | "failed" | "stop"> {
    const { step, signal } = this.#options;
    this.#state = { kind: "stepping" };
    this.#isWoken = false;
    let next: LoopNext;
    try {
      next = await step(signal);
    } catch (error) {
      await this.#backOff(error, failures + 1);
      return "failed";
    }
    if (next === "stop") return "stop";
    await this.#pause(next.afterMs);
    return "done";
  }

  async #backOff(error: unknown, failures: number): Promise<void> {
    const { backoffMs, clock, signal } = this.#options;
    if (signal.aborted) throw error;
    const delayMs = backoffMs(error, failures);
    if (delayMs === undefined) throw error;
    this.#state = { kind: "backing-off" };
    await sleep(clock, delayMs, signal);
  }

  /** Ends with its time, with a wake, or with the signal, which is looked at afterwards. */
  #pause(afterMs: number): Promise<void> {
    const { clock, signal } = this.#options;
    return new Promise((resolve) => {
      const end = (): void => {
        timer?.[Symbol.dispose]();
        resolve();
      };
      if (this.#isWoken || signal.aborted) {
        resolve();
        return;
      }
      this.#state = { kind: "pausing", end };
      const timer = Number.isFinite(afterMs) ? clock.startTimer(afterMs, end) : undefined;
    });
  }
}
