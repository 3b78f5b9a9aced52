// One stream: what it was created as, its shards, and its status.
//
//   CREATING --- createMs ---> ACTIVE --- change, updateMs ---> UPDATING ---> ACTIVE
//                              ACTIVE --- remove, deleteMs ---> DELETING ---> gone
//
// A change takes effect all at once at the end of UPDATING; until then the stream is read and written as it
// was. AWS begins to use new shards somewhat earlier, still while UPDATING.
import { type Clock, invariant, SHARD_LIMITS } from "@shardline/core";
import type { Transitions } from "../emulator-options.ts";
import { ConsumerSet } from "../fan-out/consumer-set.ts";
import { uniformRanges } from "./hash-ranges.ts";
import { RollingLimit } from "../limits/rolling-limit.ts";
import { ServiceException, streamNotFound } from "../service-exception.ts";
import { secondsOf } from "./shard.ts";
import { ShardSet } from "./shard-set.ts";
import { WriteThroughput } from "../limits/write-throughput.ts";

/** What a stream is created as. */
export interface StreamPlan {
  readonly name: string;
  readonly mode: StreamMode;
  readonly shardCount: number;
  /** Data and partition key of one record. */
  readonly maxRecordBytes: number;
}

/** Who decides about the number of shards: the owner or the service. */
export type StreamMode = "PROVISIONED" | "ON_DEMAND";

/** Where a stream is in its life. */
export type StreamStatus = "CREATING" | "ACTIVE" | "UPDATING" | "DELETING";

/** What a stream needs of the emulator around it. */
export interface StreamHome {
  readonly clock: Clock;
  readonly transitions: Transitions;
  readonly limits: "off" | "aws";
  readonly subscriptionMs: number;
  readonly accountId: string;
  readonly region: string;
  readonly arn: string;
  /** The lowest time that may stand in its sequence numbers, in epoch seconds. */
  readonly firstCreatedSeconds: number;
  /**
   * Whether the account may have so many more open shards.
   * @throws ServiceException LimitExceededException
   */
  requireShardQuota(additional: number): void;
  /** Called when the stream is gone. */
  forget(stream: Stream): void;
}

type StreamState =
  | { readonly status: "ACTIVE" }
  | { readonly status: "CREATING" | "UPDATING" | "DELETING"; readonly timer: Disposable };

const DEFAULT_RETENTION_HOURS = 24;
const HOUR_MS = 3_600_000;
/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateShardCount.html, 2026-11-21. */
const MAX_UPDATES = 10;
const UPDATES_WINDOW_MS = 24 * HOUR_MS;

/** One stream. */
export class Stream {
  readonly plan: StreamPlan;
  readonly home: StreamHome;
  readonly createdAtMs: number;
  readonly retentionHours: number = DEFAULT_RETENTION_HOURS;
  readonly shards: ShardSet;
  readonly consumers: ConsumerSet;
  readonly shardCountUpdates: RollingLimit = new RollingLimit(MAX_UPDATES, UPDATES_WINDOW_MS);
  #state: StreamState;

  constructor(plan: StreamPlan, home: StreamHome) {
    this.plan = plan;
    this.home = home;
    this.createdAtMs = home.clock.wallTimeMs();
    this.shards = new ShardSet(() =>
      home.limits === "aws"
        ? new WriteThroughput(plan.maxRecordBytes, home.clock.nowMs())
        : undefined,
    );
    this.consumers = new ConsumerSet({
      clock: home.clock,
      streamName: plan.name,
      streamArn: home.arn,
      accountId: home.accountId,
      consumerMs: home.transitions.consumerMs,
      subscriptionMs: home.subscriptionMs,
      pushBytesPerSecond: home.limits === "aws" ? SHARD_LIMITS.readBytesPerSecond : undefined,
      horizonMs: () => this.horizonMs,
    });
    this.#state = this.#after("CREATING", home.transitions.createMs, () => this.#activate());
  }

  get status(): StreamStatus {
    return this.#state.status;
  }

  /** While it is being created a stream counts as many shards as it will have. */
  get openShardCount(): number {
    return this.status === "CREATING" ? this.plan.shardCount : this.shards.openCount;
  }

  /** Records that arrived at or before this time are trimmed; shards that closed before it are gone. */
  get horizonMs(): number {
    return this.home.clock.wallTimeMs() - this.retentionHours * HOUR_MS;
  }

  /** Skips the rest of CREATING. */
  activateNow(): void {
    invariant(this.#state.status === "CREATING", "only a stream in CREATING is activated");
    this.#state.timer[Symbol.dispose]();
    this.#activate();
  }

  /** Goes through UPDATING; `change` is made at its end, with the wall time of that moment. */
  update(change: (atMs: number) => void): void {
    this.requireStatus("ACTIVE");
    const { clock, transitions } = this.home;
    this.#state = this.#after("UPDATING", transitions.updateMs, () => {
      this.#state = { status: "ACTIVE" };
      change(clock.wallTimeMs());
    });
  }

  /** Goes through DELETING and is forgotten at its end, and its consumers with it. */
  remove(): void {
    this.requireStatus("ACTIVE");
    const { transitions } = this.home;
    this.#state = this.#after("DELETING", transitions.deleteMs, () => {
      this.consumers.forgetAll(streamNotFound(this.plan.name, this.home));
      this.home.forget(this);
    });
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

  #after(
    status: "CREATING" | "UPDATING" | "DELETING",
    delayMs: number,
    atEnd: () => void,
  ): StreamState {
    return { status, timer: this.home.clock.startTimer(delayMs, atEnd) };
  }

  /** The first shards are as old as the stream, so that listings of any time find the hash space covered. */
  #activate(): void {
    this.#state = { status: "ACTIVE" };
    const createdSeconds = Math.max(secondsOf(this.createdAtMs), this.home.firstCreatedSeconds);
    this.shards.openFirst(uniformRanges(this.plan.shardCount), this.createdAtMs, createdSeconds);
  }
}
