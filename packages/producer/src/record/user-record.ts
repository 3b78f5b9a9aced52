// A record on its way out again -> what its caller put, for errors and for whoever closes the producer.
import type { UserRecord } from "@shardline/core";
import { NO_KEY } from "./packing.ts";
import type { LooseRecord } from "./pending-record.ts";

/**
 * What the caller put, as far as it is sent, with the caller's context, and with what it calls its stream, so that it can
 * be put again.
 */
export function userRecordOf(
  { content, pending }: LooseRecord,
  calledBy: string | undefined,
): UserRecord {
  const { partitionKey, ...rest } = content;
  return {
    ...(calledBy === undefined ? {} : { stream: calledBy }),
    ...(partitionKey === NO_KEY ? {} : { partitionKey }),
    ...rest,
    ...(pending.context === undefined ? {} : { context: pending.context }),
  };
}
