// The checkpoints that an application makes itself, in both modes: in its batches and behind them, some time later, announced
// first, at the turns of a shard's life, and with manual checkpoints for all that is ever written down.
import type { PreparedCheckpoint, ShardContext, ShardHooks } from "@shardline/consumer";
import { comparePositions, KinesisError, type Position, type Random } from "@shardline/core";
import type { FaultCounts } from "../faults/fault-counts.ts";
import { announcement } from "../evidence/announcement.ts";
import type { HandlerEvidence } from "./handler-evidence.ts";
import type { HandlerOdds } from "./handler-odds.ts";
import type { SimProcess } from "./sim-process.ts";

/** A checkpoint that is left for later is made within this time. */
const MAX_LATE_MS = 20_000;
/** From one time to the next that a calm application checkpoints whatever is done of each of its shards. */
const REPEAT_MS = 2000;

export interface HandlerCheckpointsOptions {
  readonly odds: HandlerOdds;
  readonly process: SimProcess;
  readonly random: Random;
  readonly faults: FaultCounts;
  readonly evidence: HandlerEvidence;
  /** Whether handlers work side by side: which record is the last before one that is not done nobody of them knows. */
  readonly isSideBySide: boolean;
}

/** What it knows of a shard under one lease. */
interface Course {
  readonly shard: ShardContext;
  batches: number;
  handledUpTo: Position | undefined;
}

export class HandlerCheckpoints {
  readonly #options: HandlerCheckpointsOptions;
  /** By shard, the latest. */
  readonly #courses = new Map<string, Course>();
  readonly #late = new Map<() => void, Disposable>();
  #isCalm = false;
  #repeats: Disposable | undefined;

  constructor(options: HandlerCheckpointsOptions) {
    this.#options = options;
  }

  get hooks(): ShardHooks {
    const { evidence, odds } = this.#options;
    const tell = ({ shardId }: ShardContext): void =>
      evidence.tell("shutdownRequested", { shardId });
    if (odds.checkpointing === "auto") return { onShutdownRequested: tell };
    return {
      onShardStarted: (shard, { checkpoint, pendingCheckpoint: pending }) => {
        const { leaseEpoch: epoch, shardId } = shard;
        evidence.begun({ shardId, epoch, checkpoint, pending });
        this.#begin(shard);
      },
      onShardEnded: (shard) => this.#atTurn(shard),
      onShutdownRequested: (shard) => {
        tell(shard);
        return this.#atTurn(shard);
      },
    };
  }

  /** From here on it forgets nothing, and what it owes is written down. */
  calm(): void {
    this.#isCalm = true;
    const { isSideBySide, odds } = this.#options;
    if (odds.checkpointing === "auto") return;
    if (isSideBySide) return this.#repeat();
    for (const { handledUpTo, shard } of this.#courses.values()) {
      if (handledUpTo === undefined) continue;
      this.#makeIn(0, shard, handledUpTo);
    }
  }

