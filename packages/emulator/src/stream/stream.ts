// One stream: what it was created as, what of that was changed, its shards, and its status.
//
//   CREATING --- createMs ---> ACTIVE --- change, updateMs ---> UPDATING ---> ACTIVE
//                              ACTIVE --- remove, deleteMs ---> DELETING ---> gone
//
// A change takes effect all at once: at the end of UPDATING or, where the retention period is changed or a test
// wants shards so, at its start. AWS begins to use new shards some time in between.
import { type Clock, invariant, type Random } from "@shardline/core";
import type { Transitions } from "../emulator-options.ts";
import { ConsumerSet } from "../fan-out/consumer-set.ts";
import { uniformRanges } from "./hash-ranges.ts";
import { CallRates } from "../limits/call-rates.ts";
import type { Limits } from "../limits/limits.ts";
import type { Journal } from "./journal.ts";
import { RollingLimit } from "../limits/rolling-limit.ts";
import { newShardLimits } from "../limits/shard-limits.ts";
import { ServiceException, streamNotFound } from "../service-exception.ts";
import { secondsOf } from "./shard.ts";
import type { NextGap } from "./shard-log.ts";
import { ShardSet } from "./shard-set.ts";
import type { Storage } from "./storage.ts";
import type { ShardLevelMetric } from "./shard-level-metrics.ts";
import type { Reshard, StreamChange, WarmUp } from "./stream-change.ts";
import type { PastStream, StreamImage } from "./stream-image.ts";
import type { Distribution, Encryption, StreamMode, StreamSettings } from "./stream-settings.ts";

/** What a stream is created as. */
export interface StreamPlan {
  readonly name: string;
  readonly shardCount: number;
  readonly settings: StreamSettings;
  readonly tags?: ReadonlyMap<string, string>;
}

/** Where a stream is in its life. */
export type StreamStatus = "CREATING" | "ACTIVE" | "UPDATING" | "DELETING";

/** What a stream needs of the emulator around it. */
export interface StreamHome {
  /** Given to no other stream of the emulator. */
  readonly id: number;
  /** Absent where nothing is kept beyond the process. */
  readonly journal: Journal | undefined;
  readonly clock: Clock;
  readonly transitions: Transitions;
  readonly subscriptionMs: number;
  readonly limits: Limits;
  readonly storage: Storage;
  /** When shards close and open: at the start or at the end of UPDATING. */
  readonly reshardAt: "start" | "end";
  readonly nextGap: NextGap | undefined;
  readonly random: Random;
  readonly accountId: string;
  readonly region: string;
  readonly arn: string;
  /** The lowest time that may stand in its sequence numbers, in epoch seconds. */
  readonly firstCreatedSeconds: number;
  /**
   * Whether the account may have one more stream on demand, or so many more open shards of provisioned ones.
   * @throws ServiceException LimitExceededException
   */
  requireQuota(mode: StreamMode, shardCount: number): void;
  /** Whether the account is committed to a minimum of throughput. */
  isCommitted(): boolean;
  /** Called when the stream is gone. */
  forget(stream: Stream): void;
}

type StreamState =
  | { readonly status: "ACTIVE" }
  | { readonly status: "CREATING" | "DELETING"; readonly timer: Disposable }
  | {
      readonly status: "UPDATING";
      readonly timer: Disposable;
      /** What happens at its end, if it did not at its start. */
      readonly change: StreamChange | undefined;
    };

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateShardCount.html, 2026-11-21. */
const MAX_UPDATES = 10;
/** https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html, 2026-11-21. */
const MAX_MODE_SWITCHES = 2;
/** The first of those on demand in an account that is committed to a minimum of throughput; the same page. */
const MAX_CONSUMERS = { committed: 50, other: 20 } as const;
/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_StartStreamEncryption.html, 2026-11-22. */
const MAX_ENCRYPTION_CHANGES = 25;

/** One stream. */
export class Stream {
  readonly plan: StreamPlan;
  readonly home: StreamHome;
  readonly createdAtMs: number;
  /** The time in the numbers of its first shards, in epoch seconds: no other stream of its name ever has the same. */
  readonly createdSeconds: number;
  readonly shards: ShardSet;
  readonly consumers: ConsumerSet;
  readonly tags: Map<string, string>;
  readonly callRates: CallRates;
  readonly shardCountUpdates: RollingLimit = new RollingLimit(MAX_UPDATES, DAY_MS);
  readonly modeSwitches: RollingLimit = new RollingLimit(MAX_MODE_SWITCHES, DAY_MS);
  readonly encryptionStarts: RollingLimit = new RollingLimit(MAX_ENCRYPTION_CHANGES, DAY_MS);
  readonly encryptionStops: RollingLimit = new RollingLimit(MAX_ENCRYPTION_CHANGES, DAY_MS);
  /** JSON; absent where none was put. */
  resourcePolicy: string | undefined;
  #settings: StreamSettings;
  /** How far the horizon has come: what was behind it stays gone, whatever settings or clock do. */
  #passedHorizonMs = Number.NEGATIVE_INFINITY;
  #state: StreamState;

