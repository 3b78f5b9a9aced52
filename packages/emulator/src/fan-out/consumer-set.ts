// The registered consumers of one stream.
import { ServiceException } from "../service-exception.ts";
import { Consumer, type ConsumerPlan } from "./consumer.ts";
import type { FanOutHome } from "./fan-out-home.ts";

// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_RegisterStreamConsumer.html, 2026-11-21.
const MAX_CONSUMERS = 20;
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
   * Registers a consumer, in CREATING.
   * @throws ServiceException ResourceInUseException or LimitExceededException
   */
  register(plan: ConsumerPlan): Consumer {
    const { streamName, accountId } = this.#home;
    if (this.#consumers.has(plan.name)) {
      throw new ServiceException(
        "ResourceInUseException",
        `Consumer ${plan.name} under stream ${streamName} and account ${accountId} already exists.`,
      );
    }
    this.#requireRoom();
    const consumer = new Consumer(plan, this.#home, ({ name }) => this.#consumers.delete(name));
    this.#consumers.set(plan.name, consumer);
    return consumer;
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

  #requireRoom(): void {
    const creating = this.all().filter(({ status }) => status === "CREATING").length;
    if (this.count >= MAX_CONSUMERS) throw this.#tooMany("registered", MAX_CONSUMERS);
    if (creating >= MAX_CREATING) throw this.#tooMany("in CREATING at the same time", MAX_CREATING);
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
