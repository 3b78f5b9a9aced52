// The leases that this worker holds.
import type { Clock, EventSink, KinesisError } from "@shardline/core";
import { HeldLease, type HeldLeaseOptions } from "./held-lease.ts";
import { isEnded, type Lease } from "./lease.ts";
import type { LeaseEvents, LeaseLossCause } from "./lease-events.ts";
import type { LeaseTable } from "./lease-table.ts";
import { Namesake } from "./namesake.ts";

export interface HeldLeasesOptions {
  readonly table: LeaseTable;
  readonly worker: string;
  readonly clock: Clock;
  readonly failoverMs: number;
  readonly signal: AbortSignal;
  readonly events: EventSink<LeaseEvents>;
  /** Another process has this worker's name. */
  readonly onNamesake: (error: KinesisError<"WORKER_ID_IN_USE">) => void;
  /** A lease was given up for anybody to take, while there is still something to read. */
  readonly onFreed?: () => void;
  /** Starts to read the shard of a lease that has just become ours. */
  readonly onHeld: (held: HeldLease, isFirstTake: boolean) => void;
}

/** How a lease became ours. */
export interface Acquisition {
  /** Monotonic time before the write that made it so was sent. */
  readonly sentAtMs: number;
  readonly previousOwner: string | undefined;
  /** Whether nobody has read the shard from LATEST before. */
  readonly isFirstTake: boolean;
}

export class HeldLeases {
  readonly #options: HeldLeasesOptions;
  readonly #leaseOptions: HeldLeaseOptions;
  readonly #held = new Map<string, HeldLease>();
  readonly #namesake: Namesake;

  constructor(options: HeldLeasesOptions) {
    this.#options = options;
    this.#leaseOptions = {
      ...options,
      onLost: (...loss) => this.#noteLost(...loss),
      onReleased: (...release) => this.#noteReleased(...release),
    };
    this.#namesake = new Namesake({ ...options, onFound: options.onNamesake });
  }

  get size(): number {
    return this.#held.size;
  }

  has(key: string): boolean {
    return this.#held.has(key);
  }

  all(): readonly HeldLease[] {
    return [...this.#held.values()];
  }

  /** A lease has become ours. */
  add(lease: Lease, { isFirstTake, previousOwner, sentAtMs }: Acquisition): void {
    const { events, onHeld } = this.#options;
    const held = new HeldLease(lease, sentAtMs, this.#leaseOptions);
    this.#held.set(lease.key, held);
    events.emit("leaseTaken", { ...nameOf(held), previousOwner, epoch: lease.epoch });
    onHeld(held, isFirstTake);
  }

  #noteLost(held: HeldLease, cause: LeaseLossCause, newOwner: string | undefined): void {
    const { events, worker } = this.#options;
    this.#held.delete(held.lease.key);
    events.emit("leaseLost", { ...nameOf(held), cause, newOwner });
    if (newOwner === worker) this.#namesake.suspect();
  }

  #noteReleased(held: HeldLease, to: string | undefined): void {
    const { events, onFreed } = this.#options;
    this.#held.delete(held.lease.key);
    events.emit("leaseReleased", { ...nameOf(held), to });
    if (to === undefined && !isEnded(held.lease)) onFreed?.();
  }
}

function nameOf({ lease }: HeldLease): { leaseKey: string; shardId: string } {
  return { leaseKey: lease.key, shardId: lease.shardId };
}
