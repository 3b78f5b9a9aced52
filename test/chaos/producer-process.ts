// A producer's process: puts the records of its keys at an even pace, and writes down what becomes of them.
import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { silentLogger } from "@shardline/core";
import { createProducer } from "@shardline/producer";
import { JOURNAL_FD, type ProducerLine, type ProducerSetup, STREAM } from "./chaos-messages.ts";
import { machineMs } from "./machine-time.ts";
import { outliveSignals } from "./outlive-signals.ts";
import { placeOf } from "./place.ts";
import { dataOf, partitionKeyOf, slotOf, Workload } from "./workload.ts";

const TICK_MS = 10;
/** Records that are at most announced together: those that a killed producer did not come to are never put. */
const STEP = 200;

outliveSignals();
const setup = JSON.parse(process.argv[2] ?? "") as ProducerSetup;
const { overMs, records, seed, slot, slots, startMs } = setup;
const workload = new Workload(records, seed);
const producer = createProducer({
  stream: STREAM,
  kinesis: setup.kinesis,
  // Whatever happens is over at some time, and then everything must be stored.
  recordTtlMs: Number.POSITIVE_INFINITY,
  logger: silentLogger,
});
const stored: number[] = [];
let put = setup.from;

const telling = setInterval(tellStored, TICK_MS);
await putAll();
await producer.close({ timeoutMs: Number.POSITIVE_INFINITY });
clearInterval(telling);
tellStored();
note({ kind: "done" });
process.disconnect();

async function putAll(): Promise<void> {
  while (put < records) {
    const due = Math.min(records, Math.ceil(((machineMs() - startMs) / overMs) * records));
    while (put < due) {
      const until = Math.min(due, put + STEP);
      // Said before it is done: who comes after a killed producer puts none of these again.
      note({ kind: "putting", until });
      while (put < until) if (!putNext()) await producer.ready();
    }
    await sleep(TICK_MS);
  }
}

/** Answers whether the buffer has room for another. */
function putNext(): boolean {
  const index = put;
  put += 1;
  const identity = workload.recordAt(index);
  if (slotOf(identity.key, slots) !== slot) return true;
  const record = { partitionKey: partitionKeyOf(identity.key), data: dataOf(identity) };
  return producer.write(record, (error, receipt) => {
    if (receipt !== undefined) stored.push(index, placeOf(receipt));
    else note({ kind: "failed", index, why: `${error?.code}: ${error?.message}` });
  });
}

function tellStored(): void {
  if (stored.length > 0) note({ kind: "stored", records: stored.splice(0) });
}

function note(line: ProducerLine): void {
  // A write to a pipe has happened when it returns: a process that is killed afterwards has still said it.
  writeFileSync(JOURNAL_FD, `${JSON.stringify(line)}\n`);
}
