// A user record as either side hands it out.
import type { Position } from "@shardline/core";

export interface Delivery extends Position {
  readonly shardId: string;
  readonly partitionKey: string;
  /** Only of a record that travelled in an aggregate. */
  readonly explicitHashKey: string | undefined;
  readonly data: string;
}
