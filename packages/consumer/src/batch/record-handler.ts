// A handler of single records, and what it is as a handler of batches that have one record each.
import type { BatchHandler, ConsumedRecord, ShardContext } from "./handler.ts";

/**
 * Handles a user record. When it returns, the record is done; when it throws, the record comes again. What it returns
 * means nothing.
 */
export type RecordHandler = (record: ConsumedRecord, shard: ShardContext) => Promise<void> | void;

export function batchHandlerOf(processRecord: RecordHandler): BatchHandler {
  return async ({ records }, shard) => {
    for (const record of records) await processRecord(record, shard);
  };
}
