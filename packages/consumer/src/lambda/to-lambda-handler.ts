// The handler of a worker, as that of an AWS Lambda function whose source is a Kinesis stream. No worker, no lease and no
// client of AWS come along: Lambda reads the stream, and keeps the place in it by what the function answers.
import { Events, type EventSource, KinesisError, logEvents, resolveOptions } from "@shardline/core";
import type { BatchHandler } from "../batch/handler.ts";
import { InvocationDeadline } from "./invocation-deadline.ts";
import type { InvocationContext, KinesisEvent, KinesisResponse } from "./kinesis-event.ts";
import { LAMBDA_LOG, type LambdaEvents } from "./lambda-events.ts";
import { type LambdaOptions, lambdaOptions } from "./lambda-options.ts";
import { type NotDone, ShardInvocation } from "./shard-invocation.ts";
import { shardRecordsOf } from "./shard-records.ts";

/**
 * What Lambda invokes. Resolves when every record is done, or given up as `onFailure` says, or with what is not done.
 * Rejects with KinesisError INVALID_EVENT, and, where `report` is "throw", RECORDS_NOT_DONE: then all records come again.
 */
export interface LambdaHandler extends EventSource<LambdaEvents> {
  (event: KinesisEvent, context?: InvocationContext): Promise<KinesisResponse>;
}

/**
 * Makes a Lambda function's handler of a worker's. Once for each environment, outside of the invocation.
 *
 * The records come out of their aggregates, in batches, one call at a time for each shard. None is left out as not belonging
 * to its shard, because an event does not tell the shard's range: around a reshard a producer's repetitions come twice.
 * Records that are not done are reported by the lowest Kinesis record that holds one, and come again from its first user
 * record on.
 * @throws KinesisError INVALID_OPTIONS
 */
export function toLambdaHandler(handler: BatchHandler, options: LambdaOptions = {}): LambdaHandler {
  const settings = resolveOptions("toLambdaHandler", lambdaOptions, options);
  const { clock, logger, marginMs, report } = settings;
  if (typeof handler !== "function") throw noHandler();
  const events = new Events<LambdaEvents>((error, type) =>
    logger.error({ err: error, type }, "a listener threw"),
  );
  logEvents(events, LAMBDA_LOG, logger);
  const invoke = async (
    event: KinesisEvent,
    context?: InvocationContext,
  ): Promise<KinesisResponse> => {
    const remainingMs = context?.getRemainingTimeInMillis?.() ?? Number.POSITIVE_INFINITY;
    using deadline = new InvocationDeadline(clock, remainingMs, marginMs);
    const shards = shardRecordsOf(event).map(
      (shard) => new ShardInvocation(shard, deadline, { events, handler, settings }),
    );
    const outcomes = await Promise.all(shards.map((shard) => shard.run()));
    const failures = outcomes.filter((outcome) => outcome !== undefined);
    if (report === "throw" && failures.length > 0) throw recordsNotDone(failures);
    return responseTo(event, failures);
  };
  return Object.freeze(
    Object.assign(invoke, {
      on: <Type extends keyof LambdaEvents>(
        type: Type,
        listener: (payload: LambdaEvents[Type]) => void,
      ) => events.on(type, listener),
    }),
  );
}

/** A tumbling window's state is handed on as it came: Lambda wants one back. */
function responseTo(
  { state = {}, window }: KinesisEvent,
  failures: readonly NotDone[],
): KinesisResponse {
  const batchItemFailures = failures.map(({ sequenceNumber }) => ({
    itemIdentifier: sequenceNumber,
  }));
  return window === undefined ? { batchItemFailures } : { batchItemFailures, state };
}

function recordsNotDone(failures: readonly NotDone[]): KinesisError {
  const from = failures.map(({ sequenceNumber, shardId }) => ({ shardId, sequenceNumber }));
  const places = from.map(({ sequenceNumber, shardId }) => `${sequenceNumber} of ${shardId}`);
  return new KinesisError("RECORDS_NOT_DONE", {
    message: `records are not done from ${places.join(", from ")} on; the cause says why`,
    isRetryable: true,
    details: { from },
    cause: failures[0]?.error,
  });
}

function noHandler(): KinesisError {
  return new KinesisError("INVALID_OPTIONS", {
    message: "toLambdaHandler refused its options: the handler must be a function",
    isRetryable: false,
    details: { problems: ["the handler must be a function"] },
  });
}
