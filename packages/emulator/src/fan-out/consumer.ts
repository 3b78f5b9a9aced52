// One registered consumer of a stream, with its subscriptions: at most one per shard.
//
//   CREATING --- consumerMs ---> ACTIVE --- deregister, consumerMs ---> DELETING ---> gone
import { ServiceException } from "../service-exception.ts";
import { type Shard, secondsOf } from "../stream/shard.ts";
import type { ConsumerImage } from "../stream/stream-image.ts";
import type { FanOutHome } from "./fan-out-home.ts";
import { Subscription } from "./subscription.ts";

/** Where a consumer is in its life. */
export type ConsumerStatus = "CREATING" | "ACTIVE" | "DELETING";

/** What a consumer is registered as. */
export interface ConsumerPlan {
  readonly name: string;
  readonly tags: ReadonlyMap<string, string>;
}

type ConsumerState =
  | { readonly status: "ACTIVE" }
  | { readonly status: "CREATING" | "DELETING"; readonly timer: Disposable };

/** A subscription is safe from being taken over for so long, even once it has ended. */
const TAKE_OVER_MS = 5000;

/** One registered consumer. */
export class Consumer implements Disposable {
  readonly name: string;
  readonly arn: string;
  readonly createdAtMs: number;
  readonly tags: Map<string, string>;
  /** JSON; absent where none was put. */
  resourcePolicy: string | undefined;
  readonly #home: FanOutHome;
  readonly #onGone: (consumer: Consumer) => void;
  readonly #subscriptions = new Map<string, Subscription>();
  /** When each shard was last subscribed to, by the monotonic clock; oldest first, none older than the rule needs. */
  readonly #subscribedAtMs = new Map<string, number>();
  #state: ConsumerState;

  /** `onGone` is called at the end of DELETING; `past` is what it was before, if it is not a new one. */
  constructor(
    plan: ConsumerPlan,
    home: FanOutHome,
    onGone: (consumer: Consumer) => void,
    past?: ConsumerImage,
  ) {
    this.name = plan.name;
    this.tags = new Map(plan.tags);
    this.resourcePolicy = past?.resourcePolicy;
    this.createdAtMs = past?.createdAtMs ?? home.clock.wallTimeMs();
    this.arn = `${home.streamArn}/consumer/${plan.name}:${secondsOf(this.createdAtMs)}`;
    this.#home = home;
    this.#onGone = onGone;
    this.#state = this.#resume(past?.status ?? "CREATING");
  }

  get status(): ConsumerStatus {
    return this.#state.status;
  }

  /** The shards of its open subscriptions. */
  get subscribedShardIds(): string[] {
    return [...this.#subscriptions.keys()].sort();
  }

  /**
   * Refuses a subscription that could not be had now: one that comes too soon after the last for the rate of
   * calls, or for that one to be taken over.
   * @throws ServiceException LimitExceededException or ResourceInUseException
   */
  requireFree({ shardId }: Shard): void {
    const atMs = this.#subscribedAtMs.get(shardId) ?? Number.NEGATIVE_INFINITY;
    const sinceMs = this.#home.clock.nowMs() - atMs;
    if (sinceMs < this.#home.subscribeIntervalMs) throw this.#tooOften(shardId);
    if (sinceMs < TAKE_OVER_MS) throw this.#otherSubscription(shardId);
  }

  /**
   * Refuses a consumer in any other status.
   * @throws ServiceException ResourceInUseException
   */
  requireActive(): void {
    if (this.status === "ACTIVE") return;
    const { streamName, accountId } = this.#home;
    throw new ServiceException(
      "ResourceInUseException",
      `Consumer ${this.name} with creation timestamp ${secondsOf(this.createdAtMs)} under stream: ` +
        `${streamName} , account ${accountId} is not in ACTIVE status.`,
    );
  }

  /**
   * Pushes a shard's records from an index on, and ends the subscription to it that there was.
   * @throws ServiceException LimitExceededException or ResourceInUseException
   */
  subscribe(shard: Shard, startIndex: number): Subscription {
    const { shardId } = shard;
    this.requireActive();
    this.requireFree(shard);
    this.#subscriptions.get(shardId)?.fail(this.#otherSubscription(shardId));
    this.#forgetOldStarts();
    this.#subscribedAtMs.set(shardId, this.#home.clock.nowMs());
    const onEnd = (): boolean => this.#subscriptions.delete(shardId);
    const subscription = new Subscription({ home: this.#home, shard, startIndex, onEnd });
    this.#subscriptions.set(shardId, subscription);
    return subscription;
  }

  /** Goes through DELETING; its subscriptions end when it is gone. */
  deregister(): void {
    if (this.#state.status === "DELETING") return;
    this.#stopTimer();
    this.#state = this.#resume("DELETING");
  }

  /** What has to be remembered of it; subscriptions do not outlive the process. */
  image(): ConsumerImage {
    const { name, createdAtMs, tags, resourcePolicy, status } = this;
    return {
      name,
      createdAtMs,
      tags: [...tags],
      ...(resourcePolicy === undefined ? {} : { resourcePolicy }),
      status,
    };
  }

  /** Ends every subscription cleanly. */
  endSubscriptions(): void {
    for (const subscription of this.#subscriptions.values()) subscription.end();
  }

  /** Ends every subscription with an exception. */
  failSubscriptions(exception: ServiceException): void {
    for (const subscription of this.#subscriptions.values()) subscription.fail(exception);
  }

  /** Stops what is under way. */
  [Symbol.dispose](): void {
    this.#stopTimer();
    this.endSubscriptions();
  }

  #forgetOldStarts(): void {
    const nowMs = this.#home.clock.nowMs();
    const neededMs = Math.max(TAKE_OVER_MS, this.#home.subscribeIntervalMs);
    for (const [shardId, atMs] of this.#subscribedAtMs) {
      if (nowMs - atMs < neededMs) break;
      this.#subscribedAtMs.delete(shardId);
    }
  }

  #tooOften(shardId: string): ServiceException {
    const { accountId, streamName } = this.#home;
    return new ServiceException(
      "LimitExceededException",
      `Rate exceeded for shard ${shardId} in stream ${streamName} under account ${accountId}.`,
    );
  }

  #otherSubscription(shardId: string): ServiceException {
    const { accountId, streamName } = this.#home;
    return new ServiceException(
      "ResourceInUseException",
      `Another active subscription exists for this consumer: ${accountId}:${streamName}:${shardId}:${this.name}`,
    );
  }

  #stopTimer(): void {
    if (this.#state.status !== "ACTIVE") this.#state.timer[Symbol.dispose]();
  }

  #resume(status: ConsumerStatus): ConsumerState {
    switch (status) {
      case "ACTIVE":
        return { status };
      case "CREATING":
        return this.#after(status, () => {
          this.#state = { status: "ACTIVE" };
        });
      case "DELETING":
        return this.#after(status, () => this.#forget());
    }
  }

  #forget(): void {
    const { streamName, accountId } = this.#home;
    this.failSubscriptions(
      new ServiceException(
        "ResourceNotFoundException",
        `Consumer ${this.name} under stream ${streamName} and account ${accountId} not found.`,
      ),
    );
    this.#onGone(this);
  }

  #after(status: "CREATING" | "DELETING", atEnd: () => void): ConsumerState {
    const { clock, consumerMs } = this.#home;
    const timer = clock.startTimer(consumerMs, () => {
      atEnd();
      this.#home.onChange();
    });
    return { status, timer };
  }
}
