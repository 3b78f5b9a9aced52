// What is learned about the stream -> lanes, map and records that wait. Beside the pipeline, which asks it what the stream
// takes.
import {
  type ApiFailure,
  apiFailureOf,
  type Clock,
  type Events,
  type KinesisApi,
  type Random,
  type StreamRef,
} from "@shardline/core";
import type { RecordLimits, RecordRules } from "./intake/record-rules.ts";
import type { LaneSet } from "./lane/lane-set.ts";
import { lanePolicyOf } from "./lane/lane-policy.ts";
import type { ProducerEvents } from "./producer-events.ts";
import { logOf } from "./record/attempt-log.ts";
import type { Carrier } from "./record/carrier.ts";
import { unpack } from "./record/unpack.ts";
import type { LooseRecord } from "./record/pending-record.ts";
import type { Settlement } from "./settle/settlement.ts";
import type { ProducerSettings } from "./settings.ts";
import type { ShardMapRefresher } from "./shard-map/shard-map-refresher.ts";
import { StreamDescription } from "./stream/stream-description.ts";
import type { StreamFacts } from "./stream/stream-facts.ts";

export interface FollowerOptions {
  readonly stream: StreamRef;
  readonly settings: ProducerSettings;
  readonly kinesis: KinesisApi;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: Events<ProducerEvents>;
  readonly signal: AbortSignal;
  readonly lanes: LaneSet;
  readonly settlement: Settlement;
  readonly refresher: () => ShardMapRefresher;
  /** Records may be in other lanes than they were. */
  readonly onMoved: () => void;
}

/** Keeps a pipeline true to what its stream is. */
export class StreamFollower implements RecordRules {
  readonly description: StreamDescription;
  readonly #options: FollowerOptions;

  constructor(options: FollowerOptions) {
    this.#options = options;
    const { events, stream } = options;
    this.description = new StreamDescription({
      ...options,
      onChange: (facts, before, askedAtMs) => this.#follow(facts, before, askedAtMs),
      onFailure: (error) =>
        events.emit("streamNotDescribed", { stream: stream.name, ...wordsOf(error) }),
    });
  }

  get areKnown(): boolean {
    return this.description.isKnown;
  }

  get limits(): RecordLimits {
    return this.description.limits;
  }

  get widestLimits(): RecordLimits {
    return this.description.widestLimits;
  }

  /** Ends with the signal. */
  get done(): Promise<void> {
    return this.description.done;
  }

  /** @throws KinesisError INVALID_OPTIONS */
  requireUsable(): void {
    this.description.requireUsable();
  }

  /** Somebody puts: what is missing or has grown old is fetched, and not waited for too long. */
  want(nowMs: number): void {
    const { lanes, refresher, settings } = this.#options;
    refresher().want(nowMs);
    this.description.want(nowMs);
    lanes.goWithoutMapBy(nowMs + settings.shardMap.initialWaitMs);
  }

  /** A listing that will not work soon is not waited for: what PutRecords says then is the better error. */
  missMap(error: unknown): void {
    const { clock, events, lanes, onMoved, stream } = this.#options;
    const { kind, reason } = wordsOf(error);
    events.emit("shardMapFailed", { stream: stream.name, reason });
    if (kind === "missing" || kind === "denied") lanes.goWithoutMapBy(clock.nowMs());
    onMoved();
  }

  /** Since that time the stream may be another one of the same name. */
  distrustMap(sinceMs: number): void {
    const { clock, lanes, refresher, settings } = this.#options;
    const nowMs = clock.nowMs();
    lanes.forgetMap(nowMs, nowMs + settings.shardMap.initialWaitMs);
    refresher().contradict(sinceMs);
    this.description.doubt();
  }

  /** Resolves when more is known, or after `shardMap.initialWaitMs`. */
  untilKnown(): Promise<void> {
    return this.description.untilKnown(this.#options.settings.shardMap.initialWaitMs);
  }

  /** The stream turned out to be, or has become, another than was thought. */
  #follow(facts: StreamFacts, before: StreamFacts, askedAtMs: number): void {
    const { clock, lanes, onMoved, refresher, settings } = this.#options;
    const { createdAtMs } = before;
    const isOther = createdAtMs !== undefined && createdAtMs !== facts.createdAtMs;
    if (isOther && refresher().forget(askedAtMs)) {
      lanes.forgetMap(clock.nowMs(), clock.nowMs() + settings.shardMap.initialWaitMs);
    }
    lanes.obey(lanePolicyOf(settings, facts), clock.nowMs());
    if (facts.distribution !== before.distribution) this.#changeDistribution(facts);
    onMoved();
  }

  #changeDistribution({ distribution }: StreamFacts): void {
    const { clock, events, lanes, refresher, settings, stream } = this.#options;
    const nowMs = clock.nowMs();
    const ordering = lanes.policy.isOrdered ? "partition-key" : "none";
    events.emit("distributionChanged", { stream: stream.name, distribution, ordering });
    if (settings.isOrderRequired && distribution === "service-managed") this.#refuseOrder();
    refresher().want(nowMs);
    lanes.goWithoutMapBy(nowMs + settings.shardMap.initialWaitMs);
  }

  /** What waits cannot be stored in order, and was not to be stored otherwise. */
  #refuseOrder(): void {
    const { clock, lanes, settlement } = this.#options;
    const nowMs = clock.nowMs();
    const records = lanes.occupied.flatMap((lane) => lane.sealed()).flatMap(unpackUnordered);
    lanes.change(lanes.occupied, (lane) => {
      for (const { members } of lane.drain()) members.end();
    });
    settlement.fail("RECORD_REJECTED", records, nowMs);
  }
}

/** Takes apart a carrier that must not leave, because the stream cannot keep its order. */
function unpackUnordered(carrier: Carrier): LooseRecord[] {
  const failure: ApiFailure = {
    kind: "rejected",
    awsName: "ServiceManagedStream",
    reason: "the service places the stream's records itself, so their order cannot be kept",
    isAmbiguous: false,
  };
  const refused = logOf({ delayMs: 0, durationMs: 0, failure });
  return unpack({ ...carrier, attempts: carrier.attempts.followedBy(refused) });
}

/** Of an error that a port threw. */
function wordsOf(error: unknown): { readonly kind: string; readonly reason: string } {
  const reason = error instanceof Error ? error.message : String(error);
  return { kind: apiFailureOf(error)?.kind ?? "transient", reason };
}
