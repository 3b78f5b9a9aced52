// Sees a batch through: hands it out, in parts where the plan says so, until each of its records is handled, skipped
// or dead-lettered. One try at a time.
import {
  type Clock,
  comparePositions,
  type EventSink,
  invariant,
  type Position,
  type Random,
  sleep,
} from "@shardline/core";
import type { BuiltBatch } from "../batch/batch-builder.ts";
import type { BatchEvents } from "../batch/batch-events.ts";
import type { Batch, BatchHandler, ConsumedRecord, ShardContext } from "../batch/handler.ts";
import { BatchWork } from "./batch-work.ts";
import { type DeadLetterSink, deadLetterOf } from "./dead-letter.ts";
import { deliverLetter } from "./dead-lettering.ts";
import { type FailurePlan, type FailurePolicy, planFailure } from "./failure-plan.ts";
import { Halt, type RestEnd } from "./halt.ts";
import { callHandler, type TryOutcome } from "./handler-call.ts";
import type { HandlingTally } from "./handling-tally.ts";
import type { PullDesk } from "./pull-desk.ts";
import { aggregateMalformed, countTooOld, recordTooOld } from "./record-faults.ts";

/** What the batches of a worker share. */
export interface HandlingOptions {
  readonly handler: BatchHandler;
  /** Where batches are pulled: the handler's own place. */
  readonly pulls?: PullDesk | undefined;
  readonly policy: FailurePolicy;
  /** Needed by the policy "dead-letter" alone. */
  readonly deadLetter: DeadLetterSink | undefined;
  readonly tally: HandlingTally;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: EventSink<BatchEvents>;
}

/** For how long batches may be handed out, and who hears how far they got. */
export interface BatchTenure {
  /** Aborts when no further try is wanted. */
  readonly untilSignal: AbortSignal;
  /**
   * Resolves when a try may begin: the shard is not paused, and where tries are made side by side it is this one's turn.
   * Rejects with the reason of `untilSignal` when that aborts.
   */
  readonly untilTurn: () => Promise<void>;
  /**
   * Throws when the shard is not ours any more. Asked before a try, because a process may have been paused since the
   * last one, and after it, because what is done without the lease does not count.
   */
  readonly check: () => void;
  /** How far the application has asked for checkpoints itself. */
  readonly checkpointed: () => Position;
  /** The handler has records up to here in hand; `undefined` when it has settled, or is not called. */
  readonly onInHand: (upTo: Position | undefined) => void;
  /** The shard rests at this record; `undefined` when it is done with, and the shard goes on. */
  readonly onHalted: (at: Position | undefined) => void;
  /** So many records, up to here, are done: the handler returned from them, or they were skipped or dead-lettered. */
  readonly onDone: (upTo: Position, how: "handled" | "given up", records: number) => void;
}

type FailedOutcome = Extract<TryOutcome, { kind: "failed" }>;

/** Why records are given up, and how often they were tried. */
interface GivenUp {
  readonly by: "policy" | "skipRecord";
  readonly attempts: number;
  readonly error: unknown;
}

/** Handles the batches of one shard under one lease. */
export class ShardBatchHandler {
  readonly #shard: ShardContext;
  readonly #tenure: BatchTenure;
  readonly #options: HandlingOptions;
  readonly #halt: Halt;

  constructor(shard: ShardContext, tenure: BatchTenure, options: HandlingOptions) {
    this.#shard = shard;
    this.#tenure = tenure;
    this.#options = options;
    this.#halt = new Halt(options.clock);
  }

  /** Where the shard is halted; `undefined` if it is not. */
  get haltedAt(): Position | undefined {
    return this.#halt.at;
  }

  /** Ends the rest of a halted shard; `false` if it does not rest. */
  endRest(how: RestEnd): boolean {
    return this.#halt.end(how);
  }

