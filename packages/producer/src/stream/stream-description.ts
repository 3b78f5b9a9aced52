// Loop: asks a stream what it is, at the start, every ten minutes as long as somebody puts, and when a landing cannot be
// explained. DescribeStreamSummary is limited to 20 calls a second for a whole account, so no record waits for it but
// those that can only be judged by the answer.
import {
  type ApiFailure,
  apiFailureOf,
  type Clock,
  type KinesisApi,
  KinesisError,
  LinkedSignal,
  type Loop,
  type LoopNext,
  type Random,
  sleep,
  startLoop,
  type StreamRef,
  untilAborted,
} from "@shardline/core";
import type { ProducerSettings } from "../settings.ts";
import { statedLimit } from "./stated-limit.ts";
import { assumedFacts, describedFacts, type StreamFacts } from "./stream-facts.ts";
import { limitsOf, type StreamLimits, widestLimitsOf } from "./stream-limits.ts";

/** Give or take a fifth, so that producers that were started together do not ask together. */
const MAX_AGE_MS = 600_000;
/** Between calls, whatever gives reason for them. */
const MIN_GAP_MS = 5000;
const GAP_GROWTH = 1.5;
const MAX_GAP_MS = 60_000;
const UNTIL_WOKEN: LoopNext = { afterMs: Number.POSITIVE_INFINITY };

export interface DescriptionOptions {
  readonly kinesis: Pick<KinesisApi, "describeStreamSummary">;
  readonly stream: StreamRef;
  readonly settings: ProducerSettings;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  /** Something is other than it was; says also when the stream was asked last. */
  readonly onChange: (facts: StreamFacts, before: StreamFacts, askedAtMs: number) => void;
  /** The stream could not be described, and could be before, or it is the first time. */
  readonly onFailure: (error: unknown) => void;
}

/** What one stream is, as far as it is known. */
export class StreamDescription {
  readonly #options: DescriptionOptions;
  readonly #loop: Loop | undefined;
  readonly #answered = new LinkedSignal();
  #facts: StreamFacts;
  #limits: StreamLimits;
  #widestLimits: StreamLimits;
  #askedAtMs = Number.NEGATIVE_INFINITY;
  #gapMs = MIN_GAP_MS;
  #dueAtMs: number;
  /** What may still be added to that, by chance, once it has come; nothing is drawn before. */
  #slackMs = 0;
  #isFailing = false;
  #isKnown = false;

