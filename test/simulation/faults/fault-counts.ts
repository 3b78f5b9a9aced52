// How often which kind of fault fired in a world, and what else came of it that is worth a count.
import type { FaultName } from "./fault-names.ts";

/** Counts by name. */
export class FaultCounts {
  readonly #faults = new Map<FaultName, number>();
  readonly #events = new Map<string, number>();

  add(fault: FaultName, count = 1): void {
    if (count > 0) raise(this.#faults, fault, count);
  }

  /** Something that is no fault. */
  note(event: string): void {
    raise(this.#events, event, 1);
  }

  /** Of faults, in the order of their names. */
  get all(): ReadonlyMap<FaultName, number> {
    return sorted(this.#faults);
  }

  /** Of all else, in the order of its names. */
  get events(): ReadonlyMap<string, number> {
    return sorted(this.#events);
  }
}

function raise<Name>(counts: Map<Name, number>, name: Name, by: number): void {
  counts.set(name, (counts.get(name) ?? 0) + by);
}

function sorted<Name>(counts: ReadonlyMap<Name, number>): ReadonlyMap<Name, number> {
  return new Map([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}
