// The clients the adapter works with.
export {
  type KinesisClientOptions,
  type OpenKinesisClient,
  openKinesisClient,
  type ReadyKinesisClient,
} from "./kinesis-client.ts";
export type { TransportOptions } from "./transport.ts";

// The port over the SDK.
export { createAwsKinesisApi } from "./aws-kinesis-api.ts";
export { failureOfError } from "./aws-errors.ts";
export { besideCalls } from "./call-options.ts";

// What users hand in, opened.
export {
  type KinesisSource,
  kinesisSource,
  type OpenKinesis,
  openKinesis,
} from "./kinesis-source.ts";
export { mayChangeAgain, mayLookAgain, withRetries } from "./with-retries.ts";
