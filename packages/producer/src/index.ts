export { type CloseSummary, createProducer, type Producer } from "./producer.ts";
export type {
  AggregationOptions,
  BatchOptions,
  BufferOptions,
  ProducerOptions,
} from "./options.ts";
export type { ProducerSettings } from "./settings.ts";
export type { ProducerEvents } from "./producer-events.ts";
export type { Receipt } from "./record/receipt.ts";
export { type Attempt, KinesisError, type UserRecord } from "@shardline/core";