  /** `past` is what it was before, if it is not a new one. */
  constructor(plan: StreamPlan, home: StreamHome, past?: PastStream) {
    this.plan = plan;
    this.home = home;
    this.createdAtMs = past?.image.createdAtMs ?? home.clock.wallTimeMs();
    this.createdSeconds =
      past?.image.createdSeconds ?? Math.max(secondsOf(this.createdAtMs), home.firstCreatedSeconds);
    this.tags = new Map(plan.tags);
    this.resourcePolicy = past?.image.resourcePolicy;
    this.callRates = new CallRates(home.limits);
    this.#settings = plan.settings;
    this.shards = new ShardSet({
      streamId: home.id,
      journal: home.journal,
      newLimits: () => newShardLimits(home.limits, this.maxRecordBytes, home.clock.nowMs()),
      isEncrypted: () => this.encryption.type === "KMS",
      meter: home.storage.meter,
      nextGap: home.nextGap,
    });
    this.consumers = new ConsumerSet({
      clock: home.clock,
      streamName: plan.name,
      streamArn: home.arn,
      accountId: home.accountId,
      consumerMs: home.transitions.consumerMs,
      subscriptionMs: home.subscriptionMs,
      subscribeIntervalMs: intervalMsOf(home.limits.callsPerSecond?.SubscribeToShard),
      pushBytesPerSecond: home.limits.pushBytesPerSecond,
      horizonMs: () => this.horizonMs,
      maxConsumers: () =>
        MAX_CONSUMERS[this.mode === "ON_DEMAND" && home.isCommitted() ? "committed" : "other"],
      onChange: () => home.journal?.changed(),
    });
    this.#state = past === undefined ? this.#create() : this.#resume(past);
  }

  get status(): StreamStatus {
    return this.#state.status;
  }

  get mode(): StreamMode {
    return this.#settings.mode;
  }

  get distribution(): Distribution {
    return this.#settings.distribution;
  }

  get encryption(): Encryption {
    return this.#settings.encryption;
  }

  get shardLevelMetrics(): readonly ShardLevelMetric[] {
    return this.#settings.shardLevelMetrics;
  }

  /** What it was asked to take at once, in MiB per second; `undefined` where it never was. */
  get warmThroughputMiBps(): number | undefined {
    return this.#settings.warmThroughputMiBps ?? undefined;
  }

  get retentionHours(): number {
    return this.#settings.retentionHours;
  }

  /** Data and partition key of one record. */
  get maxRecordBytes(): number {
    return this.#settings.maxRecordBytes;
  }

  /** While it is being created a stream counts as many shards as it will have. */
  get openShardCount(): number {
    return this.status === "CREATING" ? this.plan.shardCount : this.shards.openCount;
  }