  /** The worker has ended: what was left for later comes too late. */
  end(): void {
    this.#repeats?.[Symbol.dispose]();
    for (const make of this.#late.keys()) make();
  }

  /** The handler is done with what lies up to there: when it is calm nothing may be owed, and to wait would take too long. */
  noteHandled(shard: ShardContext, upTo: Position): void {
    const { isSideBySide, odds } = this.#options;
    const course = this.#courseOf(shard);
    if (isSideBySide) {
      course.handledUpTo = later(upTo, course.handledUpTo);
      return;
    }
    course.handledUpTo = upTo;
    if (this.#isCalm && odds.checkpointing === "manual") void this.make(shard, upTo);
  }

  /** The handler is about to return from these. */
  async behindBatch(shard: ShardContext, records: readonly Position[]): Promise<void> {
    const { isSideBySide, odds, random } = this.#options;
    const last = records.at(-1);
    if (last === undefined) return;
    const course = this.#courseOf(shard);
    course.batches += 1;
    if (!this.#isCalm && random.next() < odds.lateCheckpoints) this.#makeLater(shard, records);
    const isDue = !this.#isCalm && course.batches % odds.batchesPerCheckpoint === 0;
    if (odds.checkpointing === "manual" && isDue) await this.make(shard, last, isSideBySide);
  }

  /**
   * Whether it is made, as far as the application knows. `isAll`: whatever is done, without a place, which then is the
   * newest that may be meant.
   */
  async make(shard: ShardContext, at: Position, isAll = false): Promise<boolean> {
    const { odds, random } = this.#options;
    if (random.next() >= odds.prepares) return this.#make(shard, at, isAll);
    const prepared = await this.#announced(shard, at);
    if (prepared === undefined || (!this.#isCalm && random.next() < 0.5)) return false;
    return this.#settled(shard, at, false, prepared.checkpoint);
  }

  #make(shard: ShardContext, at: Position, isAll: boolean): Promise<boolean> {
    if (!isAll) return this.#settled(shard, at, false, () => shard.checkpoint(at));
    const { isSideBySide } = this.#options;
    const newest = isSideBySide ? later(at, this.#courseOf(shard).handledUpTo) : at;
    return this.#settled(shard, newest, isSideBySide, () => shard.checkpoint());
  }

  /** Until the worker ends. */
  #repeat(): void {
    this.#repeats = this.#options.process.startTimer(REPEAT_MS, () => {
      for (const { handledUpTo, shard } of this.#courses.values()) {
        if (handledUpTo !== undefined) void this.#make(shard, handledUpTo, true);
      }
      this.#repeat();
    });
  }

  /** At a place, so that its bytes can say which; `undefined` if it is refused, or the lease is lost. */
  async #announced(shard: ShardContext, at: Position): Promise<PreparedCheckpoint | undefined> {
    const { faults } = this.#options;
    faults.note("checkpoint announced");
    try {
      return await shard.prepareCheckpoint(at, announcement(shard.leaseEpoch, at));
    } catch (error) {
      faults.note(`announcement ${codeOf(error)}`);
      return undefined;
    }
  }

  async #settled(
    shard: ShardContext,
    at: Position,
    isAtMost: boolean,
    checkpoint: () => Promise<void>,
  ): Promise<boolean> {
    const { evidence, faults } = this.#options;
    evidence.checkpoint(shard, at, isAtMost, "asked");
    try {
      await checkpoint();
      evidence.checkpoint(shard, at, isAtMost, "written");
      return true;
    } catch (error) {
      const code = codeOf(error);
      faults.note(`checkpoint ${code}`);
      evidence.checkpoint(shard, at, isAtMost, code);
      if (isAtMost && code === "LEASE_LOST") this.#forget(shard);
      return false;
    }
  }

  #courseOf(shard: ShardContext): Course {
    const known = this.#courses.get(shard.shardId);
    if (known !== undefined && known.shard.leaseEpoch >= shard.leaseEpoch) return known;
    return this.#begin(shard);
  }

  /** Anew, whatever was known: where a stream is created again, the epochs of its leases begin again, too. */
  #begin(shard: ShardContext): Course {
    const course = { shard, batches: 0, handledUpTo: undefined };
    this.#courses.set(shard.shardId, course);
    return course;
  }

  /** Under the lease that is lost. */
  #forget({ leaseEpoch, shardId }: ShardContext): void {
    if (this.#courses.get(shardId)?.shard.leaseEpoch === leaseEpoch) this.#courses.delete(shardId);
  }

  /** Any of them. */
  #makeLater(shard: ShardContext, records: readonly Position[]): void {
    const { faults, random } = this.#options;
    const at = records[Math.floor(random.next() * records.length)];
    if (at === undefined) return;
    faults.note("checkpoint some time later");
    this.#makeIn(random.next() * MAX_LATE_MS, shard, at);
  }

  #makeIn(delayMs: number, shard: ShardContext, at: Position): void {
    const make = (): void => {
      this.#late.get(make)?.[Symbol.dispose]();
      this.#late.delete(make);
      void this.make(shard, at);
    };
    this.#late.set(make, this.#options.process.startTimer(delayMs, make));
  }

  /** At the end of a shard, or of its lease, unless it forgets. */
  async #atTurn(shard: ShardContext): Promise<void> {
    const { faults, odds, random } = this.#options;
    if (!this.#isCalm && random.next() < odds.forgets) {
      faults.add("checkpoint forgotten");
      return;
    }
    const { handledUpTo } = this.#courseOf(shard);
    if (handledUpTo === undefined) await shard.checkpoint();
    else await this.make(shard, handledUpTo, true);
  }
}

function codeOf(error: unknown): string {
  return KinesisError.is(error) ? error.code : String(error);
}

function later(one: Position, other: Position | undefined): Position {
  return other !== undefined && comparePositions(other, one) > 0 ? other : one;
}
