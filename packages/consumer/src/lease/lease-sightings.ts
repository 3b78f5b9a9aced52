// What a worker remembers between listings. Nothing in the table is a time: a lease counts as alive for as
// long as its counter is seen to move, by the monotonic clock of whoever looks.
import type { Lease } from "./lease.ts";

interface Sighting {
  readonly counter: number;
  readonly owner: string | undefined;
  readonly sinceMs: number;
}

/** Since when each lease has looked as it does. */
export class LeaseSightings {
  #sightings: ReadonlyMap<string, Sighting> = new Map();

  /** Notes a listing; leases that are gone are forgotten. */
  note(leases: readonly Lease[], nowMs: number): void {
    const sightings = new Map<string, Sighting>();
    for (const lease of leases) sightings.set(lease.key, this.#sighting(lease, nowMs));
    this.#sightings = sightings;
  }

  /** Since when neither its counter nor its owner has changed. */
  unchangedSinceMs(lease: Lease): number {
    return this.#sightings.get(lease.key)?.sinceMs ?? Number.POSITIVE_INFINITY;
  }

  #sighting({ counter, key, owner }: Lease, nowMs: number): Sighting {
    const before = this.#sightings.get(key);
    const isSame = before?.counter === counter && before.owner === owner;
    return isSame ? before : { counter, owner, sinceMs: nowMs };
  }
}
