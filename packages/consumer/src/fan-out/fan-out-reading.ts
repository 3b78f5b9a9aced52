// The reading of one shard by whichever way it can be read:
//
//   polling --- a subscription has brought its first event ---> subscribed
//   subscribed --- the stream consumer is gone ---> polling
//   subscribed --- subscriptions do not last, in mode "auto" ---> polling, and subscribed again later
//
// One way begins behind the last record that the other one handed on. Polling goes on until a subscription has shown that it
// works, and what comes both ways is handed on once.
import {
  type ApiFailure,
  type Clock,
  type EventSink,
  type KinesisApi,
  type KinesisRecord,
  LinkedSignal,
  type NextSubscription,
  sleep,
  type StreamRef,
  type SubscriptionEvent,
} from "@shardline/core";
import {
  type Fetch,
  type FetchNext,
  type FetchRoom,
  heldBytesOf,
  RECORD_OVERHEAD_BYTES,
} from "../batch/fetch.ts";
import { isShardGone } from "../polling/shard-gone.ts";
import type { ShardEvents } from "../shard/shard-events.ts";
import type { ReadStart, ShardReader } from "../shard/shard-reader.ts";
import type { FanOutEvents } from "./fan-out-events.ts";
import { ReadPlace } from "./read-place.ts";
import {
  type Accepted,
  ShardPushes,
  type ShardPushesOptions,
  type SubscriptionVerdict,
} from "./shard-pushes.ts";
import type { SubscriptionStep } from "./open-subscription.ts";
import { comeBackAfterMs, mustFallBack } from "./fall-back-plan.ts";
import { TrimWatch, type TrimWatchOptions } from "./trim-watch.ts";

/** What all readings of a worker share. */
export interface FanOutReadingOptions extends ShardPushesOptions, TrimWatchOptions {
  readonly kinesis: ShardPushesOptions["kinesis"] & Pick<KinesisApi, "listShards">;
  readonly stream: StreamRef;
  /** Whether subscriptions that fail again and again are given up for a while. */
  readonly mayFallBack: boolean;
  /** Reads while there is no subscription: a shard at one pace, however often it begins anew. */
  readonly polling: { course(): ShardReader["read"] };
  readonly clock: Clock;
  readonly events: EventSink<ShardEvents & FanOutEvents>;
}

/** What to read. */
export interface FanOutTask {
  readonly shardId: string;
  readonly start: ReadStart;
  readonly room: FetchRoom;
  readonly signal: AbortSignal;
}

/** How the shard is read next; a subscription that was made while it was polled has its first event in hand. */
type Leg =
  | { readonly kind: "polling"; readonly tryAfterMs: number }
  | { readonly kind: "subscribed"; readonly first: Proven }
  | { readonly kind: "over" };

interface Proven {
  readonly accepted: Accepted;
  readonly step: SubscriptionStep;
}

/** A subscription that has brought its first event, and since when. */
interface Ahead {
  readonly first: Proven;
  readonly sinceMs: number;
}

const OVER = { kind: "over" } as const;
const SWITCHED = Symbol("switched");
/** Whether there is room for anything. */
const ANYTHING = { maxBytes: 0, maxRecords: 1, recordBytes: 0 };
const CHILDLESS: ApiFailure = {
  kind: "transient",
  awsName: "NoChildShards",
  reason: "the last event of a shard named no child of it",
  isAmbiguous: false,
};

export class FanOutReading {
  readonly #task: FanOutTask;
  readonly #options: FanOutReadingOptions;
  readonly #place: ReadPlace;
  readonly #trims: TrimWatch;
  readonly #pushes: ShardPushes;
  readonly #polling: ShardReader["read"];
  /** Aborts when the reading is over. */
  readonly #living: LinkedSignal;
  /** Times in a row that it was polled because of failures. */
  #fallbacks = 0;

  constructor(task: FanOutTask, options: FanOutReadingOptions) {
    const { shardId, signal, start } = task;
    this.#task = task;
    this.#options = options;
    this.#place = new ReadPlace(start);
    this.#trims = new TrimWatch(shardId, start.sinceMs, options);
    this.#pushes = new ShardPushes(shardId, this.#place, this.#trims, options);
    this.#polling = options.polling.course();
    this.#living = new LinkedSignal(signal);
  }

