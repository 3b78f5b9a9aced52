// Everything that a Lambda function's handler tells about its work, and how each is logged.
import type { LogTable } from "@shardline/core";
import type { BatchEvents } from "../batch/batch-events.ts";

type InvocationEvents = {
  /** Records of a shard are not done, from this Kinesis record on: they are reported, so that they come again. */
  recordsNotDone: {
    readonly stream: string;
    readonly shardId: string;
    readonly sequenceNumber: string;
    /** The handler kept failing, or the invocation had no more time. */
    readonly why: "halted" | "out-of-time";
    /** What the last try threw, or that the time is over. */
    readonly error: unknown;
  };
};

/** Event name to payload. */
export type LambdaEvents = BatchEvents & InvocationEvents;

/** How the events are logged. */
export const LAMBDA_LOG: LogTable<LambdaEvents> = {
  batchProcessed: ["debug", "batch processed"],
  batchFailed: ["warn", "handler failed"],
  handlerTimedOut: ["error", "handler takes too long, its shard waits for it to return"],
  // What follows from it is told by recordsNotDone.
  shardHalted: undefined,
  shardResumed: undefined,
  recordsSkipped: ["error", "records skipped"],
  recordDeadLettered: ["warn", "record handed to the dead-letter sink"],
  deadLetterFailed: ["error", "dead-letter sink failed, the shard waits for it"],
  // Whose range is not known, so nothing is out of it.
  recordsOutOfRange: undefined,
  aggregatesMalformed: ["error", "records are aggregates but cannot be taken apart"],
  recordsNotDone: ["error", "records are not done and come again"],
};
