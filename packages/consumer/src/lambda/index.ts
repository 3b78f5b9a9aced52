export { type LambdaHandler, toLambdaHandler } from "./to-lambda-handler.ts";
export type { LambdaOptions } from "./lambda-options.ts";
export type { LambdaEvents } from "./lambda-events.ts";
export type {
  InvocationContext,
  KinesisEvent,
  KinesisEventRecord,
  KinesisResponse,
} from "./kinesis-event.ts";
export type {
  Batch,
  BatchHandler,
  BatchOutcome,
  ConsumedRecord,
  ShardContext,
} from "../batch/handler.ts";
export { KinesisError } from "@shardline/core";
