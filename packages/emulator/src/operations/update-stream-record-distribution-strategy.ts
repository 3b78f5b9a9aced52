// UpdateStreamRecordDistributionStrategy.
// Faithful: only streams on demand can leave the placing of records to the service; in effect at once. Deviates: it is
// not known how often AWS allows it, so there is no limit, and asking for the present strategy succeeds.
import { streamOf } from "../input/addressing.ts";
import { structure } from "../input/compound-shapes.ts";
import { TEXTS } from "../input/members.ts";
import { DISTRIBUTION } from "../input/settings-members.ts";
import { required } from "../input/shape.ts";
import type { NoOutput, Operation } from "../operation.ts";
import { invalidArgument } from "../service-exception.ts";
import type { Distribution } from "../stream/stream-settings.ts";

/** Members of the call. */
export interface UpdateStreamRecordDistributionStrategyInput {
  readonly StreamARN: string;
  readonly StreamId?: string;
  readonly RecordDistributionStrategy: Distribution;
}

/** Lets the keys of records or the service decide where they go from now on. */
export const updateStreamRecordDistributionStrategy: Operation<
  UpdateStreamRecordDistributionStrategyInput,
  NoOutput
> = {
  name: "UpdateStreamRecordDistributionStrategy",
  input: structure<UpdateStreamRecordDistributionStrategyInput>({
    StreamARN: required(TEXTS.StreamARN),
    StreamId: TEXTS.StreamId,
    RecordDistributionStrategy: required(DISTRIBUTION),
  }),
  run: ({ StreamARN, RecordDistributionStrategy: distribution }, call) => {
    const stream = streamOf({ StreamARN }, call);
    stream.requireStatus("ACTIVE");
    if (stream.mode !== "ON_DEMAND") {
      throw invalidArgument(
        `Stream ${stream.plan.name} under account ${stream.home.accountId} is not in On-Demand mode.`,
      );
    }
    stream.changeNow({ distribution });
    return undefined;
  },
};
