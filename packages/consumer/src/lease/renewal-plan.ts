// Pure: when a lease is renewed next. Each has a place of its own within the period and comes back to it, however late
// it was, so that the writes of many leases stay spread evenly.

/** The steps in which places lie: one that wakes for a few leases at a time pays most for the waking. */
const STEPS = 32;
/** Multiples of it lie as far from each other as numbers can, however many there are. */
const GOLDEN_RATIO = (Math.sqrt(5) - 1) / 2;
/** A timer's time is not that exact. */
const TOLERANCE_MS = 1;

/** The nth lease's place within a period, from 0 to 1. */
export function placeOf(n: number): number {
  return Math.floor(((n * GOLDEN_RATIO) % 1) * STEPS) / STEPS;
}

/**
 * The last return to its place within one period of the renewal before, but not within half of one. Leases of one place
 * return to it at the very same number.
 */
export function nextRenewalAtMs(renewedAtMs: number, place: number, periodMs: number): number {
  const latestAtMs = renewedAtMs + periodMs + TOLERANCE_MS;
  const periods = Math.floor(latestAtMs / periodMs - place);
  return Math.max((periods + place) * periodMs, renewedAtMs + periodMs / 2);
}

/** A period after a write that renewed the lease by the way: one that is written to more often needs nothing else. */
export function renewalAfterWriteAtMs(writtenAtMs: number, periodMs: number): number {
  return writtenAtMs + periodMs + TOLERANCE_MS;
}
