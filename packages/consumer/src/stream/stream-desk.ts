// Everything that belongs to one stream of a worker: who is asked about it, how it is read, and the shards of it that are
// being read. What the streams of a worker share is handed in.
import {
  type Clock,
  type EventSink,
  type KinesisApi,
  LinkedSignal,
  type Loop,
  type Random,
  type StreamRef,
  type StreamSummary,
  TaskGroup,
} from "@shardline/core";
import type { ByteBudget } from "../batch/byte-budget.ts";
import type { BatchHandler } from "../batch/handler.ts";
import type { ConsumerEvents } from "../consumer-events.ts";
import type { RestEnd } from "../handling/halt.ts";
import type { HandlingTally } from "../handling/handling-tally.ts";
import type { PullDesk } from "../handling/pull-desk.ts";
import type { HeldLease } from "../lease/held-lease.ts";
import type { LeaseTable } from "../lease/lease-table.ts";
import { laneRulesOf } from "../lane-settings.ts";
import { openShardReader } from "../open-shard-reader.ts";
import type { ConsumerSettings } from "../settings.ts";
import type { Breather } from "../shard/breather.ts";
import type { Pauses } from "../shard/pauses.ts";
import { RecordPlacement } from "../shard/record-placement.ts";
import type { ShardHooks } from "../shard/shard-hooks.ts";
import type { ShardLook } from "../shard/shard-look.ts";
import { ShardRunner, type ShardRunnerOptions } from "../shard/shard-runner.ts";
import { startShardSyncer } from "../shard/shard-syncer.ts";
import type { StartPosition } from "../shard/start-position.ts";
import { streamRecreated } from "../shard/stream-recreated.ts";

/** What all streams of a worker share. */
export interface DeskSupplies {
  readonly settings: ConsumerSettings;
  readonly handler: BatchHandler;
  /** Where batches are pulled. */
  readonly pulls: PullDesk | undefined;
  readonly hooks: ShardHooks;
  readonly pauses: Pauses;
  readonly breather: Breather;
  readonly budget: ByteBudget;
  readonly tally: HandlingTally;
  readonly clock: Clock;
  readonly random: Random;
  /** Waits for what runs in the background. */
  readonly loops: Pick<TaskGroup, "add">;
  /** Aborts when everything is over. */
  readonly living: AbortSignal;
  /** When the lease table last refused a call because there were too many. */
  readonly tableThrottledAtMs: () => number | undefined;
  /** There are leases that nobody has. */
  readonly onCreated: () => void;
  /** The shard's children may be taken: the keys of their leases. */
  readonly onEnded: (childKeys: readonly string[]) => void;
}

/** What is particular to one stream. */
export interface DeskStream {
  readonly stream: StreamRef;
  /** Among many: what the application calls it. */
  readonly label?: string;
  /** Among many: what it is called in the lease table. */
  readonly streamName?: string;
  /** Where that was found out, and not given: the creation time in it. Any other stream has other leases. */
  readonly epoch?: number | undefined;
  readonly start: StartPosition;
  readonly kinesis: KinesisApi;
  /** The leases of this stream. */
  readonly table: LeaseTable;
  /** Before its first leases are made: rejects with LEASE_TABLE_UNUSABLE if it is not for this worker to begin. */
  readonly requireBeginning: (signal: AbortSignal) => Promise<void>;
  readonly events: EventSink<ConsumerEvents>;
  /** The stream is gone, or something that nobody reckoned with has ended one of its shards. */
  readonly onFailure: (error: unknown) => void;
}

/** A shard that is being read. */
export interface ShardReading {
  readonly runner: ShardRunner;
  readonly done: Promise<void>;
}

const HOUR_MS = 3_600_000;
const GIVEN_UP = new Error("the stream is not read any more");

export class StreamDesk {
  readonly #supplies: DeskSupplies;
  readonly #stream: DeskStream;
  readonly #placement: RecordPlacement;
  readonly #runnerOptions: ShardRunnerOptions;
  readonly #runners = new Set<ShardRunner>();
  readonly #shards: TaskGroup;
  /** Aborts when no shard of it is read any more. */
  readonly #reading: LinkedSignal;
  #retentionMs: number | undefined;
  #state: "open" | "draining" = "open";

