// Our worker: a consumer as its defaults make it, but for what the task says.
import { createConsumer } from "@shardline/consumer";
import { silentLogger } from "@shardline/core";
import { serveWorker } from "./node-worker.ts";

/** The emulator has no limits, and neither has any other worker. */
const UNLIMITED = { readsPerSecond: 5, bytesPerSecond: Number.MAX_SAFE_INTEGER } as const;

serveWorker((task, application, { gone, handed, taken }) => {
  const { account, endpoint, failoverMs, idleMs, read, startAt, stream, worker } = task;
  const credentials = { accessKeyId: account, secretAccessKey: "unchecked" };
  const client = { endpoint, region: "us-east-1", credentials };
  const consumer = createConsumer({
    application,
    stream,
    startAt,
    kinesis: client,
    dynamodb: client,
    workerId: worker,
    leases: { failoverMs },
    logger: silentLogger,
    read: { mode: read, ...UNLIMITED, ...(idleMs === 0 ? {} : { idleMs }) },
    processBatch: ({ records }, { shardId }) =>
      handed({
        shardId,
        count: records.length,
        texts: () => records.map(({ data }) => Buffer.from(data).toString()),
      }),
  });
  consumer.on("leaseTaken", ({ shardId }) => taken(shardId));
  consumer.on("leaseReleased", ({ shardId }) => gone(shardId));
  consumer.on("leaseLost", ({ shardId }) => gone(shardId));
  const ending = new AbortController();
  const running = consumer.run({ signal: ending.signal });
  return async () => {
    ending.abort();
    await running;
  };
});
