export { fromRecordProcessor, type ProcessorOptions } from "./from-record-processor.ts";
export type {
  CheckpointInput,
  CompleteCallback,
  InitializeInput,
  ProcessorRecord,
  ProcessRecordsInput,
  ShardRecordProcessor,
} from "./record-processor.ts";
export type { CheckpointCallback, ProcessorCheckpointer } from "./processor-checkpointer.ts";
export { consumerOptionsFromKclProperties } from "./consumer-options-from-kcl-properties.ts";
export type { KclClientConfig, KclConsumerOptions } from "./kcl-options.ts";
export type { IgnoredProperty } from "@shardline/core";
