// Pure: when the lease table is looked at next.

/** What is known after a look. */
export interface ScanView {
  /** When the look began. */
  readonly askedAtMs: number;
  /** What it cost; a unit stands for 8 KiB. */
  readonly readUnits: number;
  readonly failoverMs: number;
  /** For leases that others have: since when they have not changed. */
  readonly unchangedSinceMs: readonly number[];
}

export interface ScanPlan {
  readonly everyMs: number;
  /** The next look. */
  readonly atMs: number;
  /** From then on a look may be made before its time: at once for a table that is looked at at full pace. */
  readonly notBeforeMs: number;
}

/** Looks within one failover time. */
const LOOKS_PER_FAILOVER = 4;
/** A table of 1 MB: larger ones are looked at less often, so that the units a second stay the same. */
const FULL_PACE_UNITS = 128;
/** Between two looks at least. */
const MIN_GAP_MS = 100;

/**
 * Several looks within a failover time, and one at the moment at which an owner's time is over: otherwise a crash would
 * be noticed up to a look later.
 */
export function planNextScan(view: ScanView): ScanPlan {
  const { askedAtMs, failoverMs, readUnits, unchangedSinceMs } = view;
  const widening = Math.max(1, readUnits / FULL_PACE_UNITS);
  const fullPaceMs = failoverMs / LOOKS_PER_FAILOVER;
  const everyMs = fullPaceMs * widening;
  const dueAtMs = askedAtMs + everyMs;
  const notBeforeMs = dueAtMs - fullPaceMs;
  if (widening > 1) return { everyMs, notBeforeMs, atMs: dueAtMs };
  // Its time must be over when the look begins, not only run out.
  const expiriesAtMs = unchangedSinceMs.map((sinceMs) => sinceMs + failoverMs + 1);
  const expiryAtMs = Math.min(...expiriesAtMs.filter((atMs) => atMs > askedAtMs));
  const atMs = Math.min(dueAtMs, Math.max(expiryAtMs, askedAtMs + MIN_GAP_MS));
  return { everyMs, notBeforeMs, atMs };
}