  async *fetches(): AsyncGenerator<Fetch, void, void> {
    let leg: Leg = { kind: "polling", tryAfterMs: 0 };
    try {
      while (leg.kind !== "over") {
        leg = yield* leg.kind === "polling" ? this.#poll(leg.tryAfterMs) : this.#push(leg.first);
      }
    } finally {
      this.#living.abort(SWITCHED);
    }
  }

  /**
   * Polls until a subscription has brought its first event; of one that may have begun ahead of it, until a read that was asked
   * for afterwards has reached the tip.
   */
  async *#poll(tryAfterMs: number): AsyncGenerator<Fetch, Leg, void> {
    const { room } = this.#task;
    const { clock } = this.#options;
    using polling = new LinkedSignal(this.#living.signal);
    const fetches = this.#polled(polling.signal);
    this.#place.noteBegun(clock.wallTimeMs());
    let next = OVER as Leg;
    let ahead = undefined as Ahead | undefined;
    const change = (first: Proven): void => {
      next = { kind: "subscribed", first };
      polling.abort(SWITCHED);
    };
    const trial = this.#prove(tryAfterMs).then(
      (first) => {
        if (first.accepted.isAtRecord) change(first);
        else ahead = { first, sinceMs: clock.nowMs() };
      },
      (error: unknown) => polling.abort(error),
    );
    try {
      for (;;) {
        const asked = this.#trims.now();
        const { done, value } = await fetches.next();
        if (done === true) return OVER;
        this.#trims.noteRead(asked, value.millisBehindLatest);
        this.#place.note(value.records, value.millisBehindLatest === 0);
        yield value;
        if (value.next.kind !== "more") return OVER;
        const isAtTip = value.millisBehindLatest === 0;
        if (ahead !== undefined && isAtTip && asked.nowMs >= ahead.sinceMs) change(ahead.first);
      }
    } catch (error) {
      if (error !== SWITCHED || this.#living.signal.aborted) throw error;
      room.cancel();
      return next;
    } finally {
      if (next.kind === "over") this.#living.abort(SWITCHED);
      await trial;
    }
  }

