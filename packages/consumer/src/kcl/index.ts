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
