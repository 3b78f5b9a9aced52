// The public face of the producer.
import { type OpenKinesis, openKinesis } from "@shardline/aws";
import {
  Events,
  type EventSource,
  KinesisError,
  type Listener,
  logEvents,
  systemClock,
  systemRandom,
  type UserRecord,
} from "@shardline/core";
import { defaultLogger } from "@shardline/core/default-logger";
import type { ProducerOptions } from "./options.ts";
import { resolveProducerOptions } from "./settings.ts";
import { Pipeline } from "./pipeline.ts";
import { PRODUCER_LOG, type ProducerEvents } from "./producer-events.ts";
import type { Receipt } from "./record/receipt.ts";
import { userRecordOf } from "./settle/undelivered.ts";

/** How long `close` waits unless told otherwise. */
const DEFAULT_CLOSE_TIMEOUT_MS = 30_000;

/** What became of the records of a closed producer. */
export interface CloseSummary {
  /** Records stored, over the producer's whole life. */
  readonly stored: number;
  /** Records that were settled with an error, the abandoned ones included. */
  readonly failed: number;
  /** Records that were given up because the time was over; each `put` rejected with PRODUCER_CLOSED. */
  readonly abandoned: readonly UserRecord[];
}

type ProducerState =
  | { readonly kind: "open" }
  | { readonly kind: "closing"; readonly summary: Promise<CloseSummary> };

/** Puts records into one stream. */
export class Producer implements EventSource<ProducerEvents>, AsyncDisposable {
  readonly #events: Events<ProducerEvents>;
  readonly #kinesis: OpenKinesis;
  readonly #pipeline: Pipeline;
  readonly #stream: string;
  #state: ProducerState = { kind: "open" };

  /** Use `createProducer`. */
  constructor(options: ProducerOptions) {
    const { clock, kinesis, logger, random, ...settings } = resolveProducerOptions(options);
    const log = logger ?? defaultLogger("@shardline/producer");
    this.#events = new Events((error, type) => log.error({ err: error, type }, "a listener threw"));
    logEvents(this.#events, PRODUCER_LOG, log);
    this.#kinesis = openKinesis(kinesis, { maxSockets: settings.maxInFlightRequests });
    this.#stream = settings.stream.name;
    this.#pipeline = new Pipeline({
      settings,
      kinesis: this.#kinesis.api,
      clock: clock ?? systemClock,
      random: random ?? systemRandom,
      events: this.#events,
    });
    queueMicrotask(() => this.#events.emit("started", { settings }));
    void this.#warnOfSlowTransport();
  }

  /**
   * Puts a record. Resolves with the receipt once Kinesis has stored it; waits while the buffer is full.
   * @throws KinesisError INVALID_RECORD, RECORD_TOO_LARGE, RECORD_EXPIRED, RECORD_REJECTED, PRODUCER_CLOSED
   */
  put(record: UserRecord): Promise<Receipt> {
    return this.#state.kind === "open"
      ? this.#pipeline.put(record)
      : Promise.reject(this.#closed());
  }

  /**
   * The back-pressure: resolves when the buffer has room. Abort of `signal` rejects with its reason.
   * @throws KinesisError PRODUCER_CLOSED
   */
  ready(options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    if (this.#state.kind !== "open") return Promise.reject(this.#closed());
    return this.#pipeline.ready(options.signal);
  }

  /** Sends everything without waiting for company; resolves when all that was put so far is settled. */
  flush(): Promise<void> {
    return this.#pipeline.flush();
  }

  /** Calls `listener` with each event of that type until the returned handle is disposed of. */
  on<Type extends keyof ProducerEvents>(
    type: Type,
    listener: Listener<ProducerEvents[Type]>,
  ): Disposable {
    return this.#events.on(type, listener);
  }

  /**
   * Refuses new records, settles those in hand, and frees everything. After `timeoutMs` (by default 30,000)
   * what is not settled is given up. Further calls resolve with the same summary; never rejects.
   */
  close(options: { readonly timeoutMs?: number } = {}): Promise<CloseSummary> {
    if (this.#state.kind === "open") {
      const summary = this.#close(options.timeoutMs ?? DEFAULT_CLOSE_TIMEOUT_MS);
      this.#state = { kind: "closing", summary };
    }
    return this.#state.summary;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(timeoutMs: number): Promise<CloseSummary> {
    const { abandoned, failed, stored } = await this.#pipeline.close(timeoutMs);
    this.#kinesis.close();
    const stream = this.#stream;
    this.#events.emit("closed", { stream, stored, failed, abandoned: abandoned.length });
    return { stored, failed, abandoned: abandoned.map(userRecordOf) };
  }

  async #warnOfSlowTransport(): Promise<void> {
    if (await this.#kinesis.isSlow) this.#events.emit("slowTransport", { stream: this.#stream });
  }

  #closed(): KinesisError {
    return new KinesisError("PRODUCER_CLOSED", {
      message: `put rejected: the producer for stream ${this.#stream} is closed`,
      isRetryable: false,
      details: {},
    });
  }
}

/**
 * Creates a producer for one stream.
 * @throws KinesisError INVALID_OPTIONS, with every problem found
 */
export function createProducer(options: ProducerOptions): Producer {
  return new Producer(options);
}