  #polled(signal: AbortSignal): AsyncIterator<Fetch> {
    const { room, shardId } = this.#task;
    const start = this.#place.forPolling(this.#trims.sinceMs);
    const fetches = this.#polling(shardId, start, room, signal);
    return fetches[Symbol.asyncIterator]();
  }

  /** Subscribes until one has brought something, be it that the shard has nothing to read. */
  async #prove(tryAfterMs: number): Promise<Proven> {
    const { clock, events } = this.#options;
    const { signal } = this.#living;
    await sleep(clock, tryAfterMs, signal);
    for (;;) {
      const tried = await this.#pushes.subscribe(signal);
      let verdict: SubscriptionVerdict;
      if (tried.kind === "refused") verdict = tried.verdict;
      else {
        const step = await tried.subscription.next();
        if (step.kind === "event") return { accepted: tried, step };
        verdict = this.#pushes.judge(tried.subscription, step.end, tried.consumerArn);
      }
      const { kind, reason } = verdict.failure;
      if (kind === "missing") await this.#seekMissing(verdict.consumerArn);
      const pauseMs = tryAfterMs === 0 ? 0 : this.#nextComeBackMs();
      const retryAfterMs = Math.max(verdict.retryAfterMs, pauseMs);
      const { shardId } = this.#task;
      events.emit("subscriptionFailed", { shardId, kind, reason, retryAfterMs });
      await sleep(clock, retryAfterMs, signal);
    }
  }

  /** Subscribes again and again, until the shard ends or has to be polled. */
  async *#push(first: Proven): AsyncGenerator<Fetch, Leg, void> {
    const { clock, registration } = this.#options;
    let proven: Proven | undefined = first;
    for (;;) {
      if (proven === undefined && registration.consumerArn === undefined) {
        return { kind: "polling", tryAfterMs: 0 };
      }
      const verdict: SubscriptionVerdict | "over" = yield* this.#once(proven);
      proven = undefined;
      if (verdict === "over") return OVER;
      if (verdict.failure.kind === "missing") {
        if (!(await this.#seekMissing(verdict.consumerArn))) continue;
        yield this.#gone();
        return OVER;
      }
      if (verdict.shortLives === 0) this.#fallbacks = 0;
      if (this.#options.mayFallBack && mustFallBack(verdict.shortLives)) {
        return this.#fallBack(verdict);
      }
      this.#pushes.tellOfFault(verdict);
      await sleep(clock, verdict.retryAfterMs, this.#living.signal);
    }
  }

  /** One subscription to its end. */
  async *#once(
    proven: Proven | undefined,
  ): AsyncGenerator<Fetch, SubscriptionVerdict | "over", void> {
    const tried = proven?.accepted ?? (await this.#pushes.subscribe(this.#living.signal));
    if (tried.kind === "refused") return tried.verdict;
    const { consumerArn, subscription } = tried;
    let inHand = proven?.step;
    for (;;) {
      await this.#untilRoom();
      const askedAtMs = this.#options.clock.nowMs();
      const step = inHand ?? (await subscription.next());
      inHand = undefined;
      if (step.kind === "over") return this.#pushes.judge(subscription, step.end, consumerArn);
      const fetch = this.#accept(step.event, askedAtMs);
      if (fetch.records.length > 0) await this.#reserve(fetch);
      yield fetch;
      if (fetch.next.kind !== "more") return "over";
      if (step.event.next.kind !== "shard-end") continue;
      const end = { kind: "failed", failure: CHILDLESS } as const;
      return { ...this.#pushes.judge(subscription, end, consumerArn), isFault: true };
    }
  }

  #accept({ millisBehindLatest, next, records: all }: SubscriptionEvent, askedAtMs: number): Fetch {
    const { clock, events } = this.#options;
    const { shardId } = this.#task;
    const onward = onwardOf(next);
    this.#trims.check({ millisBehindLatest, next: onward, records: all }, this.#place);
    const records = this.#place.unread(all);
    const continuation = next.kind === "continuation" ? next.sequenceNumber : undefined;
    this.#place.note(records, millisBehindLatest === 0, continuation);
    const bytes = bytesOf(records);
    const readAtMs = clock.nowMs();
    if (events.hasListeners("recordsFetched")) {
      const counts = { records: records.length, bytes, millisBehindLatest };
      events.emit("recordsFetched", { shardId, ...counts, durationMs: readAtMs - askedAtMs });
    }
    return { records, bytes, millisBehindLatest, readAtMs, next: onward, mode: "fan-out" };
  }

  /** Nothing is taken from the connection before. What comes is not known, so that room is taken when it is there. */
  async #untilRoom(): Promise<void> {
    const { room } = this.#task;
    await room.reserve(ANYTHING, this.#living.signal);
    room.cancel();
  }

  async #reserve(fetch: Fetch): Promise<void> {
    const maxRecords = fetch.records.length;
    const maxBytes = heldBytesOf(fetch);
    const recordBytes = fetch.bytes / maxRecords + RECORD_OVERHEAD_BYTES;
    await this.#task.room.reserve({ maxBytes, maxRecords, recordBytes }, this.#living.signal);
  }

  /** Something is missing: the shard, or otherwise the consumer. Whether it is the shard. */
  async #seekMissing(consumerArn: string): Promise<boolean> {
    const { kinesis, registration, stream } = this.#options;
    const { signal } = this.#living;
    const isGone = await isShardGone(kinesis, stream, this.#task.shardId, signal);
    if (!isGone) registration.noteMissing(consumerArn);
    return isGone;
  }

  #gone(): Fetch {
    const readAtMs = this.#options.clock.nowMs();
    const nothing = { records: [], bytes: 0, millisBehindLatest: 0 };
    return { ...nothing, readAtMs, next: { kind: "shard-gone" } };
  }

  #fallBack({ failure, shortLives }: SubscriptionVerdict): Leg {
    const { shardId } = this.#task;
    const retryAfterMs = this.#nextComeBackMs();
    const told = { shardId, failures: shortLives, reason: failure.reason, retryAfterMs };
    this.#options.events.emit("fellBackToPolling", told);
    return { kind: "polling", tryAfterMs: retryAfterMs };
  }

  #nextComeBackMs(): number {
    this.#fallbacks += 1;
    return comeBackAfterMs(this.#fallbacks);
  }
}

/** A closed shard without children is not believed: those that nobody creates a lease for are not read. */
function onwardOf(next: NextSubscription): FetchNext {
  return next.kind === "shard-end" && next.childShards.length > 0 ? next : { kind: "more" };
}

/** Of data and partition keys. */
function bytesOf(records: readonly KinesisRecord[]): number {
  let bytes = 0;
  for (const { data, partitionKey } of records) bytes += data.length + (partitionKey?.length ?? 0);
  return bytes;
}
