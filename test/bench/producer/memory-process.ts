// The process of one producer whose endpoint is dead: puts as fast as back-pressure lets it, and tells what it held
// whenever it was full.
import { setTimeout as sleep } from "node:timers/promises";
import type { Producer } from "@shardline/producer";
import { VirtualClock } from "@shardline/core/testing";
import { bytesInUse } from "../bytes-in-use.ts";
import { Endpoint } from "./endpoint.ts";
import { type Held, MARK_BYTES, type MemoryArgument } from "./memory-messages.ts";
import { newProducer } from "./new-producer.ts";
import { RecordSource, TRAFFICS } from "./traffic.ts";

/** So that code is compiled, pools are filled and there is a shard map before the endpoint dies. */
const WARM_UP_RECORDS = 20_000;
/** Then the buffer empties, and is filled again. */
const TTL_MS = 30_000;

const { by, diesAt, records } = JSON.parse(process.argv[2] ?? "") as MemoryArgument;
const source = new RecordSource(TRAFFICS.keys20);
// The calls are real and time is not, so that it does not matter how long filling the buffer takes.
const clock = new VirtualClock();
const endpoint = await Endpoint.start();
if (diesAt === "start") await endpoint[Symbol.asyncDispose]();
const producer = newProducer(endpoint.url("plain"), {
  ordering: "partition-key",
  buffer: { maxRecords: Number.MAX_SAFE_INTEGER, maxBytes: MARK_BYTES },
  recordTtlMs: TTL_MS,
  clock,
});
let settled = 0;
if (diesAt === "warmth") {
  for (let i = 0; i < WARM_UP_RECORDS; i += 1) put(producer);
  await producer.flush();
  await endpoint[Symbol.asyncDispose]();
  settled = 0;
}
// Lets go of what calls and connections still hold.
await sleep(200);
bytesInUse();
await sleep(200);
const before = bytesInUse();
process.send?.(await fill(producer));
process.disconnect();

async function fill(producer: Producer): Promise<Held> {
  let held: Held = { records: 0, bytes: 0 };
  for (let i = 0; i < records; i += 1) {
    const room = producer.ready();
    if (await isPending(room)) {
      const bytes = bytesInUse() - before;
      if (bytes > held.bytes) held = { records: i - settled, bytes };
      await clock.advance(TTL_MS);
      await room;
    }
    put(producer);
  }
  const closed = producer.close({ timeoutMs: 0 });
  await clock.advance(0);
  await closed;
  // Lets the last handlers run.
  await new Promise((resolve) => setImmediate(resolve));
  if (settled !== records) throw new Error(`${settled} of ${records} records were settled`);
  if (held.records === 0) throw new Error("the buffer never was full");
  return held;
}

function put(producer: Producer): void {
  if (by === "write") producer.write(source.next(), onSettled);
  else producer.put(source.next()).then(onSettled, onSettled);
}

function onSettled(): void {
  settled += 1;
}

async function isPending(promise: Promise<void>): Promise<boolean> {
  let isPending = true;
  void promise.then(() => {
    isPending = false;
  });
  await Promise.resolve();
  return isPending;
}
