// The port through which everything here tells the time. Two times, never mixed: wall time is for talking
// to AWS and to people, monotonic time for durations, deadlines and leases.

/** Time and timers. */
export interface Clock {
  /** Epoch milliseconds; may jump. */
  wallTimeMs(): number;
  /** Milliseconds since some fixed moment; never goes back. */
  nowMs(): number;
  /** Calls back once after `delayMs`, unless disposed of before; any finite delay is fine. */
  startTimer(delayMs: number, onFire: () => void): Disposable;
}

/**
 * Resolves after `delayMs`, of which Infinity means never; rejects with the signal's reason as soon as it
 * aborts.
 */
export function sleep(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = (): void => {
      timer?.[Symbol.dispose]();
      reject(signal.reason);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    const timer = Number.isFinite(delayMs)
      ? clock.startTimer(delayMs, () => {
          signal.removeEventListener("abort", onAbort);
          resolve();
        })
      : undefined;
  });
}
