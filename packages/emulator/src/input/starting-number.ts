// The sequence number that reading starts with: it must be there, readable, and of the very shard. Each way to
// fail has its own text, which clients are known to match on.
import {
  LAST_INDEX,
  parseSequenceNumber,
  type SequenceNumber,
} from "../stream/sequence-numbers.ts";
import { invalidArgument, type ServiceException } from "../service-exception.ts";
import { type Shard, shardIdOf } from "../stream/shard.ts";
import type { Stream } from "../stream/stream.ts";

/** What a number is used for. */
export interface NumberUse {
  readonly operation: "GetShardIterator" | "SubscribeToShard";
  readonly stream: Stream;
  readonly shard: Shard;
}

/**
 * Reads the number for a start of type AT_ or AFTER_SEQUENCE_NUMBER.
 * @throws ServiceException InvalidArgumentException
 */
export function startingNumberOf(
  type: "AT_SEQUENCE_NUMBER" | "AFTER_SEQUENCE_NUMBER",
  decimal: string | undefined,
  { operation, stream, shard }: NumberUse,
): SequenceNumber {
  if (decimal === undefined) throw wrongPair(`${type} and no StartingSequenceNumber`);
  const use =
    `StartingSequenceNumber ${decimal} used in ${operation} on shard ${shard.shardId} ` +
    `in stream ${stream.plan.name} under account ${stream.home.accountId} is invalid`;
  const number = parseSequenceNumber(decimal);
  if (number === undefined) throw invalidArgument(`${use}.`);
  if (number.shardIndex !== shard.origin.index) {
    throw invalidArgument(
      `Invalid StartingSequenceNumber. It encodes ${shardIdOf(number.shardIndex)}, ` +
        `while it was used in a call to a shard with ${shard.shardId}`,
    );
  }
  if (number.createdSeconds !== shard.origin.createdSeconds) {
    throw invalidArgument(`${use} because it did not come from this stream.`);
  }
  if (type === "AFTER_SEQUENCE_NUMBER" && number.index === LAST_INDEX) {
    throw invalidArgument(
      "Invalid SequenceNumber for ShardIteratorType AFTER_SEQUENCE_NUMBER, " +
        "SequenceNumber has reached max possible value for the shard.",
    );
  }
  return number;
}

/** The refusal of a type and a number that do not go together. */
export function wrongPair(specified: string): ServiceException {
  return invalidArgument(
    "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or " +
      `(2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. Request specified ${specified}.`,
  );
}
