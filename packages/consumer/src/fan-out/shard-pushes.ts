// Subscribing to one shard, as often as it takes:
//
//   trying --- accepted ---> taking <--- event ---> handing over
//   taking --- its five minutes are over, cut off, silent or stalled ---> trying, behind what it brought
//   trying --- refused ---> backing off ---> trying
//
// Who polls meanwhile, and whether, is for fan-out-reading.ts to say.
import {
  type ApiFailure,
  type Clock,
  type EventSink,
  type FanOutApi,
  type Random,
  sleep,
} from "@shardline/core";
import { isDenial, isDenialToTell } from "../polling/read-failures.ts";
import type { ShardEvents } from "../shard/shard-events.ts";
import type { ConsumerRegistration } from "./consumer-registration.ts";
import type { FanOutEvents } from "./fan-out-events.ts";
import { OpenSubscription } from "./open-subscription.ts";
import type { ReadPlace } from "./read-place.ts";
import type { SubscriptionPace } from "./subscription-pace.ts";
import { failureOf, isFault } from "./subscription-fault.ts";
import {
  afterLife,
  NO_SUBSCRIPTIONS,
  retryAfterMsOf,
  type SubscriptionEnd,
  type SubscriptionHistory,
} from "./subscription-plan.ts";
import type { TrimWatch } from "./trim-watch.ts";

/** What all subscriptions of a worker share. */
export interface ShardPushesOptions {
  readonly kinesis: Pick<FanOutApi, "subscribeToShard">;
  readonly registration: ConsumerRegistration;
  readonly pace: SubscriptionPace;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: EventSink<ShardEvents & FanOutEvents>;
}

/** What became of a subscription, and how it goes on. */
export interface SubscriptionVerdict {
  readonly failure: ApiFailure;
  readonly retryAfterMs: number;
  /** Nothing came of it; otherwise reading goes on as if nothing had been. */
  readonly isFault: boolean;
  /** So many in a row did not last. */
  readonly shortLives: number;
  /** With which it was made. */
  readonly consumerArn: string;
}

/** A subscription that was accepted. */
export interface Accepted {
  readonly kind: "accepted";
  readonly subscription: OpenSubscription;
  readonly consumerArn: string;
  /** Whether it began at a record, and not at a time or at the tip, which may lie ahead of where polling is. */
  readonly isAtRecord: boolean;
}

/** A subscription, or why there is none. */
export type SubscriptionTry =
  | Accepted
  | { readonly kind: "refused"; readonly verdict: SubscriptionVerdict };

export class ShardPushes {
  readonly #shardId: string;
  readonly #place: ReadPlace;
  readonly #trims: TrimWatch;
  readonly #options: ShardPushesOptions;
  #history: SubscriptionHistory = NO_SUBSCRIPTIONS;
  #hasTried = false;
  #denials = 0;

  constructor(shardId: string, place: ReadPlace, trims: TrimWatch, options: ShardPushesOptions) {
    this.#shardId = shardId;
    this.#place = place;
    this.#trims = trims;
    this.#options = options;
  }

  /** One try, as soon as there may be one; abort of `signal` ends what came of it, too. */
  async subscribe(signal: AbortSignal): Promise<SubscriptionTry> {
    const { clock, events, kinesis, pace, registration } = this.#options;
    const consumerArn = await registration.untilReady(signal);
    await sleep(clock, Math.max(0, this.#history.notBeforeMs - clock.nowMs()), signal);
    // Those that follow are as far apart as their forerunners were.
    if (!this.#hasTried || isFault(this.#history)) await pace.turn(signal);
    this.#hasTried = true;
    const { last } = this.#place;
    const isAnchored = this.#trims.mustAnchor && last !== undefined;
    const start = this.#place.forSubscription(isAnchored);
    this.#trims.begin(isAnchored ? last : undefined);
    this.#place.noteBegun(clock.wallTimeMs());
    const subscription = new OpenSubscription(clock, signal);
    const end = await subscription.open(kinesis, { consumerArn, shardId: this.#shardId, start });
    if (end === undefined) {
      events.emit("shardSubscribed", { shardId: this.#shardId, consumerArn });
      const isAtRecord = start.type !== "LATEST" && start.type !== "AT_TIMESTAMP";
      return { kind: "accepted", subscription, consumerArn, isAtRecord };
    }
    return { kind: "refused", verdict: this.judge(subscription, end, consumerArn) };
  }

  /** A subscription has ended, or never was. */
  judge(
    subscription: OpenSubscription,
    end: SubscriptionEnd,
    consumerArn: string,
  ): SubscriptionVerdict {
    const { clock, random } = this.#options;
    const life = subscription.life(end);
    subscription[Symbol.dispose]();
    const { acceptedAtMs, endedAtMs, events } = life;
    if (acceptedAtMs !== undefined) {
      const lastedMs = endedAtMs - acceptedAtMs;
      const told = { shardId: this.#shardId, how: end.kind, lastedMs, events };
      this.#options.events.emit("subscriptionEnded", told);
    }
    this.#history = afterLife(this.#history, life);
    const failure = failureOf(end);
    if (end.kind === "failed" && failure.kind === "rejected") this.#place.refuse();
    return {
      failure,
      retryAfterMs: retryAfterMsOf(this.#history, end, clock.nowMs(), random),
      isFault: isFault(this.#history),
      shortLives: this.#history.shortLives,
      consumerArn,
    };
  }

  /** A fault while nothing else reads the shard. */
  tellOfFault({ failure, isFault: hasFailed, retryAfterMs }: SubscriptionVerdict): void {
    const { events } = this.#options;
    const { kind, reason } = failure;
    this.#denials = hasFailed && isDenial(kind) ? this.#denials + 1 : 0;
    if (!hasFailed) return;
    const shared = { shardId: this.#shardId, operation: "SubscribeToShard", reason } as const;
    events.emit("readFailed", { ...shared, kind, retryAfterMs });
    if (isDenialToTell(failure, this.#denials)) {
      events.emit("readDenied", { ...shared, tries: this.#denials });
    }
  }
}
