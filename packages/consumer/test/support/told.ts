// An emitter that remembers everything it was told, with the time of it.
import { Events } from "@shardline/core";
import { CONSUMER_LOG, type ConsumerEvents } from "../../src/consumer-events.ts";

export interface Told {
  readonly events: Events<ConsumerEvents>;
  /** The payloads of one type of event, in order. */
  readonly of: <Type extends keyof ConsumerEvents>(type: Type) => ConsumerEvents[Type][];
  /** The names of all events, in order. */
  readonly names: () => string[];
}

export function recordEvents(): Told {
  const events = new Events<ConsumerEvents>((error) => {
    throw error;
  });
  const all: { readonly type: string; readonly payload: object }[] = [];
  for (const type of Object.keys(CONSUMER_LOG) as (keyof ConsumerEvents)[]) {
    events.on(type, (payload) => all.push({ type, payload }));
  }
  return {
    events,
    of: <Type extends keyof ConsumerEvents>(type: Type) =>
      all.flatMap((one) => (one.type === type ? [one.payload as ConsumerEvents[Type]] : [])),
    names: () => all.map(({ type }) => type),
  };
}
