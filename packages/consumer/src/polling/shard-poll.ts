// The polling of one shard:
//
//   pacing --- its turn ---> reserving --- room ---> reading --- answer ---> handing over ---> pacing
//                                                    reading --- failure ---> backing off ---> pacing
//
// An iterator that is lost is made anew, and what it was lost by is told.
import {
  type ApiFailure,
  apiCallFailed,
  apiFailureOf,
  type EventSink,
  GET_RECORDS_LIMITS,
  type GetRecordsAnswer,
  type KinesisApi,
  type KinesisRecord,
  type Random,
  RECORD_LIMITS,
  SHARD_LIMITS,
  sleep,
} from "@shardline/core";
import {
  type Fetch,
  type FetchForecast,
  type FetchRoom,
  RECORD_OVERHEAD_BYTES,
} from "../batch/fetch.ts";
import type { ShardEvents } from "../shard/shard-events.ts";
import type { ReadStart } from "../shard/shard-reader.ts";
import { explainExpiry } from "./iterator-expiry.ts";
import { isDenial, isDenialToTell, retryAfterMsOf } from "./read-failures.ts";
import type { ReadPace, ReadRates } from "./read-pace.ts";
import { type Moment, RetentionWatch, type RetentionWatchOptions } from "./retention-watch.ts";
import { isShardGone } from "./shard-gone.ts";
import { ShardIterator, type ShardIteratorOptions } from "./shard-iterator.ts";
import { WaitTally } from "./wait-tally.ts";

/** How a shard is polled. */
export interface PollingPolicy extends ReadRates {
  /** Kinesis records of one read. */
  readonly maxRecords: number;
}

/** What every poll of a worker shares. */
export interface ShardPollOptions extends ShardIteratorOptions {
  readonly kinesis: Pick<KinesisApi, "getShardIterator" | "getRecords" | "listShards">;
  readonly policy: PollingPolicy;
  readonly random: Random;
  readonly events: EventSink<ShardEvents>;
  /** When calls to the lease table were last refused for being too many, by the monotonic clock. */
  readonly tableThrottledAtMs: () => number | undefined;
  readonly retentionMs: RetentionWatchOptions["retentionMs"];
}

/** What to read. */
export interface ShardReading {
  readonly shardId: string;
  readonly start: ReadStart;
  readonly room: FetchRoom;
  readonly pace: ReadPace;
  readonly signal: AbortSignal;
}

type Operation = "GetShardIterator" | "GetRecords";

/**
 * What the reads so far have shown of what lies before the next: "beginning": not even whether the record to begin with is
 * there; "anchored": the last one has brought the record that was read last once more, and nothing else, so all that follows
 * was there.
 */
type Sight = "beginning" | "reading" | "anchored";

const NOTHING = { records: [], bytes: 0, millisBehindLatest: 0 } as const;
/** The time for which writers may have saved up what they are allowed. */
const BURST_MS = 1000;
/** A table that was throttled in this time may have to do with an iterator that expired at once. */
const RECENT_MS = 60_000;

export class ShardPoll {
  readonly #reading: ShardReading;
  readonly #options: ShardPollOptions;
  readonly #pace: ReadPace;
  readonly #iterator: ShardIterator;
  readonly #waits = new WaitTally();
  /** When there was nothing left to read. */
  #caughtUpAtMs: number | undefined;
  /** Of a record in the last answer that had any. */
  #recordBytes: number = RECORD_LIMITS.defaultMaxBytes;
  #failures = 0;
  #denials = 0;
  readonly #retention: RetentionWatch;
  #sight: Sight = "beginning";

  constructor(reading: ShardReading, options: ShardPollOptions) {
    this.#reading = reading;
    this.#options = options;
    this.#pace = reading.pace;
    this.#pace.noteBegun();
    this.#iterator = new ShardIterator(reading.shardId, reading.start, options);
    this.#retention = new RetentionWatch(options);
    const { sinceMs } = reading.start;
    if (sinceMs === undefined) return;
    const now = this.#retention.now();
    this.#retention.note(now, Math.max(0, now.wallTimeMs - sinceMs));
  }

  async *fetches(): AsyncGenerator<Fetch, void, void> {
    const { clock } = this.#options;
    for (;;) {
      await this.#untilDue();
      const fetch = await this.#fetch(await this.#reserve());
      if (fetch === undefined) continue;
      const handedOverAtMs = clock.nowMs();
      yield fetch;
      this.#waits.pausedMs += clock.nowMs() - handedOverAtMs;
      if (fetch.next.kind !== "more") return;
    }
  }

