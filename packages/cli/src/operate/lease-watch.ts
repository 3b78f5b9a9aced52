// What is to be seen of leases from outside, look by look: their lag, measured now and then because a shard allows five
// reads a second to all who read it, and for how long their counters have stood still.
import type { Lease } from "@shardline/consumer";
import {
  inLineageOrder,
  type LeaseLag,
  LeaseSightings,
  measureLag,
} from "@shardline/consumer/operate";
import { forEachLimited, systemClock } from "@shardline/core";
import type { Application } from "./application.ts";
import { LeaseStreams } from "./lease-streams.ts";
import type { LeaseView } from "./lease-view.ts";

const CONCURRENCY = 16;
/** A measured lag is shown for so long. */
const LAG_VALID_MS = 10_000;

interface MeasuredLag {
  readonly lag: LeaseLag;
  readonly atMs: number;
}

export class LeaseWatch {
  readonly #application: Application;
  readonly #sightings = new LeaseSightings();
  #lags: ReadonlyMap<string, MeasuredLag> = new Map();
  #firstLookMs: number | undefined;

  constructor(application: Application) {
    this.#application = application;
  }

  /** The leases of a listing, in order. */
  async look(leases: readonly Lease[], signal: AbortSignal): Promise<readonly LeaseView[]> {
    const nowMs = systemClock.nowMs();
    const isFirst = this.#firstLookMs === undefined;
    this.#firstLookMs ??= nowMs;
    this.#sightings.note(leases, nowMs);
    await this.#measureLags(leases, nowMs, signal);
    return inLineageOrder(leases).map((lease) => {
      const sinceMs = this.#sightings.unchangedSinceMs(lease);
      return {
        lease,
        lag: this.#lags.get(lease.key)?.lag ?? UNMEASURED,
        unchanged: isFirst
          ? undefined
          : { ms: nowMs - sinceMs, isAtLeast: sinceMs === this.#firstLookMs },
      };
    });
  }

  async #measureLags(leases: readonly Lease[], nowMs: number, signal: AbortSignal): Promise<void> {
    const lags = new Map<string, MeasuredLag>();
    const streamNames = new Set(leases.flatMap(({ streamName }) => streamName ?? []));
    const { kinesis, stream } = this.#application;
    const streams = new LeaseStreams({ kinesis, stream, streamNames });
    await forEachLimited(leases, CONCURRENCY, async (lease) => {
      const before = this.#lags.get(lease.key);
      const isFresh = before !== undefined && nowMs - before.atMs < LAG_VALID_MS;
      lags.set(
        lease.key,
        isFresh ? before : { lag: await this.#measure(lease, streams, signal), atMs: nowMs },
      );
    });
    this.#lags = lags;
  }

  async #measure(lease: Lease, streams: LeaseStreams, signal: AbortSignal): Promise<LeaseLag> {
    const { kinesis } = this.#application;
    const found = await streams.of(lease, signal);
    if (found.kind === "unknown") return found;
    return measureLag(lease, { kinesis, stream: found.stream, clock: systemClock }, signal);
  }
}

const UNMEASURED: LeaseLag = { kind: "unknown", reason: "it was not measured" };
