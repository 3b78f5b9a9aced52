// The registered consumers of one stream.
import { ServiceException } from "../service-exception.ts";
import type { ConsumerImage } from "../stream/stream-image.ts";
import { Consumer, type ConsumerPlan } from "./consumer.ts";
import type { FanOutHome } from "./fan-out-home.ts";

// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_RegisterStreamConsumer.html, 2026-11-21.
const MAX_CREATING = 5;

/** The consumers of a stream, by name. */
export class ConsumerSet implements Disposable {
  readonly #home: FanOutHome;
  readonly #consumers = new Map<string, Consumer>();

  constructor(home: FanOutHome) {
    this.#home = home;
  }

  get count(): number {
    return this.#consumers.size;
  }

  find(name: string): Consumer | undefined {
    return this.#consumers.get(name);
  }

  /** Sorted by name. */
  all(): Consumer[] {
    return [...this.#consumers.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /**
   * Whether a name can be given to a new consumer.
   * @throws ServiceException ResourceInUseException
   */
  requireFree(name: string): void {
    if (!this.#consumers.has(name)) return;
    const { streamName, accountId } = this.#home;
    throw new ServiceException(
      "ResourceInUseException",
      `Consumer ${name} under stream ${streamName} and account ${accountId} already exists.`,
    );
  }

  /**
   * Whether the stream may have one more consumer now.
   * @throws ServiceException LimitExceededException
   */
  requireRoom(): void {
    const creating = this.all().filter(({ status }) => status === "CREATING").length;
    const max = this.#home.maxConsumers();
    if (this.count >= max) throw this.#tooMany("registered", max);
    if (creating >= MAX_CREATING) throw this.#tooMany("in CREATING at the same time", MAX_CREATING);
  }

  /** Registers a consumer, in CREATING. */
  register(plan: ConsumerPlan, past?: ConsumerImage): Consumer {
    const onGone = ({ name }: Consumer): boolean => this.#consumers.delete(name);
    const consumer = new Consumer(plan, this.#home, onGone, past);
    this.#consumers.set(plan.name, consumer);
    return consumer;
  }

  /** Takes up a consumer that was; what was under way starts again. */
  resume(past: ConsumerImage): void {
    this.register({ name: past.name, tags: new Map(past.tags) }, past);
  }

  /** Ends every subscription cleanly. */
  endSubscriptions(): void {
    for (const consumer of this.#consumers.values()) consumer.endSubscriptions();
  }

  /** Forgets every consumer, together with the stream; what is subscribed to ends with an exception. */
  forgetAll(exception: ServiceException): void {
    for (const consumer of this.#consumers.values()) {
      consumer.failSubscriptions(exception);
      consumer[Symbol.dispose]();
    }
    this.#consumers.clear();
  }

  /** Stops what is under way. */
  [Symbol.dispose](): void {
    for (const consumer of this.#consumers.values()) consumer[Symbol.dispose]();
  }

  #tooMany(what: string, limit: number): ServiceException {
    const { streamName, accountId } = this.#home;
    return new ServiceException(
      "LimitExceededException",
      `This request would have exceeded the limit on consumers ${what} of stream ${streamName} under account ` +
        `${accountId}. Limit: ${limit}.`,
    );
  }
}
