// When a record is given up.

/** Whether a time is over. Always this sum: the alarm rings at it, and a difference rounds otherwise. */
export function isExpired(acceptedAtMs: number, ttlMs: number, nowMs: number): boolean {
  return acceptedAtMs + ttlMs <= nowMs;
}
