// Tells, once each, of shards that a worker leaves because of how it was set up.
import type { EventSink } from "@shardline/core";
import { actualOwner, isEnded, type Lease } from "./lease.ts";
import type { LeaseEvents } from "./lease-events.ts";
import type { LeaseAssignment, LeasePlan } from "./lease-plan.ts";

export interface ShareNewsOptions {
  readonly assignment: LeaseAssignment;
  readonly maxPerWorker: number;
  readonly events: EventSink<LeaseEvents>;
}

export class ShareNews {
  readonly #options: ShareNewsOptions;
  readonly #assigned: ReadonlySet<string>;
  readonly #unassigned = new Set<string>();
  #spillover = 0;

  constructor(options: ShareNewsOptions) {
    const { assignment } = options;
    this.#options = options;
    this.#assigned = new Set(assignment === "balanced" ? [] : assignment.shardIds);
  }

  /** Notes a pass. */
  note({ spillover }: LeasePlan, leases: readonly Lease[]): void {
    const { events, maxPerWorker } = this.#options;
    if (spillover !== this.#spillover && spillover > 0) {
      events.emit("leasesSpilledOver", { leases: spillover, maxPerWorker });
    }
    this.#spillover = spillover;
    if (this.#assigned.size > 0) for (const lease of leases) this.#tellOfOrphan(lease);
  }

  #tellOfOrphan(lease: Lease): void {
    const { key, parentShardIds, shardId } = lease;
    const isChild = parentShardIds.some((parentId) => this.#assigned.has(parentId));
    const isNobodys = actualOwner(lease) === undefined && !isEnded(lease);
    if (!isChild || !isNobodys || this.#assigned.has(shardId) || this.#unassigned.has(key)) return;
    this.#unassigned.add(key);
    this.#options.events.emit("shardUnassigned", { shardId, leaseKey: key });
  }
}
