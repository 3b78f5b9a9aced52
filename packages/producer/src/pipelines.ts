// The streams of a producer: a pipeline for each, made when the first record for it comes. They share the buffer
// and the slots for calls.
import {
  type Clock,
  type Events,
  type KinesisApi,
  KinesisError,
  parseStreamRef,
  type Random,
  type StreamRef,
  untilAborted,
  type UserRecord,
} from "@shardline/core";
import { signalOf } from "./call-options.ts";
import { CallSlots } from "./call/call-slots.ts";
import { Admission } from "./intake/admission.ts";
import type { WaitingRecord } from "./intake/waiting-record.ts";
import { Pipeline } from "./pipeline.ts";
import type { ProducerEvents } from "./producer-events.ts";
import type { ProducerStats } from "./producer-stats.ts";
import type { FlushSummary } from "./settle/flush-barrier.ts";
import type { ProducerSettings } from "./settings.ts";

/** What became of the records of a closed producer. */
export interface CloseSummary {
  /** Records stored, over the producer's whole life. */
  readonly stored: number;
  /** Records that were settled with an error, the abandoned ones included. */
  readonly failed: number;
  /** Records that were given up because the time was over or a fault stopped the producer; each `put` rejected with PRODUCER_CLOSED. */
  readonly abandoned: readonly UserRecord[];
}

export interface PipelinesOptions {
  readonly settings: ProducerSettings;
  readonly kinesis: KinesisApi;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: Events<ProducerEvents>;
}

export class Pipelines {
  readonly #options: PipelinesOptions;
  readonly #admission: Admission<WaitingRecord>;
  readonly #slots: CallSlots;
  /** By the name or ARN that records call them. */
  readonly #byName = new Map<string, Pipeline>();
  /** Of the producer's own stream. */
  readonly #own: Pipeline | undefined;

  constructor(options: PipelinesOptions) {
    const { buffer, maxInFlightRequests, stream } = options.settings;
    this.#options = options;
    this.#admission = new Admission(buffer);
    this.#slots = new CallSlots(maxInFlightRequests);
    if (stream !== undefined) this.#own = this.#open(nameIn(stream), stream, undefined);
  }

  /** How it stands; costs the same however much is outstanding. */
  stats(nowMs: number): ProducerStats {
    const { bytes, firstWaiting, outstanding } = this.#admission;
    let inFlightCalls = 0;
    let oldestAtMs = firstWaiting?.pending.acceptedAtMs ?? Number.POSITIVE_INFINITY;
    for (const pipeline of this.#byName.values()) {
      inFlightCalls += pipeline.inFlight;
      if (outstanding > 0) oldestAtMs = Math.min(oldestAtMs, pipeline.oldestAtMs);
    }
    return Object.freeze({
      outstandingRecords: outstanding,
      outstandingBytes: bytes,
      oldestRecordAgeMs: oldestAtMs === Number.POSITIVE_INFINITY ? 0 : nowMs - oldestAtMs,
      inFlightCalls,
      isFull: !this.hasRoom,
    });
  }

  get hasRoom(): boolean {
    return this.#admission.isOpenFor(0);
  }

  /**
   * The pipeline of the stream that a record is for.
   * @throws KinesisError INVALID_RECORD
   */
  of(record: UserRecord): Pipeline {
    // Callers without types may hand in nothing at all, which is refused further on.
    const name = (record as UserRecord | undefined)?.stream;
    const known = name === undefined ? this.#own : this.#byName.get(name);
    if (known !== undefined) return known;
    const stream = typeof name === "string" ? parseStreamRef(name) : undefined;
    if (stream === undefined) throw noStream("put", name);
    return this.#open(name as string, stream, name);
  }

  /**
   * The stream of that name or ARN; the producer's own without one.
   * @throws KinesisError INVALID_RECORD
   */
  refOf(name: string | undefined): StreamRef {
    const { stream: own } = this.#options.settings;
    const isOwn = name === undefined || (own !== undefined && name === nameIn(own));
    const stream = isOwn ? own : parseStreamRef(name);
    if (stream === undefined) throw noStream("checkAccess", name);
    return stream;
  }

  /** The stream that a record is for, as events name it. */
  nameOf(record: UserRecord): string {
    const own = this.#options.settings.stream?.name ?? "";
    try {
      return String((record as UserRecord | undefined)?.stream ?? own);
    } catch {
      return own; // A record that cannot even be read.
    }
  }

  /** Resolves when the buffer has room. */
  ready(signal: AbortSignal | undefined): Promise<void> {
    return this.#admission.ready(signal);
  }

  /** Resolves when everything put so far is settled. */
  async flush(options: {
    readonly stream?: string;
    readonly signal?: AbortSignal | undefined;
  }): Promise<FlushSummary> {
    const signal = signalOf("flush", options);
    const { stream } = options;
    const flushed = Promise.all(this.#chosen(stream).map((pipeline) => pipeline.flush()));
    const summaries = await (signal === undefined ? flushed : untilAborted(flushed, signal));
    return summaries.reduce(sum, { stored: 0, failed: 0 });
  }

  /** Settles everything within `timeoutMs`, gives up the rest, and ends all background work. */
  async close(timeoutMs: number): Promise<CloseSummary> {
    const ends = await Promise.all(this.#chosen().map((pipeline) => pipeline.close(timeoutMs)));
    const { failed, stored } = ends.reduce<FlushSummary>(sum, { stored: 0, failed: 0 });
    const abandoned = ends.flatMap((end) => end.abandoned);
    return { stored, failed, abandoned };
  }

  #chosen(name?: string): Pipeline[] {
    const all = [...this.#byName.values()];
    if (name === undefined) return all;
    const stream = parseStreamRef(name);
    if (stream === undefined) throw noStream("flush", name);
    return all.filter((pipeline) => mayBeSame(pipeline.stream, stream));
  }

  #open(name: string, stream: StreamRef, calledBy: string | undefined): Pipeline {
    const pipeline = new Pipeline({
      ...this.#options,
      stream,
      calledBy,
      admission: this.#admission,
      slots: this.#slots,
    });
    this.#byName.set(name, pipeline);
    return pipeline;
  }
}

/** What the options call the producer's own stream. */
function nameIn({ arn, name }: StreamRef): string {
  return arn ?? name;
}

/** Nobody knows the account that a name without an ARN is looked up in: better to flush one too many. */
function mayBeSame(a: StreamRef, b: StreamRef): boolean {
  return a.name === b.name && (a.arn === undefined || b.arn === undefined || a.arn === b.arn);
}

function sum(a: FlushSummary, b: FlushSummary): FlushSummary {
  return { stored: a.stored + b.stored, failed: a.failed + b.failed };
}

function noStream(call: string, name: unknown): KinesisError<"INVALID_RECORD"> {
  const who = call === "put" ? "the record" : "the call";
  const problem =
    name === undefined
      ? `${who} has no stream: name one in it, or in the producer's options`
      : `${who}'s stream is neither the name nor the ARN of one`;
  return new KinesisError("INVALID_RECORD", {
    message: `${call} rejected: ${problem}`,
    isRetryable: false,
    details: { field: "stream" },
  });
}
