// Where a record to be put belongs and how large it is: what has to be known of all records of a call before
// the first one is stored.
import { md5Words, parseExplicitHashKey, writeHashKeyWords } from "@shardline/core";
import { type Blob, blobLength } from "../stream/blob.ts";
import { invalidArgument, ServiceException } from "../service-exception.ts";
import { NO_KEY } from "../stream/read-description.ts";
import type { Shard } from "../stream/shard.ts";
import type { Stream } from "../stream/stream.ts";

/** What a caller puts. */
export interface PutEntry {
  readonly Data: Blob;
  /** May be left out where the service places records. */
  readonly PartitionKey?: string;
  readonly ExplicitHashKey?: string;
}

/** An entry's shard and size. */
export interface Placement {
  readonly shard: Shard;
  /** Data and UTF-8 partition key. */
  readonly bytes: number;
}

/** The hash key in hand, as four words. */
const hashKey = new Uint32Array(4);

/**
 * Places one entry: the nth of a call, or its only one.
 * @throws ServiceException InvalidArgumentException, ValidationException
 */
export function placeRecord(entry: PutEntry, stream: Stream, nth?: number): Placement {
  const { Data, ExplicitHashKey, PartitionKey = NO_KEY } = entry;
  const bytes = blobLength(Data) + Buffer.byteLength(PartitionKey);
  if (bytes > stream.maxRecordBytes) {
    throw invalidArgument(
      `A record of ${bytes} bytes, partition key included, exceeds the ${stream.maxRecordBytes} bytes ` +
        `that stream ${stream.plan.name} under account ${stream.home.accountId} takes.`,
    );
  }
  if (stream.distribution === "AUTO") {
    return { shard: stream.shards.routeAnywhere(stream.home.random.next()), bytes };
  }
  if (PartitionKey === NO_KEY) throw keyMissing(nth);
  if (ExplicitHashKey === undefined) md5Words(PartitionKey, hashKey);
  else writeExplicitHashKey(ExplicitHashKey);
  return { shard: stream.shards.route(hashKey), bytes };
}

/** The shard that a record would go to now; `undefined` where that is not certain, or the hash key is none. */
export function shardOfKey(
  partitionKey: string,
  explicitHashKey: string | undefined,
  stream: Stream,
): Shard | undefined {
  if (stream.shards.openCount === 0 || stream.distribution === "AUTO") return undefined;
  const explicit = explicitHashKey === undefined ? 0n : parseExplicitHashKey(explicitHashKey);
  if (explicit === undefined) return undefined;
  if (explicitHashKey === undefined) md5Words(partitionKey, hashKey);
  else writeHashKeyWords(explicit, hashKey, 0);
  return stream.shards.route(hashKey);
}

/** How a call is answered that would have succeeded, had it not been a rehearsal. */
export function dryRunSucceeded(): ServiceException {
  return new ServiceException(
    "DryRunOperationException",
    "The request would have succeeded, but the DryRun flag is set.",
  );
}

/** In the words for a member that has to be there. */
function keyMissing(nth: number | undefined): ServiceException {
  const path = nth === undefined ? "partitionKey" : `records.${nth + 1}.member.partitionKey`;
  return new ServiceException(
    "ValidationException",
    `1 validation error detected: Value null at '${path}' failed to satisfy constraint: Member must not be null`,
  );
}

function writeExplicitHashKey(given: string): void {
  const value = parseExplicitHashKey(given);
  if (value === undefined) {
    throw invalidArgument(
      "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. " +
        `Specified value was ${given}`,
    );
  }
  writeHashKeyWords(value, hashKey, 0);
}
