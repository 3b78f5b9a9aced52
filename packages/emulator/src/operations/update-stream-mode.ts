// UpdateStreamMode.
// Faithful: the shards stay as they are, two switches in any 24 hours, the account's quotas. Deviates: asking for
// the present mode succeeds and changes nothing; a stream that becomes provisioned places records by their keys again,
// which AWS may refuse instead.
import { streamOf } from "../input/addressing.ts";
import { structure } from "../input/compound-shapes.ts";
import { TEXTS } from "../input/members.ts";
import { STREAM_MODE_DETAILS, type StreamModeDetails } from "../input/settings-members.ts";
import { required } from "../input/shape.ts";
import { requireWarmable, WARM_THROUGHPUT } from "../input/warm-throughput.ts";
import { requireRate } from "../limits/throttling.ts";
import type { Call, NoOutput, Operation } from "../operation.ts";
import { ServiceException } from "../service-exception.ts";
import type { Stream } from "../stream/stream.ts";

/** Members of the call. */
export interface UpdateStreamModeInput {
  readonly StreamARN: string;
  readonly StreamId?: string;
  readonly StreamModeDetails: StreamModeDetails;
  readonly WarmThroughputMiBps?: number;
}

/** Lets the owner or the service decide about a stream's shards from now on. */
export const updateStreamMode: Operation<UpdateStreamModeInput, NoOutput> = {
  name: "UpdateStreamMode",
  input: structure<UpdateStreamModeInput>({
    StreamARN: required(TEXTS.StreamARN),
    StreamId: TEXTS.StreamId,
    StreamModeDetails: required(STREAM_MODE_DETAILS),
    WarmThroughputMiBps: WARM_THROUGHPUT,
  }),
  run,
};

function run(input: UpdateStreamModeInput, call: Call): NoOutput {
  const stream = streamOf({ StreamARN: input.StreamARN }, call);
  const { WarmThroughputMiBps: miBps } = input;
  const mode = input.StreamModeDetails.StreamMode;
  stream.requireStatus("ACTIVE");
  const isSwitch = mode !== stream.mode;
  if (miBps !== undefined) {
    requireWarmable(miBps, mode, stream.home);
    if (!isSwitch) throw onDemandAlready(stream);
  }
  if (isSwitch) {
    requireFewSwitches(stream, call.nowMs);
    stream.home.requireQuota(mode, stream.openShardCount);
  }
  requireRate("UpdateStreamMode", call, stream);
  if (!isSwitch) return undefined;
  if (mode === "PROVISIONED") {
    stream.change({ mode, distribution: "USER_PARTITION_KEY", warmThroughputMiBps: null });
  } else if (miBps === undefined) stream.change({ mode });
  else stream.warmUp(miBps, { mode });
  stream.modeSwitches.add(call.nowMs);
  return undefined;
}

function onDemandAlready({ plan, home }: Stream): ServiceException {
  return new ServiceException(
    "ValidationException",
    `Stream ${plan.name} under account ${home.accountId} is in On-Demand mode already. ` +
      "Use UpdateStreamWarmThroughput to change its warm throughput.",
  );
}

function requireFewSwitches({ plan, home, modeSwitches }: Stream, nowMs: number): void {
  if (!modeSwitches.isReached(nowMs)) return;
  throw new ServiceException(
    "LimitExceededException",
    `Stream ${plan.name} under account ${home.accountId} has switched its mode ${modeSwitches.max} times in the last 24 hours.`,
  );
}
