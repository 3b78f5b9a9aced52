// GetRecords.
// Faithful: an iterator may be used again, a page ends at Limit or before 10 MiB, a closed shard read to its
// end answers with its children and without an iterator, always both; calls and bytes per second and shard, with
// a pause after a large answer. Deviates: the end of a shard comes with its last record, where AWS may answer one
// empty page before.
import { GET_RECORDS_LIMITS } from "@shardline/core";
import { dataShardOf } from "../input/addressing.ts";
import { structure } from "../input/compound-shapes.ts";
import { issueIterator, readIterator } from "../tokens/iterators.ts";
import { PAGE_LIMIT, TEXTS } from "../input/members.ts";
import type { Call, Operation } from "../operation.ts";
import { dryRunSucceeded } from "../input/record-placement.ts";
import { flag } from "../input/scalar-shapes.ts";
import { invalidArgument } from "../service-exception.ts";
import { required } from "../input/shape.ts";
import {
  type ChildShardOutput,
  describeChild,
  describeRecord,
  type RecordOutput,
} from "../stream/read-description.ts";
import { shardThrottled } from "../limits/throttling.ts";
import { count, newTally } from "../stream/traffic.ts";
import type { Stream } from "../stream/stream.ts";

/** Members of the call. */
export interface GetRecordsInput {
  readonly ShardIterator: string;
  readonly Limit?: number;
  readonly StreamARN?: string;
  readonly StreamId?: string;
  readonly DryRun?: boolean;
}

/** Members of the answer. */
export interface GetRecordsOutput {
  readonly Records: readonly RecordOutput[];
  readonly MillisBehindLatest: number;
  readonly NextShardIterator?: string;
  readonly ChildShards?: readonly ChildShardOutput[];
}

/** Answers with the records from a place in a shard on. */
export const getRecords: Operation<GetRecordsInput, GetRecordsOutput> = {
  name: "GetRecords",
  input: structure<GetRecordsInput>({
    ShardIterator: required(TEXTS.ShardIterator),
    Limit: PAGE_LIMIT,
    StreamARN: TEXTS.StreamARN,
    StreamId: TEXTS.StreamId,
    DryRun: flag(),
  }),
  run,
};

function run(input: GetRecordsInput, call: Call): GetRecordsOutput {
  const { stream, shardId, index } = readIterator(input.ShardIterator, call);
  refuseOtherStream(stream, input.StreamARN);
  const shard = dataShardOf(stream, shardId);
  if (input.DryRun === true) throw dryRunSucceeded();
  if (shard.limits?.admitRead(call.nowMs) === false) throw shardThrottled(shard, stream);
  const tally = newTally();
  const records = shard.read(index, {
    maxRecords: input.Limit ?? GET_RECORDS_LIMITS.maxRecords,
    maxBytes: GET_RECORDS_LIMITS.maxBytes,
    tally,
  });
  shard.limits?.chargeRead(tally.bytes, call.nowMs);
  count(shard.traffic.polled, tally);
  const last = records.at(-1);
  const nextIndex = last === undefined ? index : last.index + 1;
  const isAtTip = last === undefined || nextIndex === shard.nextIndex;
  return {
    Records: records.map(describeRecord),
    MillisBehindLatest: isAtTip ? 0 : Math.max(1, call.wallMs - last.arrivedAtMs),
    ...(isAtTip && shard.closing !== undefined
      ? { ChildShards: shard.closing.children.map(describeChild) }
      : { NextShardIterator: issueIterator(stream, shard, nextIndex, call.tokenMs) }),
  };
}

function refuseOtherStream(stream: Stream, arn: string | undefined): void {
  if (arn === undefined || arn === stream.home.arn) return;
  throw invalidArgument(`StreamARN ${arn} is not that of the stream of the ShardIterator.`);
}
