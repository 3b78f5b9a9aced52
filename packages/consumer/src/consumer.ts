// The public face of the consumer: one promise is a worker's whole life.
import {
  Events,
  type EventSource,
  KinesisError,
  type Listener,
  logEvents,
  type StreamRef,
} from "@shardline/core";
import { defaultLogger } from "@shardline/core/default-logger";
import { CONSUMER_LOG, type ConsumerEvents, REPEATING_MESSAGES } from "./consumer-events.ts";
import type { BatchHandler } from "./batch/handler.ts";
import { PullDesk, type PulledBatch } from "./handling/pull-desk.ts";
import { DynamoDbLeaseTable } from "./lease/dynamodb-lease-table.ts";
import type { LeaseTable } from "./lease/lease-table.ts";
import type { ConsumerOptions } from "./options.ts";
import { type PauseOptions, type PausePlace, pausePlaceOf } from "./pause-options.ts";
import { pulledBatches } from "./pulled-batches.ts";
import { quietRepeats } from "./quiet-repeats.ts";
import { Pauses } from "./shard/pauses.ts";
import { type ResolvedRunOptions, type RunOptions, resolveRunOptions } from "./run-options.ts";
import { type ResolvedConsumerOptions, resolveConsumerOptions } from "./settings.ts";
import { ConsumerStatus } from "./status/consumer-status.ts";
import type { ConsumerHealth } from "./status/health.ts";
import type { ConsumerStats } from "./status/stats.ts";
import { KinesisClients } from "./stream/kinesis-clients.ts";
import { ManyStreams } from "./stream/many-streams.ts";
import { OneStream } from "./stream/one-stream.ts";
import type { StreamsSupplies, WorkerStreams } from "./stream/worker-streams.ts";
import { Worker } from "./worker.ts";

/** A call to the lease table that hangs must not cost a lease. */
const MAX_TABLE_TIMEOUT_MS = 5000;

/** Reads a stream, or many, together with the other workers of its application. */
export class Consumer implements EventSource<ConsumerEvents> {
  readonly #options: ResolvedConsumerOptions;
  readonly #events: Events<ConsumerEvents>;
  readonly #pauses = new Pauses();
  readonly #status: ConsumerStatus;
  #hasRun = false;
  #worker: Worker | undefined;

