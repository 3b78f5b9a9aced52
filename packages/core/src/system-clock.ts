// The system's time: the one file that reads it.
import type { Clock } from "./clock.ts";

/** setTimeout fires at once beyond this delay, so longer waits are made of pieces. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** The clock of the process. */
export const systemClock: Clock = Object.freeze({
  wallTimeMs: () => Date.now(),
  nowMs: () => performance.now(),
  startTimer,
});

/** The date at some epoch milliseconds, for interfaces that want one. */
export function toDate(epochMs: number): Date {
  return new Date(epochMs);
}

/** Whether a value is a valid date. */
export function isDate(value: unknown): value is Date {
  return value instanceof Date && !Number.isNaN(value.getTime());
}

function startTimer(delayMs: number, onFire: () => void): Disposable {
  let timeout: NodeJS.Timeout;
  const arm = (remainingMs: number): void => {
    const pieceMs = Math.min(remainingMs, MAX_TIMEOUT_MS);
    timeout = setTimeout(() => {
      if (remainingMs > pieceMs) arm(remainingMs - pieceMs);
      else onFire();
    }, pieceMs);
  };
  arm(Math.max(0, delayMs));
  return { [Symbol.dispose]: () => clearTimeout(timeout) };
}
