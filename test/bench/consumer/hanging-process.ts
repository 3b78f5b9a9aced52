// The process of a consumer whose handlers never return: reads from a hundred shards that always have more, until its
// budget is used up, and tells what it holds then.
import { setTimeout as sleep } from "node:timers/promises";
import { createConsumer, MemoryLeaseTable } from "@shardline/consumer";
import { silentLogger } from "@shardline/core";
import { bytesInUse } from "../bytes-in-use.ts";
import type { EndpointPorts } from "./endpoint-process.ts";
import { configFor } from "./our-reader.ts";

/** What the process is told when it starts. */
export interface HangingArgument {
  readonly ports: EndpointPorts;
  /** `prefetch.totalBytes`. */
  readonly budgetBytes: number;
}

/** What the process tells when it reads no more. */
export interface Hung {
  /** Heap and buffers, after a garbage collection, beyond what the process had before. */
  readonly bytes: number;
  /** Shards whose handler was called. */
  readonly shards: number;
}

const LOOK_EVERY_MS = 500;
/** Nothing was read for so many looks: all there is room for is read. */
const QUIET_LOOKS = 6;

const { budgetBytes, ports } = JSON.parse(process.argv[2] ?? "") as HangingArgument;
const shards = new Set<string>();
const consumer = createConsumer({
  application: "bench",
  stream: "bench",
  startAt: "TRIM_HORIZON",
  kinesis: configFor(ports.http1),
  leaseTable: new MemoryLeaseTable(),
  logger: silentLogger,
  prefetch: { totalBytes: budgetBytes },
  processBatch: (_, { shardId }) => {
    shards.add(shardId);
    return new Promise(() => undefined);
  },
});
let fetches = 0;
consumer.on("recordsFetched", () => {
  fetches += 1;
});
const before = bytesInUse();
void consumer.run();
let seen = -1;
for (let quiet = 0; quiet < QUIET_LOOKS; quiet = fetches === seen ? quiet + 1 : 0) {
  seen = fetches;
  await sleep(LOOK_EVERY_MS);
}
bytesInUse();
await sleep(LOOK_EVERY_MS);
process.send?.({ bytes: bytesInUse() - before, shards: shards.size } satisfies Hung);
process.exit();
