// One stream's PutRecords calls, each with a slot (call-slots.ts). A call that is throttled as a whole means a pause
// for all. One that fails in another way means trouble: then one probe at a time is sent, after a growing pause, until
// a call gets through.
//
//   flowing --- a call is throttled ---> throttled --- a later call gets through ---> flowing
//       any --- a call fails otherwise ---> probing --- a call gets through ---> flowing
import {
  type ApiFailure,
  type ApiFailureKind,
  apiCallFailed,
  apiFailureOf,
  type BackoffPlan,
  backoffMs,
  type Clock,
  type EventSink,
  type KinesisApi,
  type KinesisError,
  LinkedSignal,
  type PutRecordsEntry,
  type PutRecordsOutcome,
  type Random,
  type StreamRef,
  untilAborted,
} from "@shardline/core";
import type { ProducerEvents } from "../producer-events.ts";
import type { ProducerSettings } from "../settings.ts";
import type { CallEnd, CallSeat, CallSlots } from "./call-slots.ts";
import type { FailureClassifier } from "./failure-classifier.ts";
import type { Reaction } from "./reaction-plan.ts";
import { type PutRecordsTrace, tracePutRecords } from "./put-records-trace.ts";

/** What became of a call. */
export type CallOutcome = CallTimes &
  (
    | { readonly kind: "answered"; readonly outcomes: readonly PutRecordsOutcome[] }
    | {
        readonly kind: "failed";
        readonly failure: ApiFailure;
        readonly reaction: Reaction;
        /** Since calls began to fail in this way. */
        readonly troubledForMs: number;
      }
  );

interface CallTimes {
  readonly startedAtMs: number;
  readonly endedAtMs: number;
}

export interface SenderOptions {
  readonly kinesis: Pick<KinesisApi, "putRecords">;
  readonly stream: StreamRef;
  readonly settings: Pick<ProducerSettings, "http">;
  readonly clock: Clock;
  readonly random: Random;
  /** Shared with the senders of other streams. */
  readonly slots: CallSlots;
  readonly classifier: FailureClassifier;
  readonly signal: AbortSignal;
  /** It waited for a slot, and there is one: look for something to send soon. */
  readonly onTurn: () => void;
  /** Told of trouble once when it begins, and once when it has passed. */
  readonly events: EventSink<ProducerEvents>;
}

/** Calls fail as a whole. */
interface Trouble {
  readonly kind: "throttled" | "probing";
  readonly sinceMs: number;
  /** The last failure that counted, and when the next call may be made. */
  readonly failedAtMs: number;
  readonly resumeAtMs: number;
  /** How the last call failed, and since when they fail so: each kind of failure has a grace of its own. */
  readonly cause: ApiFailureKind;
  readonly causeSinceMs: number;
  readonly failures: number;
}

/**
 * Longer than a transport of ours takes to give up, which can tell better what happened: this is for clients that were
 * handed in, which may wait for ever, and for credentials that do not come.
 */
const BEYOND_TRANSPORT_MS = 9000;
const SLOWEST_BYTES_PER_SECOND = 262_144;
const TIMED_OUT = "TimeoutError";

/** Before the next call, after calls that failed as a whole. */
const BACKOFF: BackoffPlan = { baseMs: 50, maxMs: 2000 };

/** Whoever asks for more patience than this is not believed: records have a time to live. */
const MAX_RETRY_AFTER_MS = 60_000;

type SenderState = { readonly kind: "flowing" } | Trouble;

export class Sender {
  readonly #options: SenderOptions;
  readonly #seat: CallSeat;
  #state: SenderState = { kind: "flowing" };
  #inFlight = 0;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#seat = options.slots.join(options.onTurn);
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /**
   * When there is something to send: from when on a call may be made. Infinity if only the end of a call tells; then
   * it waits in line for a slot, and must ask again or step back when it is told.
   */
  turnAtMs(): number {
    const { clock } = this.#options;
    const pausedUntilMs = this.#pausedUntilMs;
    if (pausedUntilMs > clock.nowMs()) {
      this.#seat.stepBack();
      return pausedUntilMs;
    }
    return this.#seat.claim() ? pausedUntilMs : Number.POSITIVE_INFINITY;
  }

  /** There is nothing to send: others may have the slot that it waits for. */
  stepBack(): void {
    this.#seat.stepBack();
  }

