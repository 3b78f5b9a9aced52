// PutRecords calls, so many at a time. A call that fails as a whole means trouble for all: then one probe at
// a time is sent, after a growing pause, until a call gets through.
//
//   flowing --- a call fails as a whole ---> troubled --- a call gets through ---> flowing
import {
  type ApiFailure,
  type ApiFailureKind,
  apiCallFailed,
  apiFailureOf,
  type BackoffPlan,
  backoffMs,
  type Clock,
  type KinesisApi,
  type KinesisError,
  LinkedSignal,
  type PutRecordsEntry,
  type PutRecordsOutcome,
  type Random,
  type StreamRef,
  untilAborted,
} from "@shardline/core";

/** What became of a call. */
export type CallOutcome = CallTimes &
  (
    | { readonly kind: "answered"; readonly outcomes: readonly PutRecordsOutcome[] }
    | {
        readonly kind: "failed";
        readonly failure: ApiFailure;
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
  readonly clock: Clock;
  readonly random: Random;
  readonly maxInFlightRequests: number;
  /** Between probes. */
  readonly backoff: BackoffPlan;
  readonly signal: AbortSignal;
  /** Hears of trouble once when it begins, and once when it has passed. */
  readonly onTrouble: (failure: ApiFailure) => void;
  readonly onRecovery: (troubledForMs: number) => void;
}

/** Calls fail as a whole. */
interface Trouble {
  readonly sinceMs: number;
  /** How the last probe failed, and since when they fail so: each kind of failure has a grace of its own. */
  readonly cause: ApiFailureKind;
  readonly causeSinceMs: number;
  readonly failures: number;
}

/**
 * Longer than connecting and answering may take on a transport of ours: this is for clients that were handed in, which
 * may wait for ever.
 */
const LEAST_TIMEOUT_MS = 15_000;
const SLOWEST_BYTES_PER_SECOND = 262_144;

type SenderState =
  | { readonly kind: "flowing" }
  | (Trouble & { readonly kind: "troubled"; readonly resumeAtMs: number });

export class Sender {
  readonly #options: SenderOptions;
  #state: SenderState = { kind: "flowing" };
  #inFlight = 0;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** When the next call may start; Infinity if first an answer has to come. */
  get readyAtMs(): number {
    const isTroubled = this.#state.kind === "troubled";
    const slots = isTroubled ? 1 : this.#options.maxInFlightRequests;
    if (this.#inFlight >= slots) return Number.POSITIVE_INFINITY;
    return this.#state.kind === "troubled" ? this.#state.resumeAtMs : Number.NEGATIVE_INFINITY;
  }

  /** Makes one call; never rejects. */
  async send(entries: readonly PutRecordsEntry[]): Promise<CallOutcome> {
    const { clock, kinesis, signal, stream } = this.#options;
    const startedAtMs = clock.nowMs();
    this.#inFlight += 1;
    try {
      using limited = new LinkedSignal(signal);
      const timeoutMs = timeoutOf(entries);
      using _ = clock.startTimer(timeoutMs, () => limited.abort(unanswered(timeoutMs)));
      const call = kinesis.putRecords({ stream, entries }, limited.signal);
      const { outcomes } = await untilAborted(call, limited.signal);
      if (outcomes.length !== entries.length) throw miscounted(outcomes.length, entries.length);
      this.#flow();
      return { kind: "answered", outcomes, startedAtMs, endedAtMs: clock.nowMs() };
    } catch (error) {
      const failure = apiFailureOf(error) ?? unknownFailure(error);
      const troubledForMs = this.#struggle(failure, startedAtMs);
      return { kind: "failed", failure, troubledForMs, startedAtMs, endedAtMs: clock.nowMs() };
    } finally {
      this.#inFlight -= 1;
    }
  }

  #flow(): void {
    if (this.#state.kind === "flowing") return;
    this.#options.onRecovery(this.#options.clock.nowMs() - this.#state.sinceMs);
    this.#state = { kind: "flowing" };
  }

  /** A refused request says nothing about the next one; anything else does. */
  #struggle(failure: ApiFailure, startedAtMs: number): number {
    if (failure.kind === "rejected") return 0;
    const nowMs = this.#options.clock.nowMs();
    const before = this.#state;
    if (before.kind === "flowing") {
      this.#pause({ sinceMs: nowMs, cause: failure.kind, causeSinceMs: nowMs, failures: 1 });
      this.#options.onTrouble(failure);
      return 0;
    }
    const causeSinceMs = before.cause === failure.kind ? before.causeSinceMs : nowMs;
    // A call that was under way when the trouble began is no probe: its failure is part of the first.
    if (startedAtMs > before.sinceMs) {
      this.#pause({ ...before, cause: failure.kind, causeSinceMs, failures: before.failures + 1 });
    }
    return nowMs - causeSinceMs;
  }

  /** Waits before the next probe, longer each time. */
  #pause(trouble: Trouble): void {
    const { backoff, clock, random } = this.#options;
    const resumeAtMs = clock.nowMs() + backoffMs(backoff, trouble.failures, random);
    this.#state = { ...trouble, kind: "troubled", resumeAtMs };
  }
}

/** A large call takes its time on a slow line, and would only be repeated if it were cut short. */
function timeoutOf(entries: readonly PutRecordsEntry[]): number {
  const bytes = entries.reduce((sum, { data }) => sum + data.length, 0);
  return Math.max(LEAST_TIMEOUT_MS, 1000 + (bytes / SLOWEST_BYTES_PER_SECOND) * 1000);
}

function unanswered(timeoutMs: number): KinesisError {
  return apiCallFailed("PutRecords", {
    kind: "transient",
    awsName: "TimeoutError",
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
