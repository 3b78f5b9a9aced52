// Remembers what events told of late that may still be in the way. Listens to events that are rare when all is well.
import type { Clock, EventSource } from "@shardline/core";
import type { ConsumerEvents } from "../consumer-events.ts";

/** Failures of one kind, the next never long after the one before; times are monotonic. */
export interface Streak {
  readonly sinceMs: number;
  readonly lastMs: number;
  readonly reason: string;
}

/** A time in which nothing could run. */
export interface Stall {
  readonly blockedMs: number;
  /** When it was over. */
  readonly atMs: number;
}

/** Records that were not read in time; whoever reads the shard now. */
export interface Loss {
  readonly shardId: string;
  /** What follows it is gone. */
  readonly sequenceNumber: string;
  /** When it was noticed, the last time. */
  readonly atMs: number;
}

/** Events about a shard that tell of a trouble. */
type TroubleEvent =
  | "readFailed"
  | "shardStalled"
  | "hookFailed"
  | "handlerTimedOut"
  | "deadLetterFailed";

/** The last event of each kind about a shard. */
export type ShardTroubles = {
  readonly [Type in TroubleEvent]?: { readonly atMs: number; readonly told: ConsumerEvents[Type] };
};

const SHARD_TROUBLES: readonly TroubleEvent[] = [
  "readFailed",
  "shardStalled",
  "hookFailed",
  "handlerTimedOut",
  "deadLetterFailed",
];
/** A lease that is not ours any more is not our trouble. */
const ENDINGS = ["leaseLost", "leaseReleased", "shardEnded"] as const;
/** For so long a loss is told, because nothing tells that somebody has taken note of it. */
const LOSS_TOLD_MS = 3_600_000;
const NO_TROUBLES: ShardTroubles = {};

export interface TroublesOptions {
  readonly events: EventSource<ConsumerEvents>;
  readonly clock: Clock;
  /** Failures of calls to the lease table that are further apart have nothing to do with each other. */
  readonly tableGapMs: number;
  /** The same for looks at the stream's shards. */
  readonly syncGapMs: number;
}

export class Troubles {
  readonly #options: TroublesOptions;
  readonly #shards = new Map<string, ShardTroubles>();
  readonly #losses = new Map<string, Loss>();
  #leaseTable: Streak | undefined;
  #shardSync: Streak | undefined;
  #stall: Stall | undefined;

  constructor(options: TroublesOptions) {
    const { events, syncGapMs, tableGapMs } = options;
    this.#options = options;
    for (const type of SHARD_TROUBLES) {
      events.on(type, (told) => this.#note(told.shardId, type, told));
    }
    for (const type of ENDINGS) events.on(type, ({ shardId }) => this.#shards.delete(shardId));
    for (const type of ["positionTrimmed", "shardAgedOut"] as const) {
      events.on(type, ({ sequenceNumber, shardId }) => {
        this.#losses.set(shardId, { shardId, sequenceNumber, atMs: this.#options.clock.nowMs() });
      });
    }
    // That tells of every try, also of one that was late, once it has returned.
    events.on("batchFailed", ({ shardId }) => this.#forget(shardId, "handlerTimedOut"));
    events.on("leaseTableFailed", ({ operation, reason }) => {
      this.#leaseTable = this.#next(this.#leaseTable, `${operation}: ${reason}`, tableGapMs);
    });
    events.on("eventLoopBlocked", ({ blockedMs }) => {
      this.#stall = { blockedMs, atMs: this.#options.clock.nowMs() };
    });
    events.on("shardSyncRecovered", () => {
      this.#shardSync = undefined;
    });
    events.on("shardSyncFailed", ({ reason }) => {
      this.#shardSync = this.#next(this.#shardSync, reason, syncGapMs);
    });
  }

  /** What was told of a shard since this worker has its lease. */
  of(shardId: string): ShardTroubles {
    return this.#shards.get(shardId) ?? NO_TROUBLES;
  }

  /** Of each shard the last one, if that was within the last hour. */
  get losses(): readonly Loss[] {
    const sinceMs = this.#options.clock.nowMs() - LOSS_TOLD_MS;
    for (const { atMs, shardId } of this.#losses.values()) {
      if (atMs < sinceMs) this.#losses.delete(shardId);
    }
    return [...this.#losses.values()];
  }

  /** Failures of calls to the lease table, if the last was a short time ago. */
  get leaseTable(): Streak | undefined {
    return this.#present(this.#leaseTable, this.#options.tableGapMs);
  }

  /** Failures to compare the stream's shards with the leases, if the last was a short time ago. */
  get shardSync(): Streak | undefined {
    return this.#present(this.#shardSync, this.#options.syncGapMs);
  }

  /** When nothing could run in this process, if that was a short time ago. */
  get stall(): Stall | undefined {
    const { clock, tableGapMs } = this.#options;
    const isRecent = this.#stall !== undefined && clock.nowMs() - this.#stall.atMs < tableGapMs;
    return isRecent ? this.#stall : undefined;
  }

  #note(shardId: string, type: TroubleEvent, told: ConsumerEvents[TroubleEvent]): void {
    const atMs = this.#options.clock.nowMs();
    this.#shards.set(shardId, { ...this.of(shardId), [type]: { atMs, told } });
  }

  #forget(shardId: string, type: TroubleEvent): void {
    const { [type]: over, ...others } = this.of(shardId);
    if (over !== undefined) this.#shards.set(shardId, others);
  }

  #next(streak: Streak | undefined, reason: string, gapMs: number): Streak {
    const lastMs = this.#options.clock.nowMs();
    return { lastMs, reason, sinceMs: this.#present(streak, gapMs)?.sinceMs ?? lastMs };
  }

  #present(streak: Streak | undefined, gapMs: number): Streak | undefined {
    if (streak === undefined) return undefined;
    return this.#options.clock.nowMs() - streak.lastMs < gapMs ? streak : undefined;
  }
}
