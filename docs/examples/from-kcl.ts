import { readFile } from "node:fs/promises";
import { createConsumer } from "@shardline/consumer";
import {
  consumerOptionsFromKclProperties,
  fromRecordProcessor,
  type ShardRecordProcessor,
} from "@shardline/consumer/kcl";

const [, , path = "app.properties"] = process.argv;
const { ignored, options } = consumerOptionsFromKclProperties(await readFile(path, "utf8"));
for (const { key, line, reason } of ignored) console.log(`${path}:${line}: ${key}: ${reason}`);

/** As it was handed to kcl(…).run(), but that one is made for each shard. */
function recordProcessor(): ShardRecordProcessor {
  return {
    initialize({ shardId }, completeCallback) {
      console.log("begun", shardId);
      completeCallback();
    },
    processRecords({ checkpointer, records }, completeCallback) {
      for (const { data } of records) console.log(Buffer.from(data, "base64").toString());
      void checkpointer.checkpoint(completeCallback);
    },
    leaseLost(_input, completeCallback) {
      completeCallback();
    },
    shardEnded({ checkpointer }, completeCallback) {
      void checkpointer.checkpoint(completeCallback);
    },
    shutdownRequested({ checkpointer }, completeCallback) {
      void checkpointer.checkpoint(completeCallback);
    },
  };
}

const shutdown = new AbortController();
process.once("SIGTERM", () => shutdown.abort());

const consumer = createConsumer({
  startAt: "TRIM_HORIZON", // where the file does not say it
  ...options,
  ...fromRecordProcessor(recordProcessor),
});
await consumer.run({ signal: shutdown.signal });
