// Reads a shard by polling GetRecords: as fast as the shard's limits allow while it lags behind, at leisure when it
// has caught up. An iterator that is lost is made anew behind the last record seen.
import {
  type ApiFailure,
  apiFailureOf,
  type BackoffPlan,
  backoffMs,
  type Clock,
  type EventSink,
  type GetRecordsAnswer,
  type IteratorStart,
  type KinesisApi,
  listAllShards,
  type Random,
  sleep,
  type StreamRef,
  TOKEN_LIFETIMES,
} from "@shardline/core";
import type { Fetch } from "../batch/fetch.ts";
import type { ShardEvents } from "./shard-events.ts";
import type { ReadStart, ShardReader } from "./shard-reader.ts";

/** How a shard is polled. */
export interface PollingPolicy {
  /** Pause after a read that caught up. */
  readonly idleMs: number;
  /** Reads of one shard each second at most; Kinesis allows 5, shared by all its consumers. */
  readonly readsPerSecond: number;
  /** Kinesis records of one read. */
  readonly maxRecords: number;
}

export interface PollingReaderOptions {
  readonly kinesis: Pick<KinesisApi, "getShardIterator" | "getRecords" | "listShards">;
  readonly stream: StreamRef;
  readonly policy: PollingPolicy;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: EventSink<ShardEvents>;
}

/** Limits are counted by the second, so a refusal is over soon. */
const THROTTLE_BACKOFF: BackoffPlan = { baseMs: 200, maxMs: 5000 };
const BACKOFF: BackoffPlan = { baseMs: 200, maxMs: 30_000 };
/** An iterator that was not used for so long is not trusted to last until it is. */
const MAX_ITERATOR_AGE_MS = 0.8 * TOKEN_LIFETIMES.shardIteratorMs;

export class PollingReader implements ShardReader {
  readonly #options: PollingReaderOptions;

  constructor(options: PollingReaderOptions) {
    this.#options = options;
  }

  read(shardId: string, start: ReadStart, signal: AbortSignal): AsyncIterable<Fetch> {
    return new ShardPoll(shardId, start, this.#options, signal).fetches();
  }
}

const GONE: Fetch = { records: [], millisBehindLatest: 0, next: { kind: "shard-gone" } };

/** An iterator and when it was handed out. */
interface IssuedIterator {
  readonly iterator: string;
  readonly issuedAtMs: number;
}

/** The reading of one shard. */
class ShardPoll {
  readonly #shardId: string;
  readonly #options: PollingReaderOptions;
  readonly #signal: AbortSignal;
  /** Where a new iterator would start. */
  #place: IteratorStart;
  /** Where it would start if the first one is lost. */
  readonly #again: IteratorStart;
  readonly #ifRefused: IteratorStart | undefined;
  #issued: IssuedIterator | undefined;
  #failures = 0;

  constructor(
    shardId: string,
    start: ReadStart,
    options: PollingReaderOptions,
    signal: AbortSignal,
  ) {
    this.#shardId = shardId;
    this.#place = start.first;
    this.#again = start.again;
    this.#ifRefused = start.ifRefused;
    this.#options = options;
    this.#signal = signal;
  }

  async *fetches(): AsyncGenerator<Fetch, void, void> {
    const { clock } = this.#options;
    for (;;) {
      const startedAtMs = clock.nowMs();
      const fetch = await this.#fetch();
      if (fetch === undefined) continue;
      yield fetch;
      if (fetch.next.kind !== "more") return;
      await this.#pause(fetch, startedAtMs);
    }
  }

