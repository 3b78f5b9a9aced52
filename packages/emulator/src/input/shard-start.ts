// Where in a shard reading starts: what GetShardIterator and SubscribeToShard mean by their five types.
import type { RequiredShape } from "./shape.ts";
import { required } from "./shape.ts";
import { word } from "./scalar-shapes.ts";
import { invalidArgument } from "../service-exception.ts";
import { type NumberUse, startingNumberOf, wrongPair } from "./starting-number.ts";

/** The types of the service's model. */
export type StartType =
  | "AFTER_SEQUENCE_NUMBER"
  | "AT_SEQUENCE_NUMBER"
  | "AT_TIMESTAMP"
  | "LATEST"
  | "TRIM_HORIZON";

/** A type with what came beside it. */
export interface ShardStart {
  readonly type: StartType;
  readonly sequenceNumber: string | undefined;
  /** Epoch seconds. */
  readonly timestamp: number | undefined;
}

/** The member that says the type. */
export const START_TYPE: RequiredShape<StartType> = required(
  word("AFTER_SEQUENCE_NUMBER", "LATEST", "AT_TIMESTAMP", "AT_SEQUENCE_NUMBER", "TRIM_HORIZON"),
);

/**
 * The index of the first record to read; `wallMs` is the time of the call.
 * @throws ServiceException InvalidArgumentException
 */
export function startIndexOf(start: ShardStart, use: NumberUse, wallMs: number): number {
  const { type, sequenceNumber, timestamp } = start;
  const { shard } = use;
  switch (type) {
    case "TRIM_HORIZON":
      refuseNumber(type, sequenceNumber);
      return 0;
    case "LATEST":
      refuseNumber(type, sequenceNumber);
      return shard.nextIndex;
    case "AT_TIMESTAMP":
      return shard.indexAtTime(timeOf(timestamp, wallMs));
    case "AT_SEQUENCE_NUMBER":
      return shard.indexAt(startingNumberOf(type, sequenceNumber, use));
    case "AFTER_SEQUENCE_NUMBER":
      return shard.indexAfter(startingNumberOf(type, sequenceNumber, use));
  }
}

function timeOf(seconds: number | undefined, nowMs: number): number {
  if (seconds === undefined) {
    throw invalidArgument(
      "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. " +
        "Current request has no timestamp parameter.",
    );
  }
  const timeMs = Math.round(seconds * 1000);
  if (timeMs <= nowMs) return timeMs;
  throw invalidArgument(
    "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. " +
      `timestampInMillis: ${timeMs}, currentTimestampInMillis: ${nowMs}`,
  );
}

function refuseNumber(type: StartType, number: string | undefined): void {
  if (number === undefined) return;
  throw wrongPair(`${type} and also a StartingSequenceNumber`);
}
