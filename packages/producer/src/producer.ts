// The public face of the producer.
import type { Writable } from "node:stream";
import type { WritableStream } from "node:stream/web";
import { type OpenKinesis, openKinesis } from "@shardline/aws";
import {
  type Clock,
  Events,
  type EventSource,
  type KinesisError,
  type Listener,
  logEvents,
  type Logger,
  systemClock,
  systemRandom,
  type UserRecord,
} from "@shardline/core";
import { defaultLogger } from "@shardline/core/default-logger";
import type { ConvertingOptions, WritableOptions } from "./feed/feedable.ts";
import {
  PutMany,
  type PutManyOptions,
  type PutManyTarget,
  type UserRecords,
} from "./feed/put-many.ts";
import type { PutOutcome } from "./feed/outcome-queue.ts";
import { createWebWritable } from "./feed/web-writable.ts";
import { createWritable } from "./feed/writable.ts";
import {
  checkPutManyRecords,
  closeTimeoutMs,
  resolvePutManyOptions,
  signalOf,
} from "./call-options.ts";
import type { ProducerOptions } from "./options.ts";
import { type CloseSummary, Pipelines } from "./pipelines.ts";
import type { MetricName } from "./metrics/metric-catalog.ts";
import { checkMetricQuery } from "./metrics/metric-query.ts";
import type { MetricSnapshot } from "./metrics/metric-snapshot.ts";
import { MetricsCollector } from "./metrics/metrics-collector.ts";
import { PRODUCER_LOG, type ProducerEvents } from "./producer-events.ts";
import type { ProducerStats } from "./producer-stats.ts";
import { CallbackSink, type OnSettled } from "./record/callback-sink.ts";
import { type AccessReport, checkAccess } from "./stream/check-access.ts";
import type { Receipt } from "./record/receipt.ts";
import { NO_SINK, type Sink } from "./record/sink.ts";
import type { FlushSummary } from "./settle/flush-barrier.ts";
import { producerClosed } from "./settle/undelivered.ts";
import { resolveProducerOptions } from "./settings.ts";
import { refusalOf, type Transform, transformed } from "./transform.ts";

type ProducerState =
  | { readonly kind: "open" }
  | { readonly kind: "closing"; readonly summary: Promise<CloseSummary> };

/** Puts records into streams. */
export class Producer implements EventSource<ProducerEvents>, AsyncDisposable {
  readonly #events: Events<ProducerEvents>;
  readonly #kinesis: OpenKinesis;
  readonly #pipelines: Pipelines;
  readonly #transform: Transform | undefined;
  readonly #onThrow: (error: unknown) => void;
  readonly #clock: Clock;
  readonly #metrics: MetricsCollector | undefined;
  #state: ProducerState = { kind: "open" };
  #lastSink: CallbackSink | undefined;
  #draining: Promise<void> | undefined;

