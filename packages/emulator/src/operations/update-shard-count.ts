// UpdateShardCount.
// Faithful: uniform ranges reached by splits and merges whose shards all stay visible, at most double or half,
// at most ten updates in any 24 hours. Deviates: all steps happen in one moment; asking
// for the present number of shards succeeds and changes nothing.
import { streamOf } from "../input/addressing.ts";
import { structure } from "../input/compound-shapes.ts";
import { STREAM_ADDRESS, type StreamAddress } from "../input/members.ts";
import type { Call, Operation } from "../operation.ts";
import { requireReshardable } from "../input/reshard-checks.ts";
import { integer, word } from "../input/scalar-shapes.ts";
import { ServiceException } from "../service-exception.ts";
import { required } from "../input/shape.ts";
import { requireRate } from "../limits/throttling.ts";
import type { Stream } from "../stream/stream.ts";

/** Members of the call. */
export interface UpdateShardCountInput extends StreamAddress {
  readonly TargetShardCount: number;
  readonly ScalingType: "UNIFORM_SCALING";
}

/** Members of the answer. */
export interface UpdateShardCountOutput {
  readonly StreamName: string;
  readonly StreamARN: string;
  readonly CurrentShardCount: number;
  readonly TargetShardCount: number;
}

// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateShardCount.html, 2026-11-21.
const MAX_SHARDS = 10_000;

/** Brings a stream to a number of shards of equal width. */
export const updateShardCount: Operation<UpdateShardCountInput, UpdateShardCountOutput> = {
  name: "UpdateShardCount",
  input: structure<UpdateShardCountInput>({
    ...STREAM_ADDRESS,
    TargetShardCount: required(integer({ min: 1, max: Number.POSITIVE_INFINITY })),
    ScalingType: required(word("UNIFORM_SCALING")),
  }),
  run,
};

function run({ TargetShardCount: target, ...input }: UpdateShardCountInput, call: Call) {
  const stream = streamOf(input, call);
  requireReshardable(stream);
  const current = stream.openShardCount;
  const isChange = target !== current;
  if (isChange) {
    requireInReach(target, current);
    requireFewUpdates(stream, call.nowMs);
    stream.home.requireQuota("PROVISIONED", target - current);
  }
  requireRate("UpdateShardCount", call, stream);
  if (isChange) startUpdate(stream, target, call.nowMs);
  return {
    StreamName: stream.plan.name,
    StreamARN: stream.home.arn,
    CurrentShardCount: current,
    TargetShardCount: target,
  };
}

function startUpdate(stream: Stream, target: number, nowMs: number): void {
  stream.reshard({ kind: "scale", shardCount: target });
  stream.shardCountUpdates.add(nowMs);
}

function requireInReach(target: number, current: number): void {
  if (target <= 2 * current && 2 * target >= current && target <= MAX_SHARDS) return;
  throw new ServiceException(
    "LimitExceededException",
    `UpdateShardCount goes at most to double and at least to half the current open shard count, and not ` +
      `above ${MAX_SHARDS}. Current open shard count: ${current}. Target shard count: ${target}.`,
  );
}

function requireFewUpdates({ plan, home, shardCountUpdates }: Stream, nowMs: number): void {
  if (!shardCountUpdates.isReached(nowMs)) return;
  throw new ServiceException(
    "LimitExceededException",
    `Stream ${plan.name} under account ${home.accountId} has been updated ${shardCountUpdates.max} times in the last 24 hours.`,
  );
}