  async #untilDue(): Promise<void> {
    const { clock } = this.#options;
    const nowMs = clock.nowMs();
    const pauseMs = this.#pace.nextReadAtMs(nowMs) - nowMs;
    if (pauseMs > 0) await this.#sleep(pauseMs);
  }

  async #sleep(pauseMs: number): Promise<void> {
    const { clock } = this.#options;
    const dueAtMs = clock.nowMs() + pauseMs;
    await sleep(clock, pauseMs, this.#reading.signal);
    this.#waits.blockedMs += Math.max(0, clock.nowMs() - dueAtMs);
  }

  async #reserve(): Promise<number> {
    const { clock } = this.#options;
    const { room, signal } = this.#reading;
    const askedAtMs = clock.nowMs();
    const maxRecords = await room.reserve(this.#forecast(askedAtMs), signal);
    this.#waits.waitedForRoomMs += clock.nowMs() - askedAtMs;
    return maxRecords;
  }

  /** A shard that had nothing left holds what can have been written since. */
  #forecast(nowMs: number): FetchForecast {
    const sinceMs = nowMs - (this.#caughtUpAtMs ?? Number.NEGATIVE_INFINITY) + BURST_MS;
    const { maxRecords } = this.#options.policy;
    const bytes = Math.min(
      GET_RECORDS_LIMITS.maxBytes,
      (sinceMs / 1000) * SHARD_LIMITS.writeBytesPerSecond,
    );
    const records = Math.min(maxRecords, (sinceMs / 1000) * SHARD_LIMITS.writeRecordsPerSecond);
    return {
      maxBytes: bytes + records * RECORD_OVERHEAD_BYTES,
      maxRecords,
      recordBytes: this.#recordBytes + RECORD_OVERHEAD_BYTES,
    };
  }

  /** One read; `undefined` if it failed, after the pause that the failure asks for. */
  async #fetch(limit: number): Promise<Fetch | undefined> {
    const { clock, kinesis, stream } = this.#options;
    const { signal } = this.#reading;
    let operation: Operation = "GetShardIterator";
    const beganAtMs = clock.nowMs();
    try {
      if (this.#iterator.isTooOld) this.#loseIterator("given-up");
      // Otherwise a record that fills an answer on its own would come again and again.
      if (this.#retention.isNear && this.#sight !== "anchored") this.#iterator.anchor();
      const iterator = await this.#iterator.get(signal);
      operation = "GetRecords";
      const called = this.#retention.now();
      this.#pace.noteRead(called.nowMs);
      const answer = await kinesis.getRecords({ stream, iterator, limit }, signal);
      this.#refuseBefore(answer.records[0]);
      this.#watchRetention(answer, called);
      return this.#accept(answer, called.nowMs);
    } catch (error) {
      return this.#fail(operation, error, beganAtMs);
    }
  }

  #accept(answer: GetRecordsAnswer, calledAtMs: number): Fetch {
    const { clock } = this.#options;
    const nowMs = clock.nowMs();
    const { millisBehindLatest, next } = answer;
    const answered = bytesOf(answer.records);
    const records = this.#unread(answer);
    const bytes = records === answer.records ? answered : bytesOf(records);
    // An answer without records may still be far behind: the shard is searched in steps.
    const hasCaughtUp = millisBehindLatest === 0;
    this.#pace.noteAnswer(answered, hasCaughtUp, nowMs);
    this.#caughtUpAtMs = hasCaughtUp ? calledAtMs : undefined;
    if (answer.records.length > 0) this.#recordBytes = answered / answer.records.length;
    this.#iterator.advance(answer, calledAtMs);
    this.#waits.reset();
    this.#failures = 0;
    this.#denials = 0;
    this.#report({
      records: records.length,
      bytes,
      millisBehindLatest,
      durationMs: nowMs - calledAtMs,
    });
    const isEnd = next.kind === "shard-end";
    const shown = { records, bytes, millisBehindLatest, readAtMs: nowMs };
    return { ...shown, next: isEnd ? next : { kind: "more" } };
  }

  /** What lies before the place is done: to hand it out again would take the checkpoint back from where it stands. */
  #refuseBefore(first: KinesisRecord | undefined): void {
    if (first === undefined || !this.#iterator.isPast(first.sequenceNumber)) return;
    this.#iterator.drop();
    throw apiCallFailed("GetRecords", {
      kind: "transient",
      awsName: "AnswerMismatch",
      reason: `record ${first.sequenceNumber}, which lies before ${this.#iterator.origin}, where reading is`,
      isAmbiguous: false,
    });
  }

  /** An anchored iterator brings the last record once more. */
  #unread({ records }: GetRecordsAnswer): readonly KinesisRecord[] {
    const [first] = records;
    const isAgain = first !== undefined && first.sequenceNumber === this.#iterator.last;
    return isAgain ? records.slice(1) : records;
  }

  /** Finds out whether records that were not read may be gone for their age, and tells it. */
  #watchRetention(answer: GetRecordsAnswer, called: Moment): void {
    const { millisBehindLatest, next, records } = answer;
    const { awaited } = this.#iterator;
    const [first] = records;
    const isNothingThere = millisBehindLatest === 0 || next.kind === "shard-end";
    // The record that was asked for may come with the next answer.
    if (awaited !== undefined && first === undefined && !isNothingThere) return;
    const isThere = awaited !== undefined && first?.sequenceNumber === awaited;
    const before = this.#sight;
    const isAnchored = isThere && records.length === 1 && awaited === this.#iterator.last;
    this.#sight = isAnchored ? "anchored" : "reading";
    // At the start nobody knows how old the record is, only that it is gone.
    const isOut = this.#retention.isPast || (awaited !== undefined && before === "beginning");
    if (!isThere && before !== "anchored" && isOut) this.#tellOfTrim(first);
    this.#retention.note(called, millisBehindLatest);
  }

  #tellOfTrim(first: KinesisRecord | undefined): void {
    this.#options.events.emit("positionTrimmed", {
      shardId: this.#reading.shardId,
      sequenceNumber: this.#iterator.origin,
      behindMs: this.#retention.behindMs,
      resumedAt: first?.sequenceNumber,
      resumedArrivedAtMs: first?.arrivedAtMs,
    });
  }

  async #fail(operation: Operation, error: unknown, beganAtMs: number): Promise<Fetch | undefined> {
    const { clock } = this.#options;
    this.#reading.signal.throwIfAborted();
    const failure = apiFailureOf(error);
    if (failure === undefined) throw error;
    const { kind } = failure;
    const callMs = clock.nowMs() - beganAtMs;
    if (kind === "missing") {
      const { kinesis, stream } = this.#options;
      const { shardId, signal } = this.#reading;
      if (await isShardGone(kinesis, stream, shardId, signal)) {
        return { ...NOTHING, readAtMs: clock.nowMs(), next: { kind: "shard-gone" } };
      }
      // The shard is there: whatever was missing, it was missing for a moment.
      this.#iterator.drop();
    }
    if (kind === "expired") {
      this.#waits.blockedMs += callMs;
      this.#loseIterator("refused");
    }
    // What is refused is refused again, for instance the iterator of a stream that was re-created.
    if (kind === "rejected") this.#iterator.drop();
    if (kind === "rejected" && operation === "GetShardIterator") this.#iterator.refusePlace();
    if (kind === "throttled" && operation === "GetRecords") {
      this.#pace.noteThrottled(clock.nowMs());
    }
    // Others need not wait for it meanwhile.
    this.#reading.room.cancel();
    await this.#backOff(operation, failure);
    this.#waits.retriedMs += clock.nowMs() - beganAtMs;
    return undefined;
  }

  #loseIterator(how: "refused" | "given-up"): void {
    const { clock, events, tableThrottledAtMs } = this.#options;
    const { ageMs } = this.#iterator;
    this.#iterator.drop();
    const throttledAtMs = tableThrottledAtMs();
    const wasTableThrottled =
      throttledAtMs !== undefined && throttledAtMs >= clock.nowMs() - Math.max(ageMs, RECENT_MS);
    const waits = this.#waits.look();
    const diagnosis = explainExpiry(waits, wasTableThrottled);
    const { shardId } = this.#reading;
    events.emit("iteratorExpired", { shardId, how, ageMs, ...waits, ...diagnosis });
    this.#waits.reset();
  }

  async #backOff(operation: Operation, failure: ApiFailure): Promise<void> {
    const { events, random } = this.#options;
    const { shardId } = this.#reading;
    this.#failures += 1;
    this.#denials = isDenial(failure.kind) ? this.#denials + 1 : 0;
    const retryAfterMs = retryAfterMsOf(failure, this.#failures, random);
    const { kind, reason } = failure;
    events.emit("readFailed", { shardId, operation, kind, reason, retryAfterMs });
    if (isDenialToTell(failure, this.#denials)) {
      events.emit("readDenied", { shardId, operation, reason, tries: this.#denials });
    }
    await this.#sleep(retryAfterMs);
  }

  #report(counts: Omit<ShardEvents["recordsFetched"], "shardId">): void {
    const { events } = this.#options;
    if (!events.hasListeners("recordsFetched")) return;
    events.emit("recordsFetched", { shardId: this.#reading.shardId, ...counts });
  }
}

/** Of data and partition keys. */
function bytesOf(records: readonly KinesisRecord[]): number {
  let bytes = 0;
  for (const { data, partitionKey } of records) bytes += data.length + (partitionKey?.length ?? 0);
  return bytes;
}
