// One subscription to a shard, from the call to its end, event by event and never ahead of the reader: what nobody asks
// for stays in the connection, whose window then closes.
import {
  apiFailureOf,
  type Clock,
  type FanOutApi,
  LinkedSignal,
  type SubscribeToShardRequest,
  type SubscriptionEvent,
  untilAborted,
} from "@shardline/core";
import { Patience } from "./patience.ts";
import type { SubscriptionEnd, SubscriptionLife } from "./subscription-plan.ts";

/** The service sends an event every 5 seconds at least, with or without records. */
const SILENT_AFTER_MS = 20_000;
/** The service ends every subscription after 5 minutes; one that nobody reads is given up before. */
const STALLED_AFTER_MS = 240_000;

const SILENT = Symbol("silent");
const STALLED = Symbol("stalled");
const LEFT = Symbol("left");

/** What the next step of a subscription is: an event, or its end. */
export type SubscriptionStep =
  | { readonly kind: "event"; readonly event: SubscriptionEvent }
  | { readonly kind: "over"; readonly end: SubscriptionEnd };

export class OpenSubscription implements Disposable {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #link: LinkedSignal;
  readonly #patience: Patience;
  readonly #triedAtMs: number;
  #acceptedAtMs: number | undefined;
  #events: AsyncIterator<SubscriptionEvent> | undefined;
  #endedAtMs: number | undefined;
  #eventCount = 0;

  /** Abort of `signal` ends it at any time. */
  constructor(clock: Clock, signal: AbortSignal) {
    this.#clock = clock;
    this.#signal = signal;
    this.#link = new LinkedSignal(signal);
    this.#patience = new Patience(clock);
    this.#triedAtMs = clock.nowMs();
    this.#link.signal.addEventListener("abort", () => this.#end(), { once: true });
  }

  /** How it ended, if it was not accepted; rejects with the signal's reason when that aborts. */
  async open(
    kinesis: Pick<FanOutApi, "subscribeToShard">,
    request: SubscribeToShardRequest,
  ): Promise<SubscriptionEnd | undefined> {
    this.#bearFor(SILENT_AFTER_MS, SILENT);
    try {
      const { signal } = this.#link;
      const events = await untilAborted(kinesis.subscribeToShard(request, signal), signal);
      this.#events = events[Symbol.asyncIterator]();
      this.#acceptedAtMs = this.#clock.nowMs();
      this.#bearFor(STALLED_AFTER_MS, STALLED);
      return undefined;
    } catch (error) {
      return this.#endWith(error);
    }
  }

  /** Rejects with the signal's reason when that aborts. */
  async next(): Promise<SubscriptionStep> {
    this.#bearFor(SILENT_AFTER_MS, SILENT);
    const { signal } = this.#link;
    try {
      // Not every connection that is cut off notices it.
      const next = await untilAborted(this.#iterate(), signal);
      signal.throwIfAborted();
      if (next.done === true) return { kind: "over", end: { kind: "ended" } };
      this.#eventCount += 1;
      this.#bearFor(STALLED_AFTER_MS, STALLED);
      return { kind: "event", event: next.value };
    } catch (error) {
      return { kind: "over", end: this.#endWith(error) };
    }
  }

  /** What became of it. */
  life(end: SubscriptionEnd): SubscriptionLife {
    return {
      triedAtMs: this.#triedAtMs,
      acceptedAtMs: this.#acceptedAtMs,
      endedAtMs: this.#endedAtMs ?? this.#clock.nowMs(),
      events: this.#eventCount,
      end,
    };
  }

  [Symbol.dispose](): void {
    this.#link.abort(LEFT);
  }

  #end(): void {
    this.#endedAtMs = this.#clock.nowMs();
    this.#patience[Symbol.dispose]();
  }

  #iterate(): Promise<IteratorResult<SubscriptionEvent, unknown>> {
    return this.#events?.next() ?? Promise.resolve({ done: true, value: undefined });
  }

  #bearFor(delayMs: number, reason: symbol): void {
    if (this.#link.signal.aborted) return;
    this.#patience.set(delayMs, () => this.#link.abort(reason));
  }

  #endWith(error: unknown): SubscriptionEnd {
    this.#signal.throwIfAborted();
    const { reason } = this.#link.signal;
    if (reason === SILENT) return { kind: "silent" };
    if (reason === STALLED) return { kind: "stalled" };
    const failure = apiFailureOf(error);
    if (failure === undefined) throw error;
    return { kind: "failed", failure };
  }
}
