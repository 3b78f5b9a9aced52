// DescribeLimits.
// Faithful: quotas and use of the caller's account in a region; shards of streams on demand do not count. Deviates:
// no channel can be made, so their limit is none.
import { structure } from "../input/compound-shapes.ts";
import { requireRate } from "../limits/throttling.ts";
import type { Operation } from "../operation.ts";
import { ACCOUNT_QUOTAS } from "../stream/namespace.ts";

/** Members of the answer. */
export interface DescribeLimitsOutput {
  readonly ShardLimit: number;
  readonly OpenShardCount: number;
  readonly OnDemandStreamCount: number;
  readonly OnDemandStreamCountLimit: number;
  readonly ChannelCount: 0;
  readonly ChannelCountLimit: 0;
}

/** Tells the quotas of an account and how far they are used. */
export const describeLimits: Operation<object, DescribeLimitsOutput> = {
  name: "DescribeLimits",
  input: structure<object>({}),
  run: (_, call) => {
    requireRate("DescribeLimits", call);
    const namespace = call.findNamespace(call.caller);
    return {
      ShardLimit: ACCOUNT_QUOTAS.openShards,
      OpenShardCount: namespace?.openShardCount ?? 0,
      OnDemandStreamCount: namespace?.onDemandStreamCount ?? 0,
      OnDemandStreamCountLimit: ACCOUNT_QUOTAS.onDemandStreams,
      ChannelCount: 0,
      ChannelCountLimit: 0,
    };
  },
};
