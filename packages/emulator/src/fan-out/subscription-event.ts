// Pure: one event of a subscription, from what was read of the shard.
import {
  type ChildShardOutput,
  describeChild,
  describeRecord,
  type RecordOutput,
} from "../stream/read-description.ts";
import type { Closing, NumberedRecord } from "../stream/shard.ts";

/** An event, with the members of the service's model. */
export interface SubscribeToShardEvent {
  readonly Records: readonly RecordOutput[];
  /** Where to go on after this event; absent from the last one of a shard. */
  readonly ContinuationSequenceNumber?: string;
  readonly MillisBehindLatest: number;
  readonly ChildShards?: readonly ChildShardOutput[];
}

/** How far behind the tip of its shard an event is. */
export function millisBehind(arrivedAtMs: number, nowMs: number): number {
  return Math.max(1, nowMs - arrivedAtMs);
}

/** An event after which the shard goes on. */
export function eventOf(
  records: readonly NumberedRecord[],
  continuation: string,
  millisBehindLatest: number,
): SubscribeToShardEvent {
  return {
    Records: records.map(describeRecord),
    ContinuationSequenceNumber: continuation,
    MillisBehindLatest: millisBehindLatest,
  };
}

/** The last event of a shard: clients know it by the children and by the number that it lacks. */
export function lastEventOf(
  records: readonly NumberedRecord[],
  { children }: Closing,
): SubscribeToShardEvent {
  return {
    Records: records.map(describeRecord),
    MillisBehindLatest: 0,
    ChildShards: children.map(describeChild),
  };
}
