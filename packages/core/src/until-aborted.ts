// For work that does not look at a signal itself, or not all the time.

/** Settles as the work does, or rejects with the signal's reason as soon as it aborts. */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    const settled = work.then(resolve, reject);
    void settled.then(() => signal.removeEventListener("abort", onAbort));
  });
}