  /** Use `createConsumer`. */
  constructor(options: ConsumerOptions) {
    this.#options = resolveConsumerOptions(options);
    const { clock, logger = defaultLogger("@shardline/consumer") } = this.#options;
    const log = quietRepeats(logger, REPEATING_MESSAGES, clock);
    this.#events = new Events((error, type) => log.error({ err: error, type }, "a listener threw"));
    logEvents(this.#events, CONSUMER_LOG, log);
    this.#status = new ConsumerStatus({ ...this.#options, events: this.#events });
  }

  /** The worker's name in the lease table. */
  get workerId(): string {
    return this.#options.settings.workerId;
  }

  /** Calls `listener` with each event of that type until the returned handle is disposed of. */
  on<Type extends keyof ConsumerEvents>(
    type: Type,
    listener: Listener<ConsumerEvents[Type]>,
  ): Disposable {
    return this.#events.on(type, listener);
  }

  /**
   * Works until the signal aborts, then drains and resolves. Can be called once.
   * @throws KinesisError STREAM_NOT_FOUND; STREAM_RECREATED; LEASE_TABLE_UNUSABLE, or API_CALL_FAILED where AWS refused a call;
   * FLEET_PROTOCOL; WORKER_ID_IN_USE;
   * CONSUMER_ALREADY_RUN; INVALID_OPTIONS
   */
  async run(options?: RunOptions): Promise<void> {
    const resolved = resolveRunOptions(options);
    const { handler } = this.#options;
    if (handler === undefined) throw noHandler();
    await this.#work(handler, undefined, resolved);
  }

  /**
   * The same work, with batches that are pulled from all shards in place of a handler; the consumer has none. A batch is done
   * when it is acknowledged, in any order; whoever does not pull gets nothing, and reading pauses. Of a shard no further
   * batch comes before its last one is acknowledged or has failed, unless `ordering` and `concurrency` say so.
   *
   * The worker starts with the first pull. Abort of the signal drains it: what was handed out may be acknowledged until
   * `drainTimeoutMs` is over, and the iteration ends. Leaving the loop does the same, and resolves when the leases are given
   * up; the batch of the pass that is left is not waited for. What is not acknowledged is not checkpointed. Errors of the
   * worker are thrown by the iteration. Can be called once, and in place of `run`.
   * @throws KinesisError INVALID_OPTIONS; the iteration as `run` does
   */
  batches(options?: RunOptions): AsyncGenerator<PulledBatch, void, void> {
    const { drainTimeoutMs, signal } = resolveRunOptions(options);
    if (this.#options.handler !== undefined) throw hasHandler();
    const desk = new PullDesk();
    const run = (ending: AbortSignal): Promise<void> =>
      this.#work(desk.handler, desk, { drainTimeoutMs, signal: ending });
    return pulledBatches(desk, run, signal);
  }

  /**
   * Has a shard that is halted try again at once, with all keys that rest. `false` if this worker has no shard of that name
   * that rests just now, or if it has several, of different streams, and `stream` does not say which.
   */
  retryShard(shardId: string, stream?: string): boolean {
    return this.#worker?.endRest(shardId, "retry", stream) ?? false;
  }

  /**
   * Has a shard that is halted go on without the record at which it rests, of several keys the first in the shard, which
   * is lost to the application; `recordsSkipped` tells it. Where it is unknown which record of a batch is at fault, halves of
   * the batch come until it is found, and the shard halts there: nothing else is skipped. `false` if this worker has no shard of that name that
   * rests just now, or if it has several, of different streams, and `stream` does not say which.
   */
  skipRecord(shardId: string, stream?: string): boolean {
    return this.#worker?.endRest(shardId, "skip", stream) ?? false;
  }

  /**
   * Whether the consumer does its work, and what is in the way. Cheap enough for a probe each second: nothing is asked of
   * AWS.
   */
  health(): ConsumerHealth {
    return this.#status.health();
  }

  /** How each shard stands, what became of the records, and what the lease table was asked; as cheap as `health`. */
  stats(): ConsumerStats {
    return this.#status.stats();
  }

  /**
   * Hands out nothing more of a shard, of a stream, or of all, until `resume`. Leases are kept and renewed, reading stops, a batch in
   * hand is finished. May be called before `run`, and for shards that this worker gets later.
   * @throws KinesisError INVALID_OPTIONS
   */
  pause(options?: PauseOptions): void {
    const place = this.#pausePlace("pause", options);
    if (this.#pauses.pause(place.shardId, place.stream)) this.#events.emit("paused", place);
  }

  /**
   * Goes on with a shard, a stream, or all, where it was.
   * @throws KinesisError INVALID_OPTIONS
   */
  resume(options?: PauseOptions): void {
    const place = this.#pausePlace("resume", options);
    if (this.#pauses.resume(place.shardId, place.stream)) this.#events.emit("resumed", place);
  }

  async #work(
    handler: BatchHandler,
    pulls: PullDesk | undefined,
    { drainTimeoutMs, signal }: ResolvedRunOptions,
  ): Promise<void> {
    if (this.#hasRun) throw alreadyRun();
    this.#hasRun = true;
    const { clock, hooks, random, settings } = this.#options;
    using clients = new KinesisClients((stream) => this.#events.emit("slowTransport", { stream }));
    this.#status.begin();
    try {
      using table = this.#openTable();
      this.#events.emit("started", { settings });
      const worker = new Worker(
        {
          clock,
          random,
          settings,
          hooks,
          handler,
          pulls,
          pauses: this.#pauses,
          table: table.table,
          events: this.#events,
          openStreams: (supplies) => this.#openStreams(supplies, clients),
        },
        signal ?? new AbortController().signal,
      );
      this.#worker = worker;
      this.#status.follow(worker);
      await worker.run(drainTimeoutMs);
      this.#status.end({ kind: "stopped" });
    } catch (error) {
      this.#status.end({ kind: "failed", error });
      throw error;
    } finally {
      this.#events.emit("stopped", { workerId: settings.workerId });
    }
  }

  #pausePlace(method: "pause" | "resume", options: PauseOptions | undefined): PausePlace {
    const hasMany = this.#options.streams !== undefined;
    return pausePlaceOf(method, hasMany ? "many-streams" : "one-stream", options);
  }

  #openStreams(supplies: StreamsSupplies, clients: KinesisClients): WorkerStreams {
    const { kinesis, settings, streams } = this.#options;
    if (streams !== undefined) return new ManyStreams({ clients, kinesis, streams }, supplies);
    const stream = settings.stream as StreamRef;
    return new OneStream(stream, clients.open(stream.name, kinesis).api, supplies);
  }

  /** The user's own lease table, or one in DynamoDB with a client that is freed in the end. */
  #openTable(): Disposable & { readonly table: LeaseTable } {
    const { clock, dynamodb, leaseTable, settings } = this.#options;
    if (leaseTable !== undefined) return { table: leaseTable, [Symbol.dispose]: () => undefined };
    const { application, leases } = settings;
    const { failoverMs, table, tableName } = leases;
    const opened = new DynamoDbLeaseTable({
      application,
      clock,
      table,
      tableName,
      dynamodb: dynamodb ?? {},
      timeoutMs: Math.min(MAX_TABLE_TIMEOUT_MS, failoverMs / 2),
      events: this.#events,
    });
    return { table: opened, [Symbol.dispose]: () => opened.close() };
  }
}

/**
 * Creates a consumer; `run` starts it.
 * @throws KinesisError INVALID_OPTIONS, with every problem found
 */
export function createConsumer(options: ConsumerOptions): Consumer {
  return new Consumer(options);
}

function hasHandler(): KinesisError {
  const problem = "batches are pulled from a consumer without processBatch and processRecord";
  return new KinesisError("INVALID_OPTIONS", {
    message: problem,
    isRetryable: false,
    details: { problems: [problem] },
  });
}

function noHandler(): KinesisError {
  return new KinesisError("INVALID_OPTIONS", {
    message:
      "run needs a handler; give createConsumer processBatch or processRecord, or call batches",
    isRetryable: false,
    details: { problems: ["one of processBatch and processRecord is required"] },
  });
}

function alreadyRun(): KinesisError {
  return new KinesisError("CONSUMER_ALREADY_RUN", {
    message: "run was called before; a consumer runs once, create another one",
    isRetryable: false,
    details: {},
  });
}
