// `npm run soak -- --minutes N`: a producer under faults and changes of its shards for so long. Every record that it
// took must be settled exactly once, every one that it says is stored must be readable for a KCL, and its heap must not
// grow. Ends with one line that tells, and with status 1 if something is wrong.
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { silentLogger } from "@shardline/core";
import { createProducer, type Producer } from "@shardline/producer";
import { HeapLog } from "./heap-log.ts";
import { Ledger } from "./ledger.ts";
import {
  STREAM,
  type StreamArgument,
  type StreamRead,
  type StreamReady,
} from "./stream-messages.ts";
import { mostRecords, Traffic } from "./traffic.ts";

const RESHARD_MS = 300_000;
/** Short runs have so many reshards all the same. */
const LEAST_RESHARDS = 5;
const SAMPLE_MS = 10_000;
const LEAST_SAMPLES = 40;

const minutes = readMinutes();
const runMs = minutes * 60_000;
const ledger = new Ledger(mostRecords(minutes));
const heap = new HeapLog();

const argument: StreamArgument = {
  reshardMs: Math.min(RESHARD_MS, runMs / LEAST_RESHARDS),
  maxIds: mostRecords(minutes),
};
const stream = fork(join(import.meta.dirname, "stream-process.js"), [JSON.stringify(argument)], {
  serialization: "advanced",
});
const [{ port }] = (await once(stream, "message")) as [StreamReady];
const producer = createProducer({
  stream: STREAM,
  kinesis: {
    endpoint: `http://127.0.0.1:${port}`,
    region: "us-east-1",
    credentials: { accessKeyId: "soak", secretAccessKey: "soak" },
    requestHandler: { requestTimeout: 1000 },
  },
  // More calls, more faults.
  batch: { maxDelayMs: 20 },
  logger: silentLogger,
});
await soak(producer);
await producer.close();
stream.send("read all");
const [{ deliveries, faults, reshards }] = (await once(stream, "message")) as [StreamRead];
stream.disconnect();
await once(stream, "exit");
report();

async function soak(producer: Producer): Promise<void> {
  const untilMs = performance.now() + runMs;
  using traffic = new Traffic(producer, ledger);
  while (performance.now() < untilMs) {
    await sleep(Math.min(SAMPLE_MS, runMs / LEAST_SAMPLES));
    traffic.isPaused = true;
    await producer.flush();
    const mib = heap.sample();
    traffic.isPaused = false;
    const leftS = Math.max(0, Math.round((untilMs - performance.now()) / 1000));
    process.stderr.write(`${ledger.put} records, heap ${mib.toFixed(2)} MiB, ${leftS} s left\n`);
  }
}

function report(): void {
  const found = ledger.compare(deliveries);
  const { grewBy, heap: mib, mayGrowBy } = heap.growth();
  const problems = [
    ...(ledger.put === 0 ? ["nothing was put"] : []),
    ...(found.stored === 0 ? ["nothing was stored"] : []),
    ...(faults === 0 ? ["no fault struck"] : []),
    ...(reshards === 0 ? ["no shard changed"] : []),
    ...(found.settledWrongly > 0 ? [`${found.settledWrongly} not settled exactly once`] : []),
    ...(found.lost > 0 ? [`${found.lost} stored but not readable`] : []),
    ...(found.denied > 0 ? [`${found.denied} readable although not written`] : []),
    ...(grewBy > mayGrowBy ? [`the heap grew by ${grewBy.toFixed(2)} MiB`] : []),
  ];
  const figures =
    `${minutes} min, ${ledger.put} records, ${found.stored} stored, ${found.failed} failed, ` +
    `${found.repeated} delivered more than once, ${faults} faults, ${reshards} reshards, ` +
    `heap ${mib.toFixed(2)} MiB, ${grewBy.toFixed(2)} more in the second half (at most ${mayGrowBy.toFixed(2)})`;
  process.stdout.write(`soak ${problems.length === 0 ? "held" : "FAILED"}: ${figures}\n`);
  for (const problem of problems) process.stdout.write(`  ${problem}\n`);
  if (problems.length > 0) process.exitCode = 1;
}

function readMinutes(): number {
  const options = { minutes: { type: "string", default: "60" } } as const;
  const { values } = parseArgs({ options });
  const minutes = Number(values.minutes);
  if (!(minutes > 0)) throw new Error(`--minutes must be a number above 0, not ${values.minutes}`);
  return minutes;
}