  /**
   * Makes one call; never rejects. `tries` tells how often the entries were tried before, `describe` what is in the
   * call, to those who trace it.
   */
  async send(
    entries: readonly PutRecordsEntry[],
    tries: () => number,
    describe?: () => PutRecordsTrace,
  ): Promise<CallOutcome> {
    const { clock, classifier } = this.#options;
    const startedAtMs = clock.nowMs();
    this.#inFlight += 1;
    this.#seat.take();
    let end: CallEnd = "other";
    try {
      const outcomes = await tracePutRecords(describe, () => this.#call(entries));
      end = "good";
      this.#flow(startedAtMs);
      return { kind: "answered", outcomes, startedAtMs, endedAtMs: clock.nowMs() };
    } catch (error) {
      const failure = apiFailureOf(error) ?? unknownFailure(error);
      const reaction = classifier.reactionTo(failure, "call", () => tries() + 1);
      if (reaction === "throttle" || failure.awsName === TIMED_OUT) end = "congested";
      const troubledForMs = this.#struggle(failure, reaction, startedAtMs);
      const endedAtMs = clock.nowMs();
      return { kind: "failed", failure, reaction, troubledForMs, startedAtMs, endedAtMs };
    } finally {
      this.#inFlight -= 1;
      this.#seat.free(end, startedAtMs, clock.nowMs());
      if (this.#options.signal.aborted) this.#seat.stepBack();
    }
  }

  get #pausedUntilMs(): number {
    if (this.#state.kind === "flowing") return Number.NEGATIVE_INFINITY;
    const isProbeOut = this.#state.kind === "probing" && this.#inFlight > 0;
    return isProbeOut ? Number.POSITIVE_INFINITY : this.#state.resumeAtMs;
  }

  async #call(entries: readonly PutRecordsEntry[]): Promise<readonly PutRecordsOutcome[]> {
    const { clock, kinesis, settings, signal, stream } = this.#options;
    using limited = new LinkedSignal(signal);
    const timeoutMs = timeoutOf(entries, settings.http.requestTimeoutMs);
    using _ = clock.startTimer(timeoutMs, () => limited.abort(unanswered(timeoutMs)));
    const call = kinesis.putRecords({ stream, entries }, limited.signal);
    const { outcomes } = await untilAborted(call, limited.signal);
    if (outcomes.length !== entries.length) throw miscounted(outcomes.length, entries.length);
    return outcomes;
  }

  /** A call that began before the last throttle says nothing about the pace since. */
  #flow(startedAtMs: number): void {
    const before = this.#state;
    if (before.kind === "flowing") return;
    if (before.kind === "throttled" && startedAtMs <= before.failedAtMs) return;
    if (before.kind === "probing") this.#endTrouble(before);
    this.#state = { kind: "flowing" };
  }

  /** A refused request says nothing about the next one; anything else does. Answers for how long it is so. */
  #struggle(failure: ApiFailure, reaction: Reaction, startedAtMs: number): number {
    if (failure.kind === "rejected" && (reaction === "isolate" || reaction === "fail")) return 0;
    const nowMs = this.#options.clock.nowMs();
    const before = this.#state;
    const isSame = before.kind !== "flowing" && before.cause === failure.kind;
    const causeSinceMs = isSame ? before.causeSinceMs : nowMs;
    // A call that was under way when the last one failed is no new try: its failure is part of that one.
    if (before.kind === "flowing" || startedAtMs > before.failedAtMs) {
      const kind = reaction === "throttle" ? "throttled" : "probing";
      if (kind === "probing" && before.kind !== "probing") this.#beginTrouble(failure);
      if (kind !== "probing" && before.kind === "probing") this.#endTrouble(before);
      this.#pause(kind, failure, causeSinceMs);
    }
    return nowMs - causeSinceMs;
  }

  /** Waits before the next call, longer each time. */
  #pause(kind: Trouble["kind"], failure: ApiFailure, causeSinceMs: number): void {
    const { clock, random } = this.#options;
    const before = this.#state;
    const nowMs = clock.nowMs();
    const failures = before.kind === "flowing" ? 1 : before.failures + 1;
    const askedMs = Math.min(failure.retryAfterMs ?? 0, MAX_RETRY_AFTER_MS);
    this.#state = {
      kind,
      sinceMs: before.kind === kind ? before.sinceMs : nowMs,
      failedAtMs: nowMs,
      resumeAtMs: nowMs + Math.max(askedMs, backoffMs(BACKOFF, failures, random)),
      cause: failure.kind,
      causeSinceMs,
      failures,
    };
  }

  #beginTrouble({ awsName, reason }: ApiFailure): void {
    const { events, stream } = this.#options;
    events.emit("troubled", { stream: stream.name, awsName, reason });
  }

  #endTrouble({ sinceMs }: Trouble): void {
    const { clock, events, stream } = this.#options;
    events.emit("recovered", { stream: stream.name, troubledForMs: clock.nowMs() - sinceMs });
  }
}

/** A large call takes its time on a slow line, and would only be repeated if it were cut short. */
function timeoutOf(entries: readonly PutRecordsEntry[], requestTimeoutMs: number): number {
  const bytes = entries.reduce((sum, { data }) => sum + data.length, 0);
  const transportMs = 1000 + (bytes / SLOWEST_BYTES_PER_SECOND) * 1000;
  return Math.max(requestTimeoutMs, transportMs) + BEYOND_TRANSPORT_MS;
}

function unanswered(timeoutMs: number): KinesisError {
  return apiCallFailed("PutRecords", {
    kind: "transient",
    awsName: TIMED_OUT,
    reason: `no answer within ${Math.round(timeoutMs)} ms`,
    isAmbiguous: true,
  });
}

/** Which entry an outcome belongs to cannot be told any more, so all of them are in doubt. */
function miscounted(outcomes: number, entries: number): KinesisError {
  return apiCallFailed("PutRecords", {
    kind: "transient",
    awsName: "AnswerMismatch",
    reason: `${outcomes} outcomes for ${entries} entries`,
    isAmbiguous: true,
  });
}

/** A port that throws anything else is broken; whether the call took effect is unknown. */
function unknownFailure(error: unknown): ApiFailure {
  return {
    kind: "transient",
    awsName: error instanceof Error ? error.name : typeof error,
    reason: error instanceof Error ? error.message : String(error),
    isAmbiguous: true,
  };
}