  constructor(options: DescriptionOptions) {
    const { clock, settings, signal } = options;
    this.#options = options;
    this.#facts = assumedFacts(settings);
    this.#limits = limitsOf(this.#facts);
    this.#widestLimits = widestLimitsOf(settings);
    const isNeeded = needsDescription(settings);
    this.#dueAtMs = isNeeded ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
    if (!isNeeded) {
      this.#answer();
      return;
    }
    this.#loop = startLoop({
      name: "stream description",
      clock,
      signal,
      step: (stopped) => this.#step(stopped),
      backoffMs: () => undefined,
    });
  }

  /** Ends with the signal. */
  get done(): Promise<void> {
    return this.#loop?.done ?? Promise.resolve();
  }

  get facts(): StreamFacts {
    return this.#facts;
  }

  /** What the stream takes: 1 MiB in a record as long as nobody has told. */
  get limits(): StreamLimits {
    return this.#limits;
  }

  /** The most that it could turn out to take; the same once it is known. */
  get widestLimits(): StreamLimits {
    return this.#widestLimits;
  }

  /** Whether the first question was answered, one way or the other; until then the facts are assumptions. */
  get isKnown(): boolean {
    return this.#isKnown;
  }

  /** Resolves when it is known, or after `maxWaitMs`, or when the producer ends. */
  async untilKnown(maxWaitMs: number): Promise<void> {
    const { clock, signal } = this.#options;
    using either = new LinkedSignal(signal, this.#answered.signal);
    await sleep(clock, maxWaitMs, either.signal).catch(() => undefined);
  }

  /** Somebody puts: what has grown old is asked again. */
  want(nowMs: number): void {
    if (nowMs >= this.#dueAtMs) this.#loop?.wake();
  }

  /** Something does not fit: ask now. */
  doubt(): void {
    if (this.#loop === undefined) return;
    this.#dueAtMs = Number.NEGATIVE_INFINITY;
    this.#slackMs = 0;
    this.#loop.wake();
  }

  /** A landing has proved that the service places records itself. */
  noteServicePlacement(): void {
    if (this.#options.settings.distribution !== "detect") return;
    this.#change({ ...this.#facts, distribution: "service-managed" });
  }

  /** A call was refused: it may say how large a record may be. */
  learn(failure: ApiFailure): void {
    const bytes = statedLimit(failure);
    if (bytes === undefined || this.#options.settings.maxRecordBytes !== "auto") return;
    if (bytes < this.#facts.maxRecordBytes) this.#change({ ...this.#facts, maxRecordBytes: bytes });
  }

  /**
   * Refuses a stream that cannot do what was asked for.
   * @throws KinesisError INVALID_OPTIONS
   */
  requireUsable(): void {
    const { settings, stream } = this.#options;
    if (!settings.isOrderRequired || !this.#limits.isKeyOptional) return;
    const problem =
      `ordering "partition-key" cannot be kept on stream ${stream.name}, whose records the service places itself; ` +
      `leave ordering out, or set the stream's record distribution strategy to USER_PARTITION_KEY`;
    throw new KinesisError("INVALID_OPTIONS", {
      message: `put rejected: ${problem}`,
      isRetryable: false,
      details: { problems: [problem] },
    });
  }

  async #step(signal: AbortSignal): Promise<LoopNext> {
    const { clock, kinesis, settings, stream } = this.#options;
    const nowMs = clock.nowMs();
    if (nowMs < this.#dueAtMs || !this.#isDue(nowMs)) return UNTIL_WOKEN;
    this.#askedAtMs = nowMs;
    try {
      const summary = await untilAborted(kinesis.describeStreamSummary({ stream }, signal), signal);
      this.#isFailing = false;
      this.#gapMs = MIN_GAP_MS;
      this.#change(describedFacts(summary, settings));
      this.#answer();
      return this.#postpone(MAX_AGE_MS);
    } catch (error) {
      signal.throwIfAborted();
      return this.#fail(error);
    }
  }

  #answer(): void {
    this.#isKnown = true;
    this.#widestLimits = this.#limits;
    this.#answered.abort(undefined);
  }

  #fail(error: unknown): LoopNext {
    const { onFailure } = this.#options;
    if (!this.#isFailing) onFailure(error);
    this.#isFailing = true;
    this.#answer();
    this.#gapMs = Math.min(MAX_GAP_MS, this.#gapMs * GAP_GROWTH);
    // Permissions change rarely, and the call may be paid for by others of the account.
    return this.#postpone(apiFailureOf(error)?.kind === "denied" ? MAX_AGE_MS : this.#gapMs);
  }

  /** Puts it off once more where it has to be; no timer: whoever puts then asks again. */
  #isDue(nowMs: number): boolean {
    const slackMs = this.#slackMs === 0 ? 0 : this.#slackMs * this.#options.random.next();
    this.#slackMs = 0;
    this.#dueAtMs = Math.max(this.#askedAtMs + this.#gapMs, this.#dueAtMs + slackMs);
    return nowMs >= this.#dueAtMs;
  }

  #postpone(waitMs: number): LoopNext {
    this.#dueAtMs = this.#options.clock.nowMs() + 0.8 * waitMs;
    this.#slackMs = 0.4 * waitMs;
    return UNTIL_WOKEN;
  }

  #change(facts: StreamFacts): void {
    const before = this.#facts;
    this.#facts = facts;
    this.#limits = limitsOf(facts);
    if (this.#isKnown) this.#widestLimits = this.#limits;
    const keys = ["distribution", "maxRecordBytes", "openShardCount", "createdAtMs"] as const;
    if (keys.every((key) => facts[key] === before[key])) return;
    this.#options.onChange(facts, before, this.#askedAtMs);
  }
}

/** Whether the description could change anything. */
function needsDescription({ distribution, maxRecordBytes, rateLimit }: ProducerSettings): boolean {
  const needsShardCount = distribution === "service-managed" && rateLimit !== false;
  return distribution === "detect" || maxRecordBytes === "auto" || needsShardCount;
}
