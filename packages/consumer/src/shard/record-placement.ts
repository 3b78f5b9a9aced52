// Who decides which shard a record goes to: its keys, or the service, wherever it likes. A stream may change over at any
// time, and what is left out because its keys belong to another shard is not read again. So before anything is left out the
// stream is asked, by all shards of a worker together, and with a pause in between.
import {
  apiFailureOf,
  type Clock,
  type KinesisApi,
  sleep,
  type StreamRef,
  type StreamSummary,
  untilAborted,
} from "@shardline/core";
import { isSilence } from "./silent-stream.ts";

export interface RecordPlacementOptions {
  readonly kinesis: Pick<KinesisApi, "describeStreamSummary">;
  readonly stream: StreamRef;
  readonly clock: Clock;
  /** Ends calls, and pauses between them. */
  readonly signal: AbortSignal;
  /** Hears each time what the stream says about itself, and is to tell `note`. */
  readonly onDescribed: (summary: StreamSummary) => void;
}

/** Between two calls: an account may make twenty a second. */
const PAUSE_MS = 2000;
const HOUR_MS = 3_600_000;

export class RecordPlacement {
  readonly #options: RecordPlacementOptions;
  #anywhereUntilMs = Number.NEGATIVE_INFINITY;
  /** When the last call that was answered was sent. */
  #answeredAskMs = Number.NEGATIVE_INFINITY;
  #askedAtMs = Number.NEGATIVE_INFINITY;
  /** A call that is not sent yet: it answers everybody who asks until then. */
  #next: Promise<void> | undefined;
  #last: Promise<void> = Promise.resolve();

  constructor(options: RecordPlacementOptions) {
    this.#options = options;
  }

  /** Whether records may be in any shard: the service places them, or did as long ago as the stream keeps them. */
  get isAnywhere(): boolean {
    return this.#options.clock.nowMs() < this.#anywhereUntilMs;
  }

  /** When the stream was asked last, by the monotonic clock; what was read before is known about. */
  get askedAtMs(): number {
    return this.#answeredAskMs;
  }

  /** What the stream says about itself. */
  note({ distribution, retentionHours }: StreamSummary): void {
    if (distribution !== "service-managed") return;
    this.#anywhereUntilMs = this.#options.clock.nowMs() + retentionHours * HOUR_MS;
  }

  /**
   * Resolves when the stream was asked after this was called, or does not tell what it is asked; rejects when the call fails in passing, and
   * with the signal's reason when it aborts.
   */
  refresh(signal: AbortSignal): Promise<void> {
    this.#next ??= this.#queue();
    return untilAborted(this.#next, signal);
  }

  #queue(): Promise<void> {
    const call = this.#askAfter(this.#last);
    this.#last = call.catch(() => undefined);
    return call;
  }

  async #askAfter(before: Promise<void>): Promise<void> {
    const { clock, kinesis, onDescribed, signal, stream } = this.#options;
    await before;
    const pauseMs = this.#askedAtMs + PAUSE_MS - clock.nowMs();
    if (pauseMs > 0) await sleep(clock, pauseMs, signal);
    // Whoever comes from here on has read something that this answer may not know of.
    this.#next = undefined;
    const askedAtMs = clock.nowMs();
    this.#askedAtMs = askedAtMs;
    try {
      onDescribed(await kinesis.describeStreamSummary({ stream }, signal));
    } catch (error) {
      const kind = apiFailureOf(error)?.kind;
      if (kind === undefined || !isSilence(kind)) throw error;
    }
    this.#answeredAskMs = askedAtMs;
  }
}