  /** Use `createProducer`. */
  constructor(options: ProducerOptions) {
    const { clock, kinesis, logger, random, transform, ...settings } =
      resolveProducerOptions(options);
    const { granularity, level, maxSeries } = settings.metrics;
    this.#clock = clock ?? systemClock;
    const log = logger ?? defaultLogger("@shardline/producer");
    this.#onThrow = (error) => complain(log, { err: error }, "a callback of write threw");
    this.#events = new Events((error, type) =>
      complain(log, { err: error, type }, "a listener threw"),
    );
    logEvents(this.#events, PRODUCER_LOG, log);
    const kept = { granularity, maxSeries, clock: this.#clock };
    this.#metrics =
      level === "none" ? undefined : new MetricsCollector(this.#events, { ...kept, level });
    this.#kinesis = openKinesis(kinesis, {
      maxSockets: settings.maxInFlightRequests,
      ...settings.http,
      mayUseCbor: true,
    });
    this.#transform = transform;
    this.#pipelines = new Pipelines({
      settings,
      kinesis: this.#kinesis.api,
      clock: this.#clock,
      random: random ?? systemRandom,
      events: this.#events,
    });
    queueMicrotask(() => this.#events.emit("started", { settings }));
    void this.#warnOfSlowTransport();
  }

  /**
   * Puts a record. Resolves with the receipt once Kinesis has stored it; waits while the buffer is full, unless
   * `buffer.onFull` says otherwise. Abort of `signal` rejects at once: a record that was not sent yet never will be,
   * one that was may be stored all the same, and the error's details say which.
   * @throws KinesisError INVALID_OPTIONS, INVALID_RECORD, RECORD_TOO_LARGE, TRANSFORM_FAILED, BUFFER_FULL, PRODUCER_CLOSED, and of
   * records that were accepted RECORD_EXPIRED, RECORD_REJECTED, RECORD_THROTTLED, RETRIES_EXHAUSTED, ACCESS_DENIED, KMS_FAILED,
   * CREDENTIALS_REFUSED, STREAM_NOT_FOUND, RECORD_ABORTED
   */
  put(
    record: UserRecord,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<Receipt> {
    try {
      const signal = signalOf("put", options);
      const made = transformed(this.#transform, record);
      return this.#pipelineOf(made).put(made, signal);
    } catch (error) {
      return Promise.reject(refusalOf(record, error));
    }
  }

  /**
   * Puts a record without making a promise, the cheapest way. `onSettled` hears of it once, never before `write` has
   * returned; without it, what is not stored is told by the event `recordsFailed`. Answers whether the buffer has
   * room for another: if not, the record was taken all the same, and the event `drained` tells when to go on.
   * Never throws.
   */
  write(record: UserRecord, onSettled?: OnSettled): boolean {
    return this.#put(record, this.#sinkOf(onSettled), 0);
  }

  /**
   * Puts the records of an iterable, pulling them no faster than the buffer takes them, and yields what became of
   * each, in their order. Leaving the loop stops pulling; what was put goes on. What the iterable throws is thrown
   * after the outcomes of the records before it.
   * @throws KinesisError INVALID_OPTIONS
   */
  putMany(
    records: UserRecords,
    options?: PutManyOptions,
  ): AsyncIterableIterator<PutOutcome, undefined> {
    const target: PutManyTarget = {
      put: (record, sink, ticket) => this.#put(record, sink, ticket),
      ready: () => this.ready(),
      flush: () => void this.flush(),
    };
    checkPutManyRecords(records);
    return new PutMany(target, records, resolvePutManyOptions(options));
  }

  /** The producer as an object-mode Writable for `pipeline()`; it finishes when all that was written is settled. */
  writable(options?: WritableOptions<UserRecord>): Writable;
  writable<Chunk>(options: ConvertingOptions<Chunk>): Writable;
  writable<Chunk>(options: WritableOptions<Chunk> = {}): Writable {
    return createWritable(this, options);
  }

  /** The producer as a web stream for `pipeTo()`; it closes when all that was written is settled. */
  webWritable(options?: WritableOptions<UserRecord>): WritableStream<UserRecord>;
  webWritable<Chunk>(options: ConvertingOptions<Chunk>): WritableStream<Chunk>;
  webWritable<Chunk>(options: WritableOptions<Chunk> = {}): WritableStream<Chunk> {
    return createWebWritable(this, options);
  }

  /**
   * The back-pressure: resolves when the buffer has room. Abort of `signal` rejects with its reason.
   * @throws KinesisError INVALID_OPTIONS, PRODUCER_CLOSED
   */
  ready(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    try {
      const signal = signalOf("ready", options);
      if (this.#state.kind === "open") return this.#pipelines.ready(signal);
    } catch (error) {
      return Promise.reject(error);
    }
    return Promise.reject(producerClosed());
  }

  /**
   * Finds out, without writing anything, whether a stream is there, the producer's own if none is named, and which of the
   * permissions that a producer uses the caller has. Rejects otherwise only with the reason of `signal`.
   * @throws KinesisError INVALID_OPTIONS, INVALID_RECORD if `stream` names none
   */
  async checkAccess(
    options: { readonly stream?: string; readonly signal?: AbortSignal | undefined } = {},
  ): Promise<AccessReport> {
    const signal = signalOf("checkAccess", options) ?? new AbortController().signal;
    return checkAccess(this.#kinesis.api, this.#pipelines.refOf(options.stream), signal);
  }

  /**
   * Sends everything without waiting for company; resolves when all that was put so far, into one stream or into all,
   * is settled. Never rejects for a record. Abort of `signal` rejects with its reason and takes nothing back.
   * A stream may be called by its name or its ARN, whichever the records call it by; one that nothing was put into has
   * nothing to wait for, and counts 0.
   * @throws KinesisError INVALID_OPTIONS, INVALID_RECORD if `stream` is neither
   */
  flush(
    options: { readonly stream?: string; readonly signal?: AbortSignal | undefined } = {},
  ): Promise<FlushSummary> {
    return this.#pipelines.flush(options);
  }

  /** Calls `listener` with each event of that type until the returned handle is disposed of. */
  on<Type extends keyof ProducerEvents>(
    type: Type,
    listener: Listener<ProducerEvents[Type]>,
  ): Disposable {
    return this.#events.on(type, listener);
  }

  /** What the producer holds right now. Costs the same however much that is. */
  stats(): ProducerStats {
    return this.#pipelines.stats(this.#clock.nowMs());
  }

  /**
   * What became of the records, by the KPL's names for it: every series of a metric, or of all, the whole producer's
   * first. Over the producer's life, or the last `windowSeconds` (1 to 60), the current second included. Answers an
   * empty list for what `metrics.level` leaves out; remains available after `close`.
   * @throws KinesisError INVALID_OPTIONS if there is no such metric or window
   */
  metrics(name?: MetricName, windowSeconds?: number): MetricSnapshot[] {
    checkMetricQuery(name, windowSeconds);
    return this.#metrics?.read(name, windowSeconds) ?? [];
  }

  /**
   * Refuses new records, settles those in hand, and frees everything. After `timeoutMs` (from 0 to Infinity, by
   * default 30,000) what is not settled is given up. Further calls resolve with the same summary. Never rejects for a
   * record; a `timeoutMs` that is none rejects, and leaves the producer open.
   * @throws KinesisError INVALID_OPTIONS
   */
  async close(options?: { readonly timeoutMs?: number }): Promise<CloseSummary> {
    if (this.#state.kind === "open") {
      const summary = this.#close(closeTimeoutMs(options));
      this.#state = { kind: "closing", summary };
    }
    return this.#state.summary;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(timeoutMs: number): Promise<CloseSummary> {
    const summary = await this.#pipelines.close(timeoutMs);
    this.#kinesis.close();
    const { abandoned, failed, stored } = summary;
    this.#events.emit("closed", { stored, failed, abandoned: abandoned.length });
    return summary;
  }

  /** Never throws; what is refused at the door is told later, so that callers need not expect it earlier. */
  #put(record: UserRecord, sink: Sink, ticket: number): boolean {
    try {
      const made = transformed(this.#transform, record);
      this.#pipelineOf(made).write(made, sink, ticket);
    } catch (thrown) {
      const error = refusalOf(record, thrown);
      queueMicrotask(() => this.#refuse(record, error, sink, ticket));
    }
    if (this.#pipelines.hasRoom) return true;
    if (this.#draining === undefined) this.#draining = this.#tellWhenDrained();
    return false;
  }

  #pipelineOf(record: UserRecord): ReturnType<Pipelines["of"]> {
    if (this.#state.kind !== "open") throw producerClosed(record);
    return this.#pipelines.of(record);
  }

  /** Records in a row that are written with the same callback share a sink. */
  #sinkOf(onSettled: OnSettled | undefined): Sink {
    if (onSettled === undefined) return NO_SINK;
    if (this.#lastSink?.onSettled !== onSettled) {
      this.#lastSink = new CallbackSink(onSettled, this.#onThrow);
    }
    return this.#lastSink;
  }

  #refuse(record: UserRecord, error: KinesisError, sink: Sink, ticket: number): void {
    const { code, message: reason } = error;
    sink.failed(error, ticket);
    const stream = this.#pipelines.nameOf(record);
    this.#events.emit("recordsFailed", { stream, code, reason, records: 1 });
  }

  async #tellWhenDrained(): Promise<void> {
    await this.#pipelines.ready(undefined);
    this.#draining = undefined;
    this.#events.emit("drained", {});
  }

  async #warnOfSlowTransport(): Promise<void> {
    if (await this.#kinesis.isSlow) this.#events.emit("slowTransport", {});
  }
}

/** There is nobody left to tell that a log throws, and what it is told of must not break because of it. */
function complain(log: Logger, fields: object, what: string): void {
  try {
    log.error(fields, what);
  } catch {}
}

/**
 * Creates a producer.
 * @throws KinesisError INVALID_OPTIONS, with every problem found
 */
export function createProducer(options: ProducerOptions): Producer {
  return new Producer(options);
}