  /** Records that arrived at or before this time are trimmed; shards that closed before it are gone. */
  get horizonMs(): number {
    const retainedFromMs = this.home.clock.wallTimeMs() - this.#settings.retentionHours * HOUR_MS;
    return Math.max(retainedFromMs, this.#passedHorizonMs);
  }

  /** Skips the rest of CREATING. */
  activateNow(): void {
    invariant(this.#state.status === "CREATING", "only a stream in CREATING is activated");
    this.#state.timer[Symbol.dispose]();
    this.#activate();
    this.home.journal?.changed();
  }

  /** Goes through UPDATING; shards close and open at its end or, if the emulator was told so, at its start. */
  reshard(change: Reshard | WarmUp): void {
    if (this.home.reshardAt === "end") this.#update(change);
    else this.#updateNow(change);
  }

  /** Closes and opens shards at once; the stream must be ACTIVE, and stays so. */
  reshardNow(change: Reshard): void {
    invariant(this.#state.status === "ACTIVE", "only an ACTIVE stream is resharded");
    this.#make(change);
    this.home.journal?.changed();
  }

  /** Goes through UPDATING; some settings are others at its end. */
  change(settings: Partial<StreamSettings>): void {
    this.#update({ kind: "settings", settings });
  }

  /** The same with the settings in effect from the start. */
  changeNow(settings: Partial<StreamSettings>): void {
    this.#updateNow({ kind: "settings", settings });
  }

  /** What has to be remembered of it beside shards and records. */
  image(): StreamImage {
    const change = this.#state.status === "UPDATING" ? this.#state.change : undefined;
    return {
      name: this.plan.name,
      shardCount: this.plan.shardCount,
      createdAtMs: this.createdAtMs,
      createdSeconds: this.createdSeconds,
      settings: this.#settings,
      tags: [...this.tags],
      ...(this.resourcePolicy === undefined ? {} : { resourcePolicy: this.resourcePolicy }),
      status: this.status,
      ...(change === undefined ? {} : { change }),
      shardsEver: this.shards.count,
      lastCreatedSeconds: this.shards.lastCreatedSeconds,
      consumers: this.consumers.all().map((consumer) => consumer.image()),
    };
  }

  /**
   * Says at once how many MiB per second are wanted, goes through UPDATING, and has a shard for each at its end: fewer
   * shards than before it never has. Some settings may be others at the end as well.
   */
  warmUp(miBps: number, settings: Partial<StreamSettings> = {}): void {
    this.reshard({ kind: "warm-up", miBps, settings });
    this.#set({ warmThroughputMiBps: miBps });
  }

  /** Forgets every shard that closed behind the horizon. */
  expire(): void {
    this.#passedHorizonMs = this.horizonMs;
    this.shards.expire(this.#passedHorizonMs);
  }

  /** Forgets that and every record behind the horizon. */
  trim(): void {
    this.expire();
    for (const shard of this.shards.all()) shard.trim(this.#passedHorizonMs);
  }

  /** Goes through DELETING and is forgotten at its end, and its consumers with it. */
  remove(): void {
    this.requireStatus("ACTIVE");
    this.#state = this.#delete();
  }

  /** Is gone at once, whatever its status. */
  removeNow(): void {
    if (this.#state.status !== "ACTIVE") this.#state.timer[Symbol.dispose]();
    this.consumers.forgetAll(streamNotFound(this.plan.name, this.home));
    this.shards.clear();
    this.home.forget(this);
  }

  /**
   * Refuses a stream in any other status.
   * @throws ServiceException ResourceInUseException
   */
  requireStatus(...allowed: readonly StreamStatus[]): void {
    if (allowed.includes(this.status)) return;
    throw new ServiceException(
      "ResourceInUseException",
      `Stream ${this.plan.name} under account ${this.home.accountId} not ACTIVE, instead in state ${this.status}`,
    );
  }

  /** Stops what is under way. */
  [Symbol.dispose](): void {
    this.consumers[Symbol.dispose]();
    if (this.#state.status !== "ACTIVE") this.#state.timer[Symbol.dispose]();
  }

  /** Goes through UPDATING; a change is made at its end, with the wall time of that moment. */
  #update(change: StreamChange | undefined): void {
    this.requireStatus("ACTIVE");
    const timer = this.#after(this.home.transitions.updateMs, () => {
      this.#state = { status: "ACTIVE" };
      if (change !== undefined) this.#make(change);
    });
    this.#state = { status: "UPDATING", timer, change };
  }

  /** The same with the change made at the start. */
  #updateNow(change: StreamChange): void {
    this.#update(undefined);
    this.#make(change);
    this.home.journal?.changed();
  }

  #make(change: StreamChange): void {
    if (change.kind === "settings") return this.#set(change.settings);
    if (change.kind === "warm-up") return this.#makeWarm(change);
    this.shards.reshard(change, this.#reshardTimeMs());
  }

  #makeWarm({ miBps, settings }: WarmUp): void {
    this.#set(settings);
    if (miBps <= this.shards.openCount) return;
    this.shards.reshard({ kind: "scale", shardCount: miBps }, this.#reshardTimeMs());
  }

  #set(settings: Partial<StreamSettings>): void {
    this.expire();
    this.#settings = { ...this.#settings, ...settings };
    this.trim();
    const nowMs = this.home.clock.nowMs();
    for (const shard of this.shards.open()) {
      shard.limits?.resize(this.maxRecordBytes, nowMs);
      shard.encrypt(this.encryption.type === "KMS");
    }
  }

  /** A clock that is set back leads to no shard that is gone as soon as it is closed. */
  #reshardTimeMs(): number {
    return Math.max(this.home.clock.wallTimeMs(), this.horizonMs + 1);
  }

  #create(): StreamState {
    const timer = this.#after(this.home.transitions.createMs, () => this.#activate());
    return { status: "CREATING", timer };
  }

  #delete(): StreamState {
    const timer = this.#after(this.home.transitions.deleteMs, () => this.removeNow());
    return { status: "DELETING", timer };
  }

  /** What was under way starts again. */
  #resume(past: PastStream): StreamState {
    const { status, change, consumers } = past.image;
    this.#passedHorizonMs = past.horizonMs;
    this.shards.openPast(past);
    for (const consumer of consumers) this.consumers.resume(consumer);
    switch (status) {
      case "CREATING":
        return this.#create();
      case "DELETING":
        return this.#delete();
      case "ACTIVE":
        return { status };
      case "UPDATING":
        this.#state = { status: "ACTIVE" };
        this.#update(change);
        return this.#state;
    }
  }

  #after(delayMs: number, atEnd: () => void): Disposable {
    return this.home.clock.startTimer(delayMs, () => {
      atEnd();
      this.home.journal?.changed();
    });
  }

  /** The first shards are as old as the stream, so that listings of any time find the hash space covered. */
  #activate(): void {
    this.#state = { status: "ACTIVE" };
    const { plan, createdAtMs, createdSeconds } = this;
    this.shards.openFirst(uniformRanges(plan.shardCount), createdAtMs, createdSeconds);
  }
}

/** How far apart calls are at a rate; not at all where there is none. */
function intervalMsOf(perSecond: number | undefined): number {
  return perSecond === undefined ? 0 : 1000 / perSecond;
}
