// What a subscription hands to its one reader, whoever pushes: keeps the port's promises about signals, and lets go of the
// source and of the signal as soon as nothing more is to come.
//
//   open --- end of the source, failure, abort, or the reader leaves ---> over
import type { LinkedSignal } from "./linked-signal.ts";
import { untilAborted } from "./until-aborted.ts";

/** Where events come from. */
export interface PushedEventsSource<Event> {
  /** The next event. Called again only when the one before has come. */
  next(): Promise<IteratorResult<Event, unknown>>;
  /** The reader's own. */
  readonly signal: AbortSignal;
  /** Follows the reader's signal, and ends the source when it aborts. */
  readonly left: LinkedSignal;
}

/** Events to be read once. */
export class PushedEvents<Event> implements AsyncIterableIterator<Event, undefined> {
  readonly #source: PushedEventsSource<Event>;
  #state: "open" | "over" = "open";
  /** Ends with the event that was asked for last. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(source: PushedEventsSource<Event>) {
    this.#source = source;
  }

  next(): Promise<IteratorResult<Event, undefined>> {
    const next = this.#last.then(() => this.#next());
    this.#last = next.catch(() => undefined);
    return next;
  }

  return(): Promise<IteratorResult<Event, undefined>> {
    return Promise.resolve(this.#end());
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async #next(): Promise<IteratorResult<Event, undefined>> {
    if (this.#isOver) return { done: true, value: undefined };
    const { left, signal } = this.#source;
    try {
      signal.throwIfAborted();
      const result = await untilAborted(this.#source.next(), left.signal);
      if (result.done !== true) return result;
    } catch (error) {
      // A reader that has left is told of nothing.
      if (this.#isOver) return { done: true, value: undefined };
      this.#end();
      signal.throwIfAborted();
      throw error;
    }
    return this.#end();
  }

  get #isOver(): boolean {
    return this.#state === "over";
  }

  #end(): IteratorResult<Event, undefined> {
    this.#state = "over";
    this.#source.left.abort(undefined);
    return { done: true, value: undefined };
  }
}
