// What the lease loops tell.
import type { UnreadableLease } from "./unreadable-plan.ts";

/** Why a worker no longer has a lease. */
export type LeaseLossCause =
  /** Another worker took it. */
  | "taken"
  /** It could not be renewed in time. */
  | "expired"
  /** Its item is gone from the table, or cannot be read any more. */
  | "deleted";

/** Event name to payload. */
export type LeaseEvents = {
  /** This worker has a lease now and starts to read the shard. */
  leaseTaken: {
    readonly shardId: string;
    readonly leaseKey: string;
    /** Who had it before, if anybody. */
    readonly previousOwner: string | undefined;
    readonly epoch: number;
  };
  /** A lease was lost; its shard's signal is aborted, and what the handler still does is not counted. */
  leaseLost: {
    readonly shardId: string;
    readonly leaseKey: string;
    readonly cause: LeaseLossCause;
    readonly newOwner: string | undefined;
  };
  /** A lease was given up in good order, with everything handled so far written down. */
  leaseReleased: {
    readonly shardId: string;
    readonly leaseKey: string;
    /** The worker that it was handed to, if one had asked. */
    readonly to: string | undefined;
  };
  /**
   * This worker may have fewer leases than its share, because of `leases.maxPerWorker`: told when the number changes.
   * Unless others have room nobody reads those shards.
   */
  leasesSpilledOver: {
    /** How many of its share it leaves. */
    readonly leases: number;
    readonly maxPerWorker: number;
  };
  /**
   * Nobody has the lease of a child of a shard that `leases.assignment` names, and it is not named itself: told once
   * for each shard.
   */
  shardUnassigned: { readonly shardId: string; readonly leaseKey: string };
  /**
   * The lease table has signs of a fleet of the KCL 3.x. Before this worker takes anything it looks for so long whether
   * they move. Delete the items `Leader` and `Migration3.0` once that fleet is gone for good, and nobody waits again.
   */
  fleetWatched: { readonly forMs: number };
  /**
   * Nothing could run in this process for more than a second, renewals of leases included: told afterwards. Past the
   * failover time all leases are lost.
   */
  eventLoopBlocked: {
    /** At least so long. */
    readonly blockedMs: number;
  };
  /**
   * An item of the lease table cannot be read as a lease, so nobody reads its shard, and the children of it wait: told once
   * for each item, and again when others come to wait. They go on by themselves when the item is mended; to delete the item
   * of a parent leaves out what was not read of it.
   */
  leaseUnreadable: UnreadableLease;
  /**
   * DynamoDB refuses calls to the lease table because there are too many: told at once, and then every ten seconds at
   * most. They are repeated; leases that cannot be renewed in time are lost.
   */
  leaseTableThrottled: {
    readonly table: string;
    /** What there is too little of. */
    readonly capacity: "read" | "write";
    /** Calls that were refused since this was last told. */
    readonly throttledCalls: number;
    /** What to raise. */
    readonly advice: string;
  };
  /** Point-in-time recovery of the lease table could not be switched on; the table is used without it. */
  pointInTimeRecoveryFailed: { readonly table: string; readonly reason: string };
  /**
   * A call to the lease table failed; it is repeated. Told each time, also for each renewal that a throttled table
   * refuses; in the log one of each operation stands for all within ten seconds.
   */
  leaseTableFailed: { readonly operation: string; readonly reason: string };
};
