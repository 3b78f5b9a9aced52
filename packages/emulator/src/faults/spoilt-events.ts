// The events of a subscription that meets faults. A reader that leaves, by itself or with its connection, ends the
// subscription below at once, whatever a fault is waiting for.
import { LinkedSignal } from "@shardline/core";
import { type EventStageParts, eventStage } from "./event-faults.ts";
import type { EventFault } from "./subscription-effects.ts";
import type { SubscribeToShardEvent } from "../fan-out/subscription-event.ts";

/** What a subscription and its reader are. */
export interface SpoiltEventsParts extends Omit<EventStageParts, "left"> {
  /** Any of them ends the subscription. */
  readonly signals: readonly AbortSignal[];
}

/** Events on their way through faults, for one reader. */
export class SpoiltEvents implements AsyncIterableIterator<SubscribeToShardEvent> {
  readonly #source: AsyncIterator<SubscribeToShardEvent>;
  readonly #spoilt: AsyncIterator<SubscribeToShardEvent>;
  readonly #left: LinkedSignal;

  constructor(
    events: AsyncIterable<SubscribeToShardEvent>,
    faults: readonly EventFault[],
    parts: SpoiltEventsParts,
  ) {
    this.#source = events[Symbol.asyncIterator]();
    this.#left = new LinkedSignal(...parts.signals);
    const { signal: left } = this.#left;
    const source: AsyncIterable<SubscribeToShardEvent> = {
      [Symbol.asyncIterator]: () => this.#source,
    };
    const spoilt = faults.reduce(
      (passed, fault) => eventStage(passed, fault, { ...parts, left }),
      source,
    );
    this.#spoilt = spoilt[Symbol.asyncIterator]();
  }

  async next(): Promise<IteratorResult<SubscribeToShardEvent, undefined>> {
    try {
      const result = await this.#spoilt.next();
      if (result.done !== true) return result;
    } catch (error) {
      await this.#end();
      throw error;
    }
    return this.#end();
  }

  return(): Promise<IteratorResult<SubscribeToShardEvent, undefined>> {
    return this.#end();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async #end(): Promise<IteratorResult<SubscribeToShardEvent, undefined>> {
    this.#left.abort(undefined);
    await this.#source.return?.();
    return { done: true, value: undefined };
  }
}