  /**
   * Resolves when every record of the batch is done. Rejects with the reason of `untilSignal` when that aborts between
   * two tries, and with what `check` throws; a try under way is always awaited.
   */
  async handle({ batch, isMalformed }: Pick<BuiltBatch, "batch" | "isMalformed">): Promise<void> {
    const work = new BatchWork(batch);
    while (!work.isDone) {
      await this.#tenure.untilTurn();
      this.#tenure.untilSignal.throwIfAborted();
      this.#tenure.check();
      if (await this.#giveUpOld(work)) continue;
      if (isMalformed) await this.#meetMalformed(work);
      else await this.#try(work);
    }
  }

  /** Whether there was something that is too old to be tried, or tried again. */
  async #giveUpOld(work: BatchWork): Promise<boolean> {
    const { clock, policy } = this.#options;
    const { maxRecordAgeMs, then } = policy;
    if (maxRecordAgeMs === undefined || then === "halt") return false;
    const age = { wallTimeMs: clock.wallTimeMs(), maxRecordAgeMs };
    const count = countTooOld(work.part.records, age);
    if (count === 0) return false;
    const { attempts, lastError } = work;
    this.#tenure.onInHand(undefined);
    const error = recordTooOld(this.#shard.shardId, work.record(0), age, lastError);
    await this.#giveUp(then, work, count, { by: "policy", attempts, error });
    return true;
  }

  #meetMalformed(work: BatchWork): Promise<void> {
    this.#tenure.onInHand(undefined);
    const error = aggregateMalformed(this.#shard.shardId, work.record(0));
    return this.#meet(work, { kind: "failed", done: 0, isFirstAtFault: true, error }, true);
  }

  async #try(work: BatchWork): Promise<void> {
    const { clock, handler, policy } = this.#options;
    const { part } = work;
    const records = part.records.length;
    // No await between it and the call of the handler: other shards work at each, and may take their time.
    this.#tenure.check();
    this.#tenure.onInHand(positionOf(work.record(records - 1)));
    const startedAtMs = clock.nowMs();
    const { untilSignal } = this.#tenure;
    const { shardId } = this.#shard;
    const { timeoutMs } = policy;
    const outcome = await callHandler(part, this.#shard, {
      clock,
      handler,
      timeoutMs,
      onTimedOut: () => {
        this.#options.events.emit("handlerTimedOut", {
          shardId,
          records,
          timeoutMs: timeoutMs ?? 0,
        });
      },
    });
    this.#tenure.onInHand(undefined);
    this.#tenure.check();
    // What is not pulled any more is handed out elsewhere, once the shard is given up.
    if (outcome.kind === "withdrawn") return sleep(clock, Number.POSITIVE_INFINITY, untilSignal);
    const done = outcome.kind === "done" ? records : this.#doneOf(part, outcome);
    if (done > 0) this.#pass(work, part, done, clock.nowMs() - startedAtMs);
    if (outcome.kind === "failed") await this.#meet(work, outcome, false);
  }

  /**
   * What the handler has checkpointed is done, and it may not checkpoint it again; but it failed, so the last record comes
   * again at least. Where it says itself how far it got, that counts.
   */
  #doneOf({ records }: Batch, { done, isFirstAtFault }: FailedOutcome): number {
    if (isFirstAtFault) return done;
    const checkpointed = this.#tenure.checkpointed();
    const next = records.findIndex((record) => comparePositions(record, checkpointed) > 0);
    return next < 0 ? records.length - 1 : next;
  }

  #pass(work: BatchWork, { millisBehindLatest }: Batch, records: number, durationMs: number): void {
    const { events, tally } = this.#options;
    const { shardId } = this.#shard;
    tally.handled += records;
    this.#done(work, records, "handled");
    events.emit("batchProcessed", { shardId, records, millisBehindLatest, durationMs });
  }

  /** A try has failed: does what the plan says. */
  async #meet(work: BatchWork, { error, isFirstAtFault }: FailedOutcome, isHopeless: boolean) {
    const { clock, events, policy, random, tally } = this.#options;
    const { shardId } = this.#shard;
    tally.failures += 1;
    work.fail(error);
    const { attempts } = work;
    const records = work.part.records.length;
    const rules = work.isIsolating ? { ...policy, bisect: true } : policy;
    const plan = planFailure({ records, isFirstAtFault, isHopeless, attempts }, rules, random);
    const { afterMs: retryAfterMs, kind } = plan;
    events.emit("batchFailed", { shardId, records, attempts, next: kind, retryAfterMs, error });
    if (kind === "halt") return this.#rest(work, plan, error);
    if (kind === "skip" || kind === "dead-letter") {
      return this.#giveUp(kind, work, plan.records, { by: "policy", attempts, error });
    }
    if (kind === "split") work.split();
    await sleep(clock, retryAfterMs, this.#tenure.untilSignal);
  }

  async #rest(work: BatchWork, { afterMs, records }: FailurePlan, error: unknown): Promise<void> {
    const { shardId } = this.#shard;
    const { attempts } = work;
    const at = positionOf(work.record(0));
    const facts = { records, attempts, retryAfterMs: afterMs, error };
    this.#tenure.onHalted(at);
    this.#options.events.emit("shardHalted", { shardId, ...at, ...facts });
    const end = await this.#halt.rest(at, afterMs, this.#tenure.untilSignal);
    if (end === "retry") return;
    this.#tenure.check();
    if (records === 1) await this.#giveUp("skip", work, 1, { by: "skipRecord", attempts, error });
    else work.isolate();
  }

  async #giveUp(
    how: "skip" | "dead-letter",
    work: BatchWork,
    count: number,
    why: GivenUp,
  ): Promise<void> {
    if (how === "dead-letter") {
      for (const record of work.first(count)) await this.#deadLetter(work, record, why);
      return;
    }
    const { events, tally } = this.#options;
    const { shardId } = this.#shard;
    const [first, last] = [positionOf(work.record(0)), positionOf(work.record(count - 1))];
    tally.skipped += count;
    this.#done(work, count, "given up");
    events.emit("recordsSkipped", { shardId, records: count, first, last, ...why });
  }

  async #deadLetter(
    work: BatchWork,
    record: ConsumedRecord,
    { attempts, error }: GivenUp,
  ): Promise<void> {
    const { clock, deadLetter: sink, events, policy, random, tally } = this.#options;
    invariant(sink !== undefined, "there is a sink where dead letters are asked for");
    const { shardId, signal, stream } = this.#shard;
    const letter = deadLetterOf(record, { stream, shardId, attempts, error });
    const { untilSignal } = this.#tenure;
    const { backoff } = policy;
    await deliverLetter(letter, { signal, untilSignal }, { sink, backoff, clock, random, events });
    this.#tenure.check();
    tally.deadLettered += 1;
    this.#done(work, 1, "given up");
    events.emit("recordDeadLettered", { shardId, ...positionOf(record), attempts, error });
  }

  #done(work: BatchWork, count: number, how: "handled" | "given up"): void {
    const upTo = positionOf(work.record(count - 1));
    work.pass(count);
    this.#tenure.onDone(upTo, how, count);
    const at = this.#halt.leave();
    if (at === undefined) return;
    this.#tenure.onHalted(undefined);
    this.#options.events.emit("shardResumed", { shardId: this.#shard.shardId, ...at });
  }
}

function positionOf({ sequenceNumber, subSequenceNumber }: ConsumedRecord): Position {
  return { sequenceNumber, subSequenceNumber };
}
