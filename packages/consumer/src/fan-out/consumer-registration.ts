// Finds the stream consumer to subscribe with, in the background:
//
//   seeking --- missing, has a name ---> registering ---> waiting --- ACTIVE ---> ready
//   seeking --- CREATING or DELETING --> waiting;  seeking --- ACTIVE ---> ready;  ready --- it is gone ---> seeking
//
// Nothing is ever deregistered here: other workers of the application may use it, or its next run.
import {
  apiFailureOf,
  type BackoffPlan,
  backoffMs,
  type Clock,
  type EventSink,
  type FanOutApi,
  type KinesisApi,
  type Loop,
  type LoopNext,
  type Random,
  startLoop,
  type StreamConsumer,
  type StreamRef,
  type TaskGroup,
  untilAborted,
} from "@shardline/core";
import type { FanOutEvents } from "./fan-out-events.ts";

/** Which stream consumer. */
export type ConsumerChoice =
  | { readonly by: "arn"; readonly consumerArn: string }
  | { readonly by: "name"; readonly consumerName: string };

export interface ConsumerRegistrationOptions {
  readonly kinesis: Pick<FanOutApi, "describeStreamConsumer" | "registerStreamConsumer"> &
    Pick<KinesisApi, "describeStreamSummary">;
  readonly stream: StreamRef;
  readonly consumer: ConsumerChoice;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: EventSink<FanOutEvents>;
  /** Waits for its end. */
  readonly loops: Pick<TaskGroup, "add">;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** How the KCL waits for it, too. */
const POLL_MS = 1000;
/** Registrations are limited to 5 a second for the whole account, and to 5 consumers of a stream that are being made. */
const BACKOFF: BackoffPlan = { baseMs: 1000, maxMs: 60_000 };

export class ConsumerRegistration {
  readonly #options: ConsumerRegistrationOptions;
  #loop: Loop | undefined;
  #readyArn: string | undefined;
  #streamArn: string | undefined;
  readonly #waiting = new Set<(consumerArn: string) => void>();

  constructor(options: ConsumerRegistrationOptions) {
    this.#options = options;
    this.#streamArn = options.stream.arn;
  }

  /** Begins to look, unless it does already. */
  begin(): void {
    if (this.#loop !== undefined) return;
    const { clock, loops, signal } = this.#options;
    this.#loop = startLoop({
      name: "stream consumer",
      clock,
      signal,
      step: (stepSignal) => this.#step(stepSignal),
      backoffMs: (error, failures) => this.#backOff(error, failures),
    });
    loops.add(this.#loop.done);
  }

  /** The consumer to subscribe with; `undefined` while there is none. */
  get consumerArn(): string | undefined {
    return this.#readyArn;
  }

  /** Resolves with the consumer to subscribe with; rejects with the signal's reason when it aborts. */
  async untilReady(signal: AbortSignal): Promise<string> {
    if (this.#readyArn !== undefined) return this.#readyArn;
    let onReady: (consumerArn: string) => void = () => undefined;
    const ready = new Promise<string>((resolve) => {
      onReady = resolve;
    });
    this.#waiting.add(onReady);
    try {
      return await untilAborted(ready, signal);
    } finally {
      this.#waiting.delete(onReady);
    }
  }

  /** Subscribing says that this consumer does not exist. */
  noteMissing(consumerArn: string): void {
    if (this.#readyArn !== consumerArn) return;
    this.#options.events.emit("streamConsumerMissing", { consumerArn });
    this.#readyArn = undefined;
    this.#loop?.wake();
  }

  #backOff(error: unknown, failures: number): number | undefined {
    const { events, random } = this.#options;
    const failure = apiFailureOf(error);
    if (failure === undefined) return undefined;
    const { reason, retryAfterMs: askedMs = 0 } = failure;
    const retryAfterMs = Math.max(askedMs, backoffMs(BACKOFF, failures, random));
    events.emit("streamConsumerFailed", { reason, retryAfterMs });
    return retryAfterMs;
  }

  async #step(signal: AbortSignal): Promise<LoopNext> {
    if (this.#readyArn !== undefined) return { afterMs: Number.POSITIVE_INFINITY };
    const arn = await this.#find(signal);
    if (arn === undefined) return { afterMs: POLL_MS };
    this.#readyArn = arn;
    this.#options.events.emit("streamConsumerReady", { consumerArn: arn });
    for (const onReady of this.#waiting) onReady(arn);
    return { afterMs: Number.POSITIVE_INFINITY };
  }

  /** The consumer, if it is there and active. */
  async #find(signal: AbortSignal): Promise<string | undefined> {
    const { consumer, kinesis } = this.#options;
    if (consumer.by === "name")
      return activeArn(await this.#findByName(consumer.consumerName, signal));
    const { consumerArn } = consumer;
    try {
      return activeArn(await kinesis.describeStreamConsumer({ consumerArn }, signal));
    } catch (error) {
      // Whoever may not look at it may yet subscribe with it.
      if (apiFailureOf(error)?.kind === "denied") return consumerArn;
      throw error;
    }
  }

  async #findByName(consumerName: string, signal: AbortSignal): Promise<StreamConsumer> {
    const { kinesis } = this.#options;
    const streamArn = await this.#findStreamArn(signal);
    try {
      return await kinesis.describeStreamConsumer({ streamArn, consumerName }, signal);
    } catch (error) {
      if (apiFailureOf(error)?.kind !== "missing") throw error;
    }
    return this.#register(streamArn, consumerName, signal);
  }

  async #register(
    streamArn: string,
    consumerName: string,
    signal: AbortSignal,
  ): Promise<StreamConsumer> {
    const { events, kinesis } = this.#options;
    const request = { streamArn, consumerName };
    try {
      const made = await kinesis.registerStreamConsumer(request, signal);
      events.emit("streamConsumerRegistered", { consumerName, consumerArn: made.arn });
      return made;
    } catch (error) {
      // Another worker was faster.
      if (apiFailureOf(error)?.kind !== "busy") throw error;
      return kinesis.describeStreamConsumer(request, signal);
    }
  }

  async #findStreamArn(signal: AbortSignal): Promise<string> {
    const { kinesis, stream } = this.#options;
    this.#streamArn ??= (await kinesis.describeStreamSummary({ stream }, signal)).arn;
    return this.#streamArn;
  }
}

function activeArn({ arn, status }: StreamConsumer): string | undefined {
  return status === "ACTIVE" ? arn : undefined;
}
