// How the leases follow the stream's shards, as an option: its docs, its checks and its defaults.
import { type Check, group, oneOf, withDefault } from "@shardline/core";

/** How the leases follow the stream's shards. */
export interface SyncOptions {
  /**
   * Whether leases are deleted once their shards were read to the end and those that follow have begun
   * (KCL: cleanupLeasesUponShardCompletion).
   * @defaultValue true
   */
  readonly cleanup?: boolean;
  /**
   * What to do when the stream was deleted and created again under its name: end `run` with STREAM_RECREATED, or
   * delete the leases of the old one and begin anew at `startAt`.
   * @defaultValue "refuse"
   */
  readonly onStreamRecreated?: "refuse" | "reset";
  /**
   * Whether a shard that is listed as open beside its open parent is passed over; otherwise no lease is created until
   * the listing makes sense (KCL: ignoreUnexpectedChildShards).
   * @defaultValue false
   */
  readonly ignoreUnexpectedChildren?: boolean;
}

const yesOrNo: Check<boolean> = oneOf(true, false);

export const syncOptions: Check<Readonly<Required<SyncOptions>>> = group({
  cleanup: withDefault(yesOrNo, true),
  onStreamRecreated: withDefault(oneOf("refuse", "reset"), "refuse"),
  ignoreUnexpectedChildren: withDefault(yesOrNo, false),
});