  constructor(stream: DeskStream, supplies: DeskSupplies) {
    this.#supplies = supplies;
    this.#stream = stream;
    this.#shards = new TaskGroup(stream.onFailure);
    this.#reading = new LinkedSignal(supplies.living);
    this.#placement = new RecordPlacement({
      clock: supplies.clock,
      kinesis: stream.kinesis,
      stream: stream.stream,
      signal: supplies.living,
      onDescribed: (summary) => this.noteDescribed(summary),
    });
    this.#runnerOptions = this.#shardRunnerOptions();
  }

  /** Among many: what the application calls its stream. */
  get label(): string | undefined {
    return this.#stream.label;
  }

  /** How its shards stand. */
  get looks(): readonly ShardLook[] {
    return Array.from(this.#runners, ({ look }) => look);
  }

  /** Whether shards may be begun; otherwise it is being given up. */
  get isOpen(): boolean {
    return this.#state === "open";
  }

  /**
   * What the stream says about itself.
   * @throws KinesisError STREAM_RECREATED if it is not the one that the leases are named after
   */
  noteDescribed(summary: StreamSummary): void {
    const { epoch, stream } = this.#stream;
    const isOther = epoch !== undefined && Math.floor(summary.createdAtMs / 1000) !== epoch;
    if (isOther) throw streamRecreated(stream);
    this.#placement.note(summary);
    this.#retentionMs = summary.retentionHours * HOUR_MS;
  }

  /** Keeps its leases in step with its shards; `stream`: as it was found to be. */
  startSyncing(stream: StreamRef, signal: AbortSignal): Loop {
    const { clock, onCreated, random, settings } = this.#supplies;
    const { events, kinesis, requireBeginning, start, streamName, table } = this.#stream;
    return startShardSyncer({
      clock,
      events,
      kinesis,
      onCreated,
      random,
      requireBeginning,
      signal,
      start,
      stream,
      streamName,
      table,
      ...settings.sync,
      worker: settings.workerId,
      onDescribed: (summary) => this.noteDescribed(summary),
    });
  }

  /** Reads a shard, once `earlier` has resolved. Resolves or rejects when that is over. */
  read(held: HeldLease, isFirstTake: boolean, earlier: Promise<unknown> | undefined): ShardReading {
    const runner = new ShardRunner(held, isFirstTake, this.#runnerOptions);
    const done = runner.run(earlier);
    this.#runners.add(runner);
    this.#shards.add(done.finally(() => this.#runners.delete(runner)));
    if (this.#state === "draining") runner.drain();
    return { runner, done };
  }

  /** Whether a shard of it is halted here. */
  isHalted(shardId: string): boolean {
    return [...this.#runners].some(
      ({ look }) => look.shardId === shardId && look.haltedAt !== undefined,
    );
  }

  /** Ends the rest of a halted shard; `false` if it does not rest, or not here. */
  endRest(shardId: string, how: RestEnd): boolean {
    return [...this.#runners].some((runner) => runner.shardId === shardId && runner.endRest(how));
  }

  /** Finishes what is in hand, and gives the leases up, also those that come later. */
  drain(): void {
    this.#state = "draining";
    for (const runner of this.#runners) runner.drain();
  }

  /** The time to drain is over. */
  abandon(reason: unknown): void {
    for (const runner of this.#runners) runner.abandon(reason);
  }

  /** Resolves when no shard of it is being read. */
  async untilGivenUp(): Promise<void> {
    await this.#shards.join().catch(() => undefined);
    this.#reading.abort(GIVEN_UP);
  }

  #shardRunnerOptions(): ShardRunnerOptions {
    const {
      breather,
      budget,
      clock,
      handler,
      hooks,
      living,
      loops,
      onEnded,
      pauses,
      pulls,
      random,
    } = this.#supplies;
    const { settings, tally } = this.#supplies;
    const { events, kinesis, label, start, stream, table } = this.#stream;
    const { batch, checkpoint, onFailure, outOfRange, prefetch, read } = settings;
    const { deadLetter } = onFailure;
    const shared = { clock, events, random };
    const retentionMs = (): number | undefined => this.#retentionMs;
    return {
      ...shared,
      breather,
      budget,
      checkpoint,
      hooks,
      kinesis,
      label,
      onEnded,
      prefetch,
      retentionMs,
      start,
      stream,
      table,
      pauses: pauses.of(label),
      signal: living,
      reader: openShardReader({
        ...shared,
        kinesis,
        loops,
        retentionMs,
        stream,
        settings: read,
        signal: this.#reading.signal,
        tableThrottledAtMs: this.#supplies.tableThrottledAtMs,
      }),
      rules: { limits: batch, outOfRange },
      lanes: laneRulesOf(settings),
      placement: this.#placement,
      handling: { ...shared, handler, pulls, deadLetter, tally, policy: onFailure },
    };
  }
}
