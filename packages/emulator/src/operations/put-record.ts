// PutRecord.
// Faithful: routing, size limits, throttling of the shard, the check of SequenceNumberForOrdering. Deviates:
// a stream on demand that places records itself does so at random; of a stream that is not encrypted no
// EncryptionType is told, where AWS may say NONE; a DryRun asks neither whether the shard is throttled nor for room.
import { dataStreamOf } from "../input/addressing.ts";
import { structure } from "../input/compound-shapes.ts";
import { DATA, STREAM_ADDRESS, type StreamAddress, TEXTS } from "../input/members.ts";
import type { Call, Operation } from "../operation.ts";
import { dryRunSucceeded, placeRecord, type PutEntry } from "../input/record-placement.ts";
import { flag } from "../input/scalar-shapes.ts";
import { parseSequenceNumber, type SequenceNumber } from "../stream/sequence-numbers.ts";
import { NO_KEY } from "../stream/read-description.ts";
import { describeEncryption } from "../stream/stream-description.ts";
import { invalidArgument } from "../service-exception.ts";
import { required } from "../input/shape.ts";
import { shardThrottled } from "../limits/throttling.ts";
import { secondsOf, type Shard } from "../stream/shard.ts";
import type { Stream } from "../stream/stream.ts";

/** Members of the call. */
export interface PutRecordInput extends StreamAddress, PutEntry {
  readonly SequenceNumberForOrdering?: string;
  readonly DryRun?: boolean;
}

/** Members of the answer. */
export interface PutRecordOutput {
  readonly SequenceNumber: string;
  readonly ShardId: string;
  readonly EncryptionType?: "KMS";
}

/** Stores one record. */
export const putRecord: Operation<PutRecordInput, PutRecordOutput> = {
  name: "PutRecord",
  input: structure<PutRecordInput>({
    ...STREAM_ADDRESS,
    Data: required(DATA),
    PartitionKey: TEXTS.PartitionKey,
    ExplicitHashKey: TEXTS.HashKey,
    SequenceNumberForOrdering: TEXTS.SequenceNumber,
    DryRun: flag(),
  }),
  run,
};

function run(input: PutRecordInput, call: Call): PutRecordOutput {
  const stream = dataStreamOf(input, call);
  const { shard, bytes } = placeRecord(input, stream);
  requirePast(input.SequenceNumberForOrdering, shard, stream, call);
  if (input.DryRun === true) throw dryRunSucceeded();
  stream.home.storage.requireRoom(bytes);
  if (!shard.admit(bytes, call.nowMs)) throw shardThrottled(shard, stream);
  const { PartitionKey, Data } = input;
  const key = PartitionKey ?? NO_KEY;
  const SequenceNumber = shard.append(key, Data, bytes, call.wallMs, stream.horizonMs);
  return { SequenceNumber, ShardId: shard.shardId, ...describeEncryption(stream) };
}

/**
 * The ordering number must be one that was given out before. The record's own number then exceeds it without
 * further ado: numbers of a shard and of its descendants only grow.
 */
function requirePast(ordering: string | undefined, shard: Shard, stream: Stream, call: Call): void {
  if (ordering === undefined) return;
  const number = parseSequenceNumber(ordering);
  const isFuture =
    number === undefined ||
    // The clock may have stepped back since the number was given out.
    number.putSeconds > secondsOf(Math.max(call.wallMs, shard.lastChangeMs)) ||
    (isOf(shard, number) && number.index >= shard.nextIndex);
  if (!isFuture) return;
  throw invalidArgument(
    `ExclusiveMinimumSequenceNumber ${ordering} used in PutRecord on stream ${stream.plan.name} ` +
      `under account ${stream.home.accountId} is invalid.`,
  );
}

function isOf({ origin }: Shard, number: SequenceNumber): boolean {
  return number.shardIndex === origin.index && number.createdSeconds === origin.createdSeconds;
}
