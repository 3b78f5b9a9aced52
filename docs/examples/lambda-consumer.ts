import { type BatchHandler, KinesisError, toLambdaHandler } from "@shardline/consumer/lambda";

/** The same handler that a worker takes as `processBatch`. */
const bill: BatchHandler = ({ records }, { shardId, signal }) => {
  for (const record of records) {
    signal.throwIfAborted(); // the invocation's time is nearly over
    const { item } = JSON.parse(Buffer.from(record.data).toString()) as { item: string };
    console.log(shardId, "billed", item);
  }
};

export const handler = toLambdaHandler(bill, { onFailure: { maxAttempts: 2 } });
handler.on("recordsNotDone", ({ error, sequenceNumber, why }) => {
  console.log("again from", sequenceNumber, why, KinesisError.is(error) ? error.code : error);
});
