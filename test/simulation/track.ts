// Work that a world looks at between two timers, and never waits for: while it waits, no time passes.

/** Whether a promise has settled, without waiting for it. */
export function track(work: Promise<unknown>): { isDone(): boolean } {
  let isDone = false;
  const settle = (): void => {
    isDone = true;
  };
  work.then(settle, settle);
  return { isDone: () => isDone };
}
