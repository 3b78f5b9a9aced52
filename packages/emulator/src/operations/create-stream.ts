// CreateStream.
// Faithful: CREATING before ACTIVE, at most five streams under way, the account's quotas. Deviates: an on-demand
// stream keeps the shards that it starts with: four, or one for each MiB per second of its warm throughput.
import { structure } from "../input/compound-shapes.ts";
import { TEXTS } from "../input/members.ts";
import { integer } from "../input/scalar-shapes.ts";
import { requireWarmable, WARM_THROUGHPUT } from "../input/warm-throughput.ts";
import {
  DISTRIBUTION,
  KIB,
  MAX_RECORD_SIZE_IN_KIB,
  STREAM_MODE_DETAILS,
  type StreamModeDetails,
} from "../input/settings-members.ts";
import { required } from "../input/shape.ts";
import { requireTags, TAG_MAP } from "../input/tag-shapes.ts";
import { requireRate } from "../limits/throttling.ts";
import type { Call, NoOutput, Operation } from "../operation.ts";
import { invalidArgument, ServiceException } from "../service-exception.ts";
import type { StreamPlan } from "../stream/stream.ts";
import {
  DEFAULT_SETTINGS,
  type Distribution,
  type StreamSettings,
} from "../stream/stream-settings.ts";

/** Members of the call. */
export interface CreateStreamInput {
  readonly StreamName: string;
  readonly ShardCount?: number;
  readonly StreamModeDetails?: StreamModeDetails;
  readonly MaxRecordSizeInKiB?: number;
  readonly WarmThroughputMiBps?: number;
  readonly RecordDistributionStrategy?: Distribution;
  readonly Tags?: ReadonlyMap<string, string>;
}

const ON_DEMAND_SHARDS = 4;

/** Creates a stream. */
export const createStream: Operation<CreateStreamInput, NoOutput> = {
  name: "CreateStream",
  input: structure<CreateStreamInput>({
    StreamName: required(TEXTS.StreamName),
    ShardCount: integer({ min: 1, max: Number.POSITIVE_INFINITY }),
    StreamModeDetails: STREAM_MODE_DETAILS,
    MaxRecordSizeInKiB: MAX_RECORD_SIZE_IN_KIB,
    WarmThroughputMiBps: WARM_THROUGHPUT,
    RecordDistributionStrategy: DISTRIBUTION,
    Tags: TAG_MAP,
  }),
  run,
};

function run(input: CreateStreamInput, call: Call): NoOutput {
  const plan = planOf(input);
  const namespace = call.openNamespace();
  namespace.requireFree(plan.name);
  refuseAuto(input);
  if (input.WarmThroughputMiBps !== undefined) {
    requireWarmable(input.WarmThroughputMiBps, plan.settings.mode, namespace);
  }
  requireTags(input.Tags ?? new Map());
  namespace.requireRoom(plan);
  requireRate("CreateStream", call);
  namespace.add(plan);
  return undefined;
}

function planOf(input: CreateStreamInput): StreamPlan {
  const { StreamName: name, Tags: tags = new Map() } = input;
  const settings = settingsOf(input);
  const onDemandCount = Math.max(ON_DEMAND_SHARDS, input.WarmThroughputMiBps ?? 0);
  const shardCount = settings.mode === "ON_DEMAND" ? onDemandCount : input.ShardCount;
  if (shardCount !== undefined) return { name, shardCount, settings, tags };
  throw new ServiceException(
    "ValidationException",
    "ShardCount is required for a stream of mode PROVISIONED.",
  );
}

function refuseAuto({ RecordDistributionStrategy, StreamModeDetails }: CreateStreamInput): void {
  if (RecordDistributionStrategy !== "AUTO" || StreamModeDetails?.StreamMode === "ON_DEMAND")
    return;
  throw invalidArgument("RecordDistributionStrategy AUTO is available for streams on demand only.");
}

function settingsOf(input: CreateStreamInput): StreamSettings {
  const {
    StreamModeDetails: details,
    MaxRecordSizeInKiB: kib,
    RecordDistributionStrategy: distribution,
    WarmThroughputMiBps: warmThroughputMiBps,
  } = input;
  return {
    ...DEFAULT_SETTINGS,
    ...(details === undefined ? {} : { mode: details.StreamMode }),
    ...(kib === undefined ? {} : { maxRecordBytes: kib * KIB }),
    ...(distribution === undefined ? {} : { distribution }),
    ...(warmThroughputMiBps === undefined ? {} : { warmThroughputMiBps }),
  };
}
