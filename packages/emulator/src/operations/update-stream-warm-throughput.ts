// UpdateStreamWarmThroughput.
// Faithful: streams on demand of committed accounts only, through UPDATING, with the target told at once. Deviates: the
// stream gets a shard for each MiB per second; where it has more, it keeps them, whereas AWS merges some when it likes.
import { streamOf } from "../input/addressing.ts";
import { structure } from "../input/compound-shapes.ts";
import { STREAM_ADDRESS, type StreamAddress } from "../input/members.ts";
import { required } from "../input/shape.ts";
import { requireWarmable, WARM_THROUGHPUT } from "../input/warm-throughput.ts";
import { requireRate } from "../limits/throttling.ts";
import type { Call, Operation } from "../operation.ts";
import { describeWarmth, type WarmthOutput } from "../stream/warmth-description.ts";

/** Members of the call. */
export interface UpdateStreamWarmThroughputInput extends StreamAddress {
  readonly WarmThroughputMiBps: number;
}

/** Members of the answer. */
export interface UpdateStreamWarmThroughputOutput extends WarmthOutput {
  readonly StreamName: string;
  readonly StreamARN: string;
}

/** Readies a stream for more than it takes now. */
export const updateStreamWarmThroughput: Operation<
  UpdateStreamWarmThroughputInput,
  UpdateStreamWarmThroughputOutput
> = {
  name: "UpdateStreamWarmThroughput",
  input: structure<UpdateStreamWarmThroughputInput>({
    ...STREAM_ADDRESS,
    WarmThroughputMiBps: required(WARM_THROUGHPUT),
  }),
  run,
};

function run(
  { WarmThroughputMiBps: miBps, ...address }: UpdateStreamWarmThroughputInput,
  call: Call,
): UpdateStreamWarmThroughputOutput {
  const stream = streamOf(address, call);
  stream.requireStatus("ACTIVE");
  requireWarmable(miBps, stream.mode, stream.home);
  requireRate("UpdateStreamWarmThroughput", call, stream);
  stream.warmUp(miBps);
  return {
    StreamName: stream.plan.name,
    StreamARN: stream.home.arn,
    ...describeWarmth(stream),
  };
}
