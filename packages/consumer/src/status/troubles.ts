// Remembers what events told of late that may still be in the way. Listens to events that are rare when all is well.
import type { Clock, EventSource } from "@shardline/core";
import type { ConsumerEvents } from "../consumer-events.ts";
import { placeNameOf, type ShardPlace } from "../shard/shard-place.ts";
import type { FailedStream, Loss, Stall, Streak, StreamStreak } from "./trouble.ts";

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
/** The streams are asked for again within a minute. */
const LIST_GAP_MS = 120_000;
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
  /** By stream; of one that is read alone under `undefined`. */
  readonly #shardSyncs = new Map<string | undefined, Streak>();
  readonly #streams = new Map<string, FailedStream>();
  #streamList: Streak | undefined;
  #stall: Stall | undefined;

  constructor(options: TroublesOptions) {
    const { clock, events, syncGapMs, tableGapMs } = options;
    this.#options = options;
    for (const type of SHARD_TROUBLES) {
      events.on(type, (told) => this.#note(told, type, told));
    }
    for (const type of ENDINGS) events.on(type, (told) => this.#shards.delete(placeNameOf(told)));
    for (const type of ["positionTrimmed", "shardAgedOut"] as const) {
      events.on(type, ({ sequenceNumber, shardId, ...told }) => {
        const place = told.stream === undefined ? { shardId } : { shardId, stream: told.stream };
        const atMs = this.#options.clock.nowMs();
        this.#losses.set(placeNameOf(place), { ...place, sequenceNumber, atMs });
      });
    }
    // That tells of every try, also of one that was late, once it has returned.
    events.on("batchFailed", (told) => this.#forget(told, "handlerTimedOut"));
    events.on("leaseTableFailed", ({ operation, reason }) => {
      this.#leaseTable = this.#next(this.#leaseTable, `${operation}: ${reason}`, tableGapMs);
    });
    events.on("eventLoopBlocked", ({ blockedMs }) => {
      this.#stall = { blockedMs, atMs: this.#options.clock.nowMs() };
    });
    events.on("shardSyncRecovered", ({ stream }) => this.#shardSyncs.delete(stream));
    events.on("shardSyncFailed", ({ reason, stream }) => {
      this.#shardSyncs.set(stream, this.#next(this.#shardSyncs.get(stream), reason, syncGapMs));
    });
    events.on("streamListFailed", ({ error }) => {
      const reason = error instanceof Error ? error.message : String(error);
      this.#streamList = this.#next(this.#streamList, reason, LIST_GAP_MS);
    });
    events.on("streamFailed", ({ error, stream }) => {
      const { sinceMs = clock.nowMs() } = this.#streams.get(stream) ?? {};
      this.#streams.set(stream, { stream, error, sinceMs });
    });
    for (const type of ["streamStarted", "streamRemoved"] as const) {
      events.on(type, ({ stream }) => this.#forgetStream(type, stream));
    }
  }

  /** What was told of a shard since this worker has its lease. */
  of(place: ShardPlace): ShardTroubles {
    return this.#shards.get(placeNameOf(place)) ?? NO_TROUBLES;
  }

  /** Of each shard the last one, if that was within the last hour. */
  get losses(): readonly Loss[] {
    const sinceMs = this.#options.clock.nowMs() - LOSS_TOLD_MS;
    for (const [name, { atMs }] of this.#losses) if (atMs < sinceMs) this.#losses.delete(name);
    return [...this.#losses.values()];
  }

  /** Failures of calls to the lease table, if the last was a short time ago. */
  get leaseTable(): Streak | undefined {
    return this.#present(this.#leaseTable, this.#options.tableGapMs);
  }

  /** Failures to compare a stream's shards with the leases, if the last was a short time ago. */
  get shardSyncs(): readonly StreamStreak[] {
    return [...this.#shardSyncs].flatMap(([stream, streak]) => {
      const present = this.#present(streak, this.#options.syncGapMs);
      if (present === undefined) return [];
      return stream === undefined ? [present] : [{ ...present, stream }];
    });
  }

  /** Failures to find out which streams there are, if the last was a short time ago. */
  get streamList(): Streak | undefined {
    return this.#present(this.#streamList, LIST_GAP_MS);
  }

  /** Streams of many that cannot be read. */
  get streams(): readonly FailedStream[] {
    return [...this.#streams.values()];
  }

  /** When nothing could run in this process, if that was a short time ago. */
  get stall(): Stall | undefined {
    const { clock, tableGapMs } = this.#options;
    const isRecent = this.#stall !== undefined && clock.nowMs() - this.#stall.atMs < tableGapMs;
    return isRecent ? this.#stall : undefined;
  }

  #note(place: ShardPlace, type: TroubleEvent, told: ConsumerEvents[TroubleEvent]): void {
    const atMs = this.#options.clock.nowMs();
    this.#shards.set(placeNameOf(place), { ...this.of(place), [type]: { atMs, told } });
  }

  #forget(place: ShardPlace, type: TroubleEvent): void {
    const { [type]: over, ...others } = this.of(place);
    if (over !== undefined) this.#shards.set(placeNameOf(place), others);
  }

  #forgetStream(type: "streamStarted" | "streamRemoved", stream: string): void {
    this.#streams.delete(stream);
    if (type === "streamRemoved") this.#shardSyncs.delete(stream);
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