  /** One read; `undefined` if it failed, after the pause that the failure asks for. */
  async #fetch(): Promise<Fetch | undefined> {
    try {
      this.#issued = await this.#iterator();
    } catch (error) {
      return this.#fail("GetShardIterator", error);
    }
    const { clock, events, kinesis, policy, stream } = this.#options;
    const startedAtMs = clock.nowMs();
    try {
      const request = { stream, iterator: this.#issued.iterator, limit: policy.maxRecords };
      const answer = await kinesis.getRecords(request, this.#signal);
      this.#failures = 0;
      this.#advance(answer, startedAtMs);
      if (events.hasListeners("recordsFetched")) this.#report(answer, clock.nowMs() - startedAtMs);
      return fetchOf(answer);
    } catch (error) {
      return this.#fail("GetRecords", error);
    }
  }

  async #iterator(): Promise<IssuedIterator> {
    const { clock, kinesis, stream } = this.#options;
    const issuedAtMs = clock.nowMs();
    if (this.#issued !== undefined) {
      if (issuedAtMs - this.#issued.issuedAtMs < MAX_ITERATOR_AGE_MS) return this.#issued;
    }
    const request = { stream, shardId: this.#shardId, start: this.#place };
    // LATEST is meant once: a second try would skip what came since the first.
    if (this.#place.type === "LATEST") this.#place = this.#again;
    const iterator = await kinesis.getShardIterator(request, this.#signal);
    return { iterator, issuedAtMs };
  }

  #advance({ next, records }: GetRecordsAnswer, startedAtMs: number): void {
    const last = records.at(-1);
    if (last !== undefined) {
      this.#place = { type: "AFTER_SEQUENCE_NUMBER", sequenceNumber: last.sequenceNumber };
    }
    if (next.kind === "iterator") {
      this.#issued = { iterator: next.iterator, issuedAtMs: startedAtMs };
    }
  }

  /** Keeps the pace that the shard allows; rests when there is nothing more to read. */
  #pause(fetch: Fetch, startedAtMs: number): Promise<void> {
    const { clock, policy } = this.#options;
    // A fetch without records may still be far behind: the shard is searched in steps.
    const hasCaughtUp = fetch.millisBehindLatest === 0;
    const periodMs = hasCaughtUp ? policy.idleMs : 1000 / policy.readsPerSecond;
    const pauseMs = Math.max(0, startedAtMs + periodMs - clock.nowMs());
    return sleep(clock, pauseMs, this.#signal);
  }

  async #fail(
    operation: "GetShardIterator" | "GetRecords",
    error: unknown,
  ): Promise<Fetch | undefined> {
    this.#signal.throwIfAborted();
    const failure = apiFailureOf(error);
    if (failure === undefined) throw error;
    if (failure.kind === "missing") {
      if (await this.#isGone()) return GONE;
      // The shard is there: whatever was missing, it was missing for a moment.
      this.#issued = undefined;
    }
    // What is refused is refused again, for instance the iterator of a stream that was re-created.
    if (failure.kind === "expired" || failure.kind === "rejected") this.#issued = undefined;
    const isPlaceRefused = operation === "GetShardIterator" && failure.kind === "rejected";
    if (isPlaceRefused && this.#place === this.#again) this.#place = this.#ifRefused ?? this.#place;
    await this.#backOff(operation, failure);
    return undefined;
  }

  /** Whether the stream does not list the shard any more; a stream that is gone lists nothing. */
  async #isGone(): Promise<boolean> {
    const { kinesis, stream } = this.#options;
    try {
      const shards = await listAllShards(kinesis, stream, undefined, this.#signal);
      return !shards.some(({ shardId }) => shardId === this.#shardId);
    } catch (error) {
      this.#signal.throwIfAborted();
      return apiFailureOf(error)?.kind === "missing";
    }
  }

  async #backOff(operation: "GetShardIterator" | "GetRecords", failure: ApiFailure): Promise<void> {
    const { clock, events, random } = this.#options;
    this.#failures += 1;
    const plan = failure.kind === "throttled" ? THROTTLE_BACKOFF : BACKOFF;
    const isFirstExpiry = failure.kind === "expired" && this.#failures === 1;
    const retryAfterMs = isFirstExpiry ? 0 : backoffMs(plan, this.#failures, random);
    const { kind, reason } = failure;
    events.emit("readFailed", { shardId: this.#shardId, operation, kind, reason, retryAfterMs });
    await sleep(clock, retryAfterMs, this.#signal);
  }

  #report({ millisBehindLatest, records }: GetRecordsAnswer, durationMs: number): void {
    const bytes = records.reduce((sum, { data }) => sum + data.length, 0);
    const counts = { records: records.length, bytes, millisBehindLatest, durationMs };
    this.#options.events.emit("recordsFetched", { shardId: this.#shardId, ...counts });
  }
}

function fetchOf({ millisBehindLatest, next, records }: GetRecordsAnswer): Fetch {
  const isEnd = next.kind === "shard-end";
  return { records, millisBehindLatest, next: isEnd ? next : { kind: "more" } };
}
