// How often which kind of fault fired in a world.

/** Counts by the name of the fault. */
export class FaultCounts {
  readonly #counts = new Map<string, number>();

  add(fault: string, count = 1): void {
    if (count > 0) this.#counts.set(fault, (this.#counts.get(fault) ?? 0) + count);
  }

  /** By name, in the order of the names. */
  get all(): ReadonlyMap<string, number> {
    return new Map([...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}
