// GetShardIterator.
// Faithful: all five types, LATEST pinned to the tip at the moment of the call, numbers that lie between
// records, the service's distinct refusals, calls per second and open shard. Deviates: nowhere known.
import { dataShardOf, dataStreamOf } from "../input/addressing.ts";
import { structure } from "../input/compound-shapes.ts";
import { issueIterator } from "../tokens/iterators.ts";
import { STREAM_ADDRESS, type StreamAddress, TEXTS } from "../input/members.ts";
import type { Call, Operation } from "../operation.ts";
import { dryRunSucceeded } from "../input/record-placement.ts";
import { flag, timestamp } from "../input/scalar-shapes.ts";
import { required } from "../input/shape.ts";
import { START_TYPE, startIndexOf, type StartType } from "../input/shard-start.ts";
import { shardThrottled } from "../limits/throttling.ts";
import type { Shard } from "../stream/shard.ts";
import type { Stream } from "../stream/stream.ts";

/** Members of the call. */
export interface GetShardIteratorInput extends StreamAddress {
  readonly ShardId: string;
  readonly ShardIteratorType: StartType;
  readonly StartingSequenceNumber?: string;
  /** Epoch seconds. */
  readonly Timestamp?: number;
  readonly DryRun?: boolean;
}

/** Members of the answer. */
export interface GetShardIteratorOutput {
  readonly ShardIterator: string;
}

/** Answers with a place in a shard to read from. */
export const getShardIterator: Operation<GetShardIteratorInput, GetShardIteratorOutput> = {
  name: "GetShardIterator",
  input: structure<GetShardIteratorInput>({
    ...STREAM_ADDRESS,
    ShardId: required(TEXTS.ShardId),
    ShardIteratorType: START_TYPE,
    StartingSequenceNumber: TEXTS.SequenceNumber,
    Timestamp: timestamp(),
    DryRun: flag(),
  }),
  run,
};

function run(input: GetShardIteratorInput, call: Call): GetShardIteratorOutput {
  const stream = dataStreamOf(input, call);
  const shard = dataShardOf(stream, input.ShardId);
  const start = {
    type: input.ShardIteratorType,
    sequenceNumber: input.StartingSequenceNumber,
    timestamp: input.Timestamp,
  };
  const use = { operation: "GetShardIterator", stream, shard } as const;
  const index = startIndexOf(start, use, call.wallMs);
  if (input.DryRun === true) throw dryRunSucceeded();
  refuseThrottled(stream, shard, call);
  return { ShardIterator: issueIterator(stream, shard, index, call.tokenMs) };
}

/** Only open shards are limited. */
function refuseThrottled(stream: Stream, shard: Shard, call: Call): void {
  if (shard.limits === undefined || shard.closing !== undefined) return;
  if (!shard.limits.admitIterator(call.nowMs)) throw shardThrottled(shard, stream);
}
