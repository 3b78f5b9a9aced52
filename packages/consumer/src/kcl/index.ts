export { fromRecordProcessor, type ProcessorOptions } from "./from-record-processor.ts";
export type {
  CheckpointCallback,
  CheckpointInput,
  CompleteCallback,
  InitializeInput,
  ProcessorCheckpointer,
  ProcessorRecord,
  ProcessRecordsInput,
  ShardRecordProcessor,
} from "./record-processor.ts";
export { consumerOptionsFromKclProperties } from "./consumer-options-from-kcl-properties.ts";
export type { KclClientConfig, KclConsumerOptions } from "./kcl-options.ts";
export type { IgnoredProperty } from "@shardline/core";
