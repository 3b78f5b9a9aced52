// A handler that never waits has the thread to itself: the pauses that it is given are for timers, without which no lease
// would be renewed. In real time, because it is the thread that is short.
import { createConsumer, MemoryLeaseTable } from "@shardline/consumer";
import { silentLogger } from "@shardline/core";
import { startEmulator } from "@shardline/emulator";
import { createProducer } from "@shardline/producer";
import { expect, test } from "vitest";

const RECORDS = 400;
const BUSY_MS = 5;
const FAILOVER_MS = 3000;
/** Of bursts of 100 ms, and what eight calls take beyond; the thread may be short of time besides, which makes for more. */
const LEAST_PAUSES = 10;

/** Nothing else of this process runs meanwhile. */
function compute(): void {
  const startedAtMs = performance.now();
  while (performance.now() - startedAtMs < BUSY_MS);
}

test.each([
  { concurrency: 1, ordering: "shard" },
  { concurrency: 8, ordering: "partition-key" },
] as const)("S1: leases are renewed while a handler computes, $ordering", async (options) => {
  await using emulator = await startEmulator({ streams: { orders: 1 } });
  await using producer = createProducer({ stream: "orders", kinesis: emulator.kinesis });
  const numbers = Array.from({ length: RECORDS }, (_, n) => n);
  await Promise.all(
    numbers.map((n) => producer.put({ partitionKey: `key-${n % 20}`, data: `${n}` })),
  );
  const leaseTable = new MemoryLeaseTable();
  const stopping = new AbortController();
  const handled = new Set<string>();
  const renewals = new Set<number>();
  let deliveries = 0;
  let ticks = 0;
  /** How often timers have fired between two calls. */
  let pauses = 0;
  let ticksBefore = 0;
  const consumer = createConsumer({
    ...options,
    application: "billing",
    stream: "orders",
    startAt: "TRIM_HORIZON",
    kinesis: emulator.kinesis,
    leaseTable,
    leases: { failoverMs: FAILOVER_MS },
    logger: silentLogger,
    processRecord: ({ data }) => {
      compute();
      deliveries += 1;
      if (ticks > ticksBefore) pauses += 1;
      ticksBefore = ticks;
      handled.add(Buffer.from(data).toString());
      for (const { counter } of leaseTable.snapshot()) renewals.add(counter);
      if (handled.size === RECORDS) stopping.abort();
    },
  });
  const lost: string[] = [];
  consumer.on("leaseLost", ({ shardId }) => lost.push(shardId));
  const ticking = setInterval(() => (ticks += 1), 1);
  await consumer.run({ signal: stopping.signal }).finally(() => clearInterval(ticking));
  expect([lost, handled.size, deliveries]).toEqual([[], RECORDS, RECORDS]);
  expect(renewals.size).toBeGreaterThan(1);
  expect(pauses).toBeGreaterThan(LEAST_PAUSES);
});
