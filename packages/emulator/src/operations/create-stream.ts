// CreateStream.
// Faithful: CREATING before ACTIVE, at most five streams under way, the account's shard quota. Deviates: an
// on-demand stream keeps the four shards that it starts with; tags and warm throughput are dropped; the
// distribution strategy AUTO is refused everywhere, not only on provisioned streams.
import { structure } from "../input/compound-shapes.ts";
import { TEXTS } from "../input/members.ts";
import type { NoOutput, Operation } from "../operation.ts";
import { integer, word } from "../input/scalar-shapes.ts";
import { invalidArgument, ServiceException } from "../service-exception.ts";
import { required } from "../input/shape.ts";
import type { StreamMode, StreamPlan } from "../stream/stream.ts";

/** Members of the call. */
export interface CreateStreamInput {
  readonly StreamName: string;
  readonly ShardCount?: number;
  readonly StreamModeDetails?: StreamModeDetails;
  readonly MaxRecordSizeInKiB?: number;
  readonly RecordDistributionStrategy?: "AUTO" | "USER_PARTITION_KEY";
}

interface StreamModeDetails {
  readonly StreamMode: StreamMode;
}

const ON_DEMAND_SHARDS = 4;
const KIB = 1024;
const DEFAULT_MAX_RECORD_KIB = 1024;

/** Creates a stream. */
export const createStream: Operation<CreateStreamInput, NoOutput> = {
  name: "CreateStream",
  input: structure<CreateStreamInput>({
    StreamName: required(TEXTS.StreamName),
    ShardCount: integer({ min: 1, max: Number.POSITIVE_INFINITY }),
    StreamModeDetails: structure<StreamModeDetails>({
      StreamMode: required(word("PROVISIONED", "ON_DEMAND")),
    }),
    MaxRecordSizeInKiB: integer({ min: 1024, max: 10_240 }),
    RecordDistributionStrategy: word("AUTO", "USER_PARTITION_KEY"),
  }),
  run: (input, call) => {
    const plan = planOf(input);
    call.openNamespace().create(plan);
    return undefined;
  },
};

function planOf(input: CreateStreamInput): StreamPlan {
  if (input.RecordDistributionStrategy === "AUTO") {
    throw invalidArgument("RecordDistributionStrategy AUTO is not available for this stream.");
  }
  const mode = input.StreamModeDetails?.StreamMode ?? "PROVISIONED";
  const shardCount = mode === "ON_DEMAND" ? ON_DEMAND_SHARDS : input.ShardCount;
  if (shardCount === undefined) {
    throw new ServiceException(
      "ValidationException",
      "ShardCount is required for a stream of mode PROVISIONED.",
    );
  }
  const maxRecordBytes = (input.MaxRecordSizeInKiB ?? DEFAULT_MAX_RECORD_KIB) * KIB;
  return { name: input.StreamName, mode, shardCount, maxRecordBytes };
}
