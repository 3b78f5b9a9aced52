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
import {
  filterOfStart,
  filtersOfStart,
  type PinnedStart,
  pinStart,
  type StartPosition,
} from "./start-position.ts";
import { streamNotFound } from "./stream-not-found.ts";

export interface ShardComparisonOptions {
  readonly kinesis: Pick<KinesisApi, "listShards">;
  readonly stream: StreamRef;
  readonly start: StartPosition;
  readonly clock: Clock;
  readonly ignoreUnexpectedChildren: boolean;
}

/** How far a clock here may be ahead of the service's. What is refused of an older time is refused for another reason. */
const MAX_AHEAD_MS = 900_000;

/** A plan and the start that it is for. */
export type StartedPlan = ShardSyncPlan & { readonly start: PinnedStart };

export class ShardComparison {
  readonly #options: ShardComparisonOptions;
  #pin: PinnedStart | undefined;

  constructor(options: ShardComparisonOptions) {
    this.#options = options;
  }

  /**
   * The application has no leases; `askedAtMs`: the wall time at which the table was asked for them. Others may have begun
   * since, and a LATEST of any later time would leave out what came meanwhile, however long it takes until leases are made.
   */
  begin(askedAtMs: number): PinnedStart {
    return this.#pinned([], askedAtMs);
  }

  /** The leases of an application that has none, and begins there. */
  async planFirst(start: PinnedStart, signal: AbortSignal): Promise<StartedPlan> {
    const [atStart, ...earlier] = filtersOfStart(start);
    let plan = planFirstLeases(await this.#listFirst(atStart, signal), start);
    for (const filter of earlier) {
      if (plan.kind === "create") break;
      plan = planFirstLeases(await this.#listFirst(filter, signal), start);
    }
    return { ...plan, start };
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
    const atStart = await this.#listFirst(filterOfStart(start), signal);
    const openAtStart = new Set(atStart.map(({ shardId }) => shardId));
    return { ...planMissingLeases({ ...view, openAtStart }), start };
  }

  async #listFirst(filter: ShardFilter, signal: AbortSignal): Promise<readonly Shard[]> {
    const listing = await this.#list(signal, filter).catch((error: unknown) => {
      const isRefused = apiFailureOf(error)?.kind === "rejected";
      if (isRefused && this.#mayBeAhead(filter)) return this.#list(signal, { type: "AT_LATEST" });
      throw error;
    });
    // A time from before the stream was there, or was ready: all that it ever held has come since.
    const isTooEarly = listing.length === 0 && filter.type === "AT_TIMESTAMP";
    return isTooEarly ? this.#list(signal, { type: "AT_TRIM_HORIZON" }) : listing;
  }

  /** Of a time that the service has not come to yet, because a clock here is ahead: nothing has closed since. */
  #mayBeAhead(filter: ShardFilter): boolean {
    const { clock } = this.#options;
    return filter.type === "AT_TIMESTAMP" && filter.timestampMs > clock.wallTimeMs() - MAX_AHEAD_MS;
  }

  #pinned(leases: readonly Lease[], wallTimeMs = this.#options.clock.wallTimeMs()): PinnedStart {
    const { start } = this.#options;
    this.#pin = pinStart(start, leases, wallTimeMs, this.#pin);
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
