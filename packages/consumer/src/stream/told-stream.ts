// Adds to what is told which stream it is about: shard ids are the same in all of them.
import type { Events, EventSink } from "@shardline/core";
import type { ConsumerEvents } from "../consumer-events.ts";
import { streamNameOfKey } from "../lease/lease-key.ts";

/** Tells of one stream by what the application calls it. */
export function tellingOf(
  stream: string,
  events: EventSink<ConsumerEvents>,
): EventSink<ConsumerEvents> {
  return {
    hasListeners: (type) => events.hasListeners(type),
    emit: (type, payload) => events.emit(type, { ...payload, stream }),
  };
}

/** Tells of leases, also of streams that are not read here: `labelOf` answers what the application calls those that are. */
export function tellingOfLeases(
  labelOf: (streamName: string) => string,
  events: Events<ConsumerEvents>,
): EventSink<ConsumerEvents> {
  return {
    hasListeners: (type) => events.hasListeners(type),
    emit: (type, payload) => {
      const leaseKey = (payload as { readonly leaseKey?: string }).leaseKey ?? "";
      const streamName = streamNameOfKey(leaseKey);
      if (streamName === undefined) events.emit(type, payload);
      else events.emit(type, { ...payload, stream: labelOf(streamName) });
    },
  };
}
