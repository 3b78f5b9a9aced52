// What AWS Lambda invokes a function with whose source is a Kinesis stream, and what it takes for an answer. The shapes are
// those of @types/aws-lambda, as far as they are used.
// https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html, read 2026-11-22

/** A Kinesis record in an event. */
export interface KinesisEventRecord {
  /** The shard's id, a colon, and the sequence number. */
  readonly eventID: string;
  /** The stream's ARN, or that of its consumer where the source is one. */
  readonly eventSourceARN: string;
  readonly kinesis: {
    /** Decimal. */
    readonly sequenceNumber: string;
    /** Absent only on service-managed streams. */
    readonly partitionKey?: string;
    /** In base64. */
    readonly data: string;
    /** In epoch seconds, with a fraction. */
    readonly approximateArrivalTimestamp: number;
  };
}

/** An event: records of one shard, in their order; none only where a window ends. */
export interface KinesisEvent {
  readonly Records: readonly KinesisEventRecord[];
  /** From when until when, where the source has tumbling windows. */
  readonly window?: { readonly start: string; readonly end: string };
  /** Of a window: what the function answered last. */
  readonly state?: { readonly [key: string]: unknown };
}

/** What of the invocation's context is used. */
export interface InvocationContext {
  /** In ms. Where there is none, as in a test, no time is kept. */
  readonly getRemainingTimeInMillis?: () => number;
}

/** What a function answers. Lambda goes on with the lowest of the numbers, and with all records if there is none. */
export interface KinesisResponse {
  batchItemFailures: { itemIdentifier: string }[];
  /** Of a tumbling window: handed to the next invocation. */
  state?: { readonly [key: string]: unknown };
}
