// What a handler of records is written with, exported as @shardline/consumer/handler: types alone, so that code that is
// handed records by other means can share it.
export type {
  Batch,
  BatchHandler,
  BatchOutcome,
  ConsumedRecord,
  PreparedCheckpoint,
  ShardContext,
} from "../batch/handler.ts";
export type { RecordHandler } from "../batch/record-handler.ts";
