// The process of one caller, so that none is compiled, or cleaned up after, on another one's account. Takes a sample
// whenever it is asked.
import { randomBytes } from "node:crypto";
import type { PutRecordsRequest } from "@shardline/core";
import { type Caller, floor, ours, sdk } from "./callers.ts";
import type { CallerSample, CallerTask } from "./caller-messages.ts";
import { cpuPerCall, SAMPLE_MS, WARM_UP_MS } from "./spend.ts";

const task = JSON.parse(process.argv[2] ?? "") as CallerTask;
const { call } = await open(task, requestOf(task));
let sampleMs = WARM_UP_MS;
process.on("message", () => void sample());
process.on("disconnect", () => process.exit());
tell({ cpuPerCallUs: await cpuPerCall(call, SAMPLE_MS) });

/** Without a collection before it: V8 would forget what it has compiled. The first one does not count, and is longer. */
async function sample(): Promise<void> {
  const cpuPerCallUs = await cpuPerCall(call, sampleMs);
  sampleMs = SAMPLE_MS;
  tell({ cpuPerCallUs });
}

function tell(message: CallerSample): void {
  process.send?.(message);
}

async function open({ endpoint, kind }: CallerTask, request: PutRecordsRequest): Promise<Caller> {
  switch (kind) {
    case "json":
    case "cbor":
    case "send":
      return ours(endpoint, kind, request);
    case "sdk-default":
      return sdk(endpoint, "default", request);
    case "sdk-http1":
      return sdk(endpoint, "http1", request);
    case "floor":
      return floor(endpoint, bodyOf(request));
  }
}

function requestOf({ bytes, records }: CallerTask): PutRecordsRequest {
  const entries = Array.from({ length: records }, (_, i) => ({
    data: randomBytes(bytes),
    partitionKey: `user-${String(i).padStart(6, "0")}`,
  }));
  return { stream: { name: "orders" }, entries };
}

function bodyOf({ entries, stream }: PutRecordsRequest): Buffer {
  const Records = entries.map(({ data, partitionKey }) => ({
    Data: Buffer.from(data).toString("base64"),
    PartitionKey: partitionKey,
  }));
  return Buffer.from(JSON.stringify({ StreamName: stream.name, Records }));
}
