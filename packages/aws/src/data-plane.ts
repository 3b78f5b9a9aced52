// The seam between the port and how its frequent calls travel. Loops above repeat these calls, so each is
// made once.
import type { KinesisApi } from "@shardline/core";

/** The calls of producing and consuming. */
export type DataPlane = Pick<
  KinesisApi,
  "putRecords" | "getShardIterator" | "getRecords" | "listShards"
>;
