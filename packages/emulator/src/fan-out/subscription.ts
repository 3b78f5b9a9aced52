// One subscription to a shard: the events that a consumer is pushed. An event is made when the reader asks for
// it, never before, so that a slow reader costs no more than the event in its hands.
//
//   open --- end of the shard or of its time, reader or emulator leaves ---> ended
//   open --- taken over, consumer or stream gone --------------------------> failed
import { apiCallFailed, type KinesisError, TokenBucket } from "@shardline/core";
import { failureOf } from "../api-failures.ts";
import type { ServiceException } from "../service-exception.ts";
import { type NumberedRecord, secondsOf, type Shard } from "../stream/shard.ts";
import type { ReadBounds } from "../stream/shard-log.ts";
import { count, newTally } from "../stream/traffic.ts";
import type { FanOutHome } from "./fan-out-home.ts";
import {
  eventOf,
  lastEventOf,
  millisBehind,
  type SubscribeToShardEvent,
} from "./subscription-event.ts";

/** AWS sends an event at least this often. */
const IDLE_MS = 5000;
/** Idle events of all subscriptions come at multiples of it, so that a thousand of them wake the process only now and then. */
const IDLE_GRID_MS = 250;
/** A timer of the system takes whole milliseconds, and so may fire that much early. */
const TIMER_SLACK_MS = 1;
const MAX_EVENT_RECORDS = 10_000;
/** Data and partition keys of one event; a larger record comes alone. */
const MAX_EVENT_BYTES = 2_097_152;

/** What a subscription reads. */
export interface SubscriptionPlan {
  readonly home: FanOutHome;
  readonly shard: Shard;
  /** The index of the first record to push. */
  readonly startIndex: number;
  /** Called once, when the subscription is no longer open. */
  onEnd(): void;
}

type State =
  | { readonly kind: "open"; readonly lifeTimer: Disposable }
  | { readonly kind: "ended" }
  | { readonly kind: "failed"; readonly error: KinesisError };

type Step =
  | { readonly kind: "push"; readonly event: SubscribeToShardEvent }
  | { readonly kind: "wait"; readonly untilMs: number; readonly isForRecords: boolean };

/** The events of one subscription, for one reader. */
export class Subscription implements AsyncIterableIterator<SubscribeToShardEvent> {
  readonly #plan: SubscriptionPlan;
  readonly #events: AsyncGenerator<SubscribeToShardEvent, undefined>;
  readonly #pace: TokenBucket | undefined;
  readonly #bounds: ReadBounds;
  #state: State;
  #nextIndex: number;
  /** By the monotonic clock. */
  #idleAtMs: number;
  /** The time in the last number that was no record's. */
  #lastSeconds = 0;
  /** Ends the wait that is under way. */
  #wake = (): void => {};
  #forgetSignal = (): void => {};

