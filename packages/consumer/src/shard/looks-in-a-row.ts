// Remembers what the last look has seen. A listing may be a moment old and a reshard under way, so only what one look
// after the other sees is acted upon (KCL: leasesRecoveryAuditorInconsistencyConfidenceThreshold, there three looks two
// minutes apart).

const LOOKS_TO_BELIEVE = 2;

export class LooksInARow {
  #counts: ReadonlyMap<string, number> = new Map();

  /** Notes what this look has seen; answers what has now been seen often enough. */
  note(seen: readonly string[]): ReadonlySet<string> {
    const counts = seen.map((what) => [what, (this.#counts.get(what) ?? 0) + 1] as const);
    this.#counts = new Map(counts);
    return new Set(counts.flatMap(([what, count]) => (count >= LOOKS_TO_BELIEVE ? [what] : [])));
  }
}
