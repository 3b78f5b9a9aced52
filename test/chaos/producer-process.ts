// The process of the producer: puts every record of the workload at an even pace, and says how far it is.
import { setTimeout as sleep } from "node:timers/promises";
import { silentLogger } from "@shardline/core";
import { createProducer } from "@shardline/producer";
import { type ProducerProgress, type ProducerSetup, STREAM } from "./chaos-messages.ts";
import { machineMs } from "./machine-time.ts";
import { outliveSignals } from "./outlive-signals.ts";
import { dataOf, partitionKeyOf, Workload } from "./workload.ts";

const TICK_MS = 10;
const TELL_MS = 500;
const MAX_FAILURES = 10;

outliveSignals();
const { client, overMs, records, seed } = JSON.parse(process.argv[2] ?? "") as ProducerSetup;
const workload = new Workload(records, seed);
const nextNumber = new Map<number, number>();
const producer = createProducer({ stream: STREAM, kinesis: client, logger: silentLogger });
const failures: string[] = [];
let put = 0;
let stored = 0;

const telling = setInterval(() => tell(false), TELL_MS);
await putAll();
await producer.close();
clearInterval(telling);
tell(true);

async function putAll(): Promise<void> {
  const startedAtMs = machineMs();
  while (put < records) {
    const due = Math.ceil(((machineMs() - startedAtMs) / overMs) * records);
    while (put < Math.min(due, records)) if (!putNext()) await producer.ready();
    await sleep(TICK_MS);
  }
}

/** Answers whether the buffer has room for another. */
function putNext(): boolean {
  const key = workload.keys[put] as number;
  const number = nextNumber.get(key) ?? 0;
  nextNumber.set(key, number + 1);
  put += 1;
  const record = { partitionKey: partitionKeyOf(key), data: dataOf({ key, number }) };
  return producer.write(record, (error) => {
    if (error === undefined) stored += 1;
    else if (failures.length < MAX_FAILURES) {
      failures.push(`record ${number} of key ${key}: ${error.code}: ${error.message}`);
    }
  });
}

function tell(isDone: boolean): void {
  process.send?.({ put, stored, failures, isDone } satisfies ProducerProgress);
}
