// Asks Kinesis for the stream's shards and holds them against the leases: what is missing, and where that begins.
import {
  apiFailureOf,
  type Clock,
  type KinesisApi,
  listAllShards,
  type Shard,
  type ShardFilter,
  type StreamRef,
} from "@shardline/core";
import type { Lease } from "../lease/lease.ts";
import { shardIdOfKey } from "../lease/lease-key.ts";
import type { LeaseListing } from "../lease/lease-table.ts";
import {
  planFirstLeases,
  planMissingLeases,
  type ShardSyncPlan,
  type SyncView,
} from "./shard-sync-plan.ts";
import { filterOfStart, type PinnedStart, pinStart, type StartPosition } from "./start-position.ts";
import { streamNotFound } from "./stream-not-found.ts";

export interface ShardComparisonOptions {
  readonly kinesis: Pick<KinesisApi, "listShards">;
  readonly stream: StreamRef;
  readonly start: StartPosition;
  readonly clock: Clock;
  readonly ignoreUnexpectedChildren: boolean;
}

/** A plan and the start that it is for. */
export type StartedPlan = ShardSyncPlan & { readonly start: PinnedStart };

export class ShardComparison {
  readonly #options: ShardComparisonOptions;
  #pin: PinnedStart | undefined;

  constructor(options: ShardComparisonOptions) {
    this.#options = options;
  }

  /** The leases of an application that has none. */
  async planFirst(signal: AbortSignal): Promise<StartedPlan> {
    // Before the shards are listed, so that nothing is missed that comes meanwhile.
    const start = this.#pinned([]);
    const listing = await this.#list(signal, filterOfStart(start));
    return { ...planFirstLeases(listing, start), start };
  }

  /** Every shard of the stream beside what the table holds. */
  async look({ leases, unreadable }: LeaseListing, signal: AbortSignal): Promise<SyncView> {
    const { ignoreUnexpectedChildren, start } = this.#options;
    const listing = await this.#list(signal);
    const occupied = new Set(unreadable.map(({ key }) => shardIdOfKey(key)));
    return { ignoreUnexpectedChildren, leases, listing, occupied, start };
  }

  /** What is missing. A LATEST that has passed is a time: missing lineages begin with what was open then. */
  async planMissing(view: SyncView, signal: AbortSignal): Promise<StartedPlan> {
    const start = this.#pinned(view.leases);
    const plan = planMissingLeases(view);
    const isComplete = plan.kind === "create" && plan.missing.length === 0;
    if (start.type !== "LATEST" || !start.isResumed || isComplete) return { ...plan, start };
    const atStart = await this.#list(signal, filterOfStart(start));
    const openAtStart = new Set(atStart.map(({ shardId }) => shardId));
    return { ...planMissingLeases({ ...view, openAtStart }), start };
  }

  #pinned(leases: readonly Lease[]): PinnedStart {
    const { clock, start } = this.#options;
    this.#pin = pinStart(start, leases, clock.wallTimeMs(), this.#pin);
    return this.#pin;
  }

  async #list(signal: AbortSignal, filter?: ShardFilter): Promise<readonly Shard[]> {
    const { kinesis, stream } = this.#options;
    try {
      return await listAllShards(kinesis, stream, filter, signal);
    } catch (error) {
      if (apiFailureOf(error)?.kind !== "missing") throw error;
      throw streamNotFound(stream, error);
    }
  }
}
