// A worker's process: a consumer as its defaults make it, which says what becomes of its leases and when its handler was
// called.
import { createConsumer } from "@shardline/consumer";
import { silentLogger } from "@shardline/core";
import { machineMs, STREAM, type WorkerNews, type WorkerTask } from "./messages.ts";

type Untimed = WorkerNews extends infer News
  ? News extends unknown
    ? Omit<News, "atMs">
    : never
  : never;

const { client, name } = JSON.parse(process.argv[2] ?? "") as WorkerTask;
const stop = new AbortController();
process.on("message", () => stop.abort());
process.on("disconnect", () => process.exit());
const consumer = createConsumer({
  application: STREAM,
  stream: STREAM,
  startAt: "TRIM_HORIZON",
  kinesis: client,
  dynamodb: client,
  workerId: name,
  logger: silentLogger,
  processBatch: (_, { shardId }) => say({ kind: "batch", shardId }),
});
consumer.on("leaseTaken", ({ shardId }) => say({ kind: "taken", shardId }));
consumer.on("leaseReleased", ({ shardId }) => say({ kind: "gone", shardId }));
consumer.on("leaseLost", ({ shardId }) => say({ kind: "gone", shardId }));
say({ kind: "runs" });
await consumer.run({ signal: stop.signal });
process.disconnect();

function say(news: Untimed): void {
  process.send?.({ atMs: machineMs(), ...news } as WorkerNews);
}