  constructor(plan: SubscriptionPlan) {
    const { clock, subscriptionMs, pushBytesPerSecond: rate } = plan.home;
    const nowMs = clock.nowMs();
    this.#plan = plan;
    this.#events = this.#run();
    this.#pace = rate === undefined ? undefined : new TokenBucket(rate, rate, nowMs);
    // No event takes more than a second of the pace.
    this.#bounds = {
      maxRecords: MAX_EVENT_RECORDS,
      maxBytes: Math.min(MAX_EVENT_BYTES, rate ?? MAX_EVENT_BYTES),
    };
    this.#nextIndex = plan.startIndex;
    this.#idleAtMs = idleAfter(nowMs);
    this.#state = { kind: "open", lifeTimer: clock.startTimer(subscriptionMs, () => this.end()) };
  }

  /** Ends the subscription as soon as a signal aborts. */
  endWith(signal: AbortSignal): void {
    const onAbort = (): void => this.end();
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort);
    this.#forgetSignal = () => signal.removeEventListener("abort", onAbort);
  }

  /** Ends it cleanly: the reader sees no further event. */
  end(): void {
    this.#leave({ kind: "ended" });
  }

  /** Ends it with an exception, which the reader gets instead of a further event. */
  fail({ name, message }: ServiceException): void {
    const error = apiCallFailed("SubscribeToShard", failureOf(name, message));
    this.#leave({ kind: "failed", error });
  }

  next(): Promise<IteratorResult<SubscribeToShardEvent, undefined>> {
    return this.#events.next();
  }

  return(): Promise<IteratorResult<SubscribeToShardEvent, undefined>> {
    this.end();
    return this.#events.return(undefined);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async *#run(): AsyncGenerator<SubscribeToShardEvent, undefined> {
    while (this.#state.kind === "open") {
      const step = this.#nextStep();
      if (step.kind === "push") yield step.event;
      else await this.#wait(step.untilMs, step.isForRecords);
    }
    if (this.#state.kind === "failed") throw this.#state.error;
    return undefined;
  }

  #nextStep(): Step {
    const { home, shard } = this.#plan;
    const nowMs = home.clock.nowMs();
    shard.trim(home.horizonMs());
    const tally = newTally();
    const records = shard.read(this.#nextIndex, { ...this.#bounds, tally });
    const [first] = records;
    if (first === undefined) return this.#stepAtTip(nowMs);
    const readyAtMs = this.#pace?.readyAtMs(tally.bytes, nowMs) ?? nowMs;
    if (readyAtMs <= nowMs) {
      this.#pace?.take(tally.bytes, nowMs);
      count(shard.traffic.pushed, tally);
      return this.#pushRecords(records, nowMs);
    }
    if (this.#isIdle(nowMs)) return this.#pushNothing(first, nowMs);
    return { kind: "wait", untilMs: Math.min(readyAtMs, this.#idleAtMs), isForRecords: false };
  }

  #stepAtTip(nowMs: number): Step {
    const { closing, nextIndex } = this.#plan.shard;
    // Past records that were trimmed unread.
    this.#nextIndex = Math.max(this.#nextIndex, nextIndex);
    if (closing !== undefined) {
      this.end();
      return { kind: "push", event: lastEventOf([], closing) };
    }
    if (this.#isIdle(nowMs)) return this.#pushNothing(undefined, nowMs);
    return { kind: "wait", untilMs: this.#idleAtMs, isForRecords: true };
  }

  #pushRecords(records: readonly NumberedRecord[], nowMs: number): Step {
    const { home, shard } = this.#plan;
    const last = records.at(-1) as NumberedRecord;
    this.#idleAtMs = idleAfter(nowMs);
    this.#nextIndex = last.index + 1;
    const isAtTip = this.#nextIndex === shard.nextIndex;
    if (isAtTip && shard.closing !== undefined) {
      this.end();
      return { kind: "push", event: lastEventOf(records, shard.closing) };
    }
    const behindMs = isAtTip ? 0 : millisBehind(last.arrivedAtMs, home.clock.wallTimeMs());
    return { kind: "push", event: eventOf(records, last.sequenceNumber, behindMs) };
  }

  #isIdle(nowMs: number): boolean {
    return this.#idleAtMs - nowMs < TIMER_SLACK_MS;
  }

  /** `waiting` is the record that comes next, where there is one. */
  #pushNothing(waiting: NumberedRecord | undefined, nowMs: number): Step {
    const { clock } = this.#plan.home;
    this.#idleAtMs = idleAfter(Math.max(nowMs, this.#idleAtMs));
    const behindMs =
      waiting === undefined ? 0 : millisBehind(waiting.arrivedAtMs, clock.wallTimeMs());
    return { kind: "push", event: eventOf([], this.#numberToGoOn(), behindMs) };
  }

  /** Grows from event to event, even if the wall clock steps back. */
  #numberToGoOn(): string {
    const { home, shard } = this.#plan;
    this.#lastSeconds = Math.max(
      this.#lastSeconds + 1,
      shard.origin.createdSeconds,
      secondsOf(shard.lastChangeMs) + 1,
      secondsOf(home.clock.wallTimeMs()),
    );
    return shard.numberBefore(this.#nextIndex, this.#lastSeconds);
  }

  /** Resolves at a time, when the subscription is over or, if asked for, when there is more to read. */
  #wait(untilMs: number, isForRecords: boolean): Promise<void> {
    const { home, shard } = this.#plan;
    return new Promise((resolve) => {
      const wake = (): void => {
        timer[Symbol.dispose]();
        watch?.[Symbol.dispose]();
        this.#wake = () => {};
        resolve();
      };
      const timer = home.clock.startTimer(untilMs - home.clock.nowMs(), wake);
      const watch = isForRecords ? shard.watch(wake) : undefined;
      this.#wake = wake;
    });
  }

  #leave(next: Exclude<State, { kind: "open" }>): void {
    if (this.#state.kind !== "open") return;
    this.#state.lifeTimer[Symbol.dispose]();
    this.#state = next;
    this.#forgetSignal();
    this.#plan.onEnd();
    this.#wake();
  }
}

/** When nothing has been sent for as long as may be. */
function idleAfter(nowMs: number): number {
  const latestMs = nowMs + IDLE_MS;
  return latestMs - (latestMs % IDLE_GRID_MS);
}
