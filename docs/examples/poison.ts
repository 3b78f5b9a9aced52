import { createConsumer, KinesisError } from "@shardline/consumer";
import { deadLetterFile } from "@shardline/consumer/dead-letter";

const shutdown = new AbortController();
process.once("SIGTERM", () => shutdown.abort());

const consumer = createConsumer({
  application: "billing",
  stream: "orders",
  startAt: "TRIM_HORIZON",
  processBatch({ records }) {
    for (const record of records) {
      const text = Buffer.from(record.data).toString();
      try {
        console.log("billed", (JSON.parse(text) as { item: string }).item);
      } catch (error) {
        return { failedAt: record, error }; // those before it are done, those behind it come again
      }
    }
    return undefined;
  },
  onFailure: {
    maxAttempts: 2,
    then: "dead-letter",
    deadLetter: deadLetterFile(process.env["DEAD_LETTERS"] ?? "dead-letters.ndjson"),
    timeoutMs: 60_000,
  },
});
consumer.on("recordDeadLettered", ({ error, shardId, sequenceNumber }) => {
  const why = KinesisError.is(error) ? error.code : String(error);
  console.log("dead letter", shardId, sequenceNumber, why);
});
await consumer.run({ signal: shutdown.signal });
