// Workers whose lease table throttles them, keeps them waiting, loses the answers of writes that took effect, and goes
// away for longer than leases last; meanwhile a shard splits, and workers leave and come. Over real sockets, with the
// emulator's own faults.
import { setTimeout as pause } from "node:timers/promises";
import { type Batch, createConsumer, type ShardContext } from "@shardline/consumer";
import { silentLogger } from "@shardline/core";
import { SeededRandom } from "@shardline/core/testing";
import { type FaultRule, type RunningEmulator, startEmulator } from "@shardline/emulator";
import { createProducer } from "@shardline/producer";
import { expect, test } from "vitest";

const stream = "orders";
const KEYS = 20;
const RECORDS_PER_WAVE = 400;
const BATCH_MS = 10;
const FAILOVER_MS = 1000;
const service = "dynamodb";
const WRITES = ["PutItem", "UpdateItem", "DeleteItem"];
/** A worker that does not get to see its table at the start gives up after four tries; this is about those at work. */
const AT_WORK = [...WRITES, "GetItem", "Scan"];

const FAULTS: readonly FaultRule[] = [
  {
    effect: { kind: "latency", ms: { min: 1, max: 100 } },
    match: { service, probability: 0.3 },
    continue: true,
  },
  { effect: { kind: "commitThenDrop" }, match: { service, operations: WRITES, probability: 0.2 } },
  { effect: { kind: "throttle" }, match: { service, operations: AT_WORK, probability: 0.2 } },
];

/** Workers of one application, and what they handled. */
class Fleet implements AsyncDisposable {
  /** The numbers of each key, in the order in which they were handled. */
  readonly handled = new Map<string, number[]>();
  /** Whether handlers return no more before their lease is lost. */
  isStuck = false;
  /** Batches whose lease was lost under the handler's hands. */
  lost = 0;
  readonly #emulator: RunningEmulator;
  readonly #stops: (() => Promise<void>)[] = [];
  #joined = 0;

  constructor(emulator: RunningEmulator) {
    this.#emulator = emulator;
  }

  /** One more worker comes. */
  join(): void {
    const stopping = new AbortController();
    const consumer = createConsumer({
      application: "billing",
      stream,
      startAt: "TRIM_HORIZON",
      kinesis: this.#emulator.clientConfig("kinesis"),
      dynamodb: this.#emulator.clientConfig("dynamodb"),
      workerId: `worker-${(this.#joined += 1)}`,
      leases: { failoverMs: FAILOVER_MS },
      read: { idleMs: 200 },
      batch: { maxRecords: 10 },
      logger: silentLogger,
      processBatch: (batch, shard) => this.#handle(batch, shard),
    });
    const running = consumer.run({ signal: stopping.signal });
    this.#stops.push(() => {
      stopping.abort();
      return running;
    });
  }

  /** The worker that was there first leaves. */
  async leave(): Promise<void> {
    await this.#stops.shift()?.();
  }

  /** Resolves once so many different records are handled. */
  async untilHandled(count: number): Promise<void> {
    const unique = (): number =>
      [...this.handled.values()].reduce((sum, numbers) => sum + new Set(numbers).size, 0);
    await expect.poll(unique, { interval: 20 }).toBeGreaterThanOrEqual(count);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#stops.map((stop) => stop()));
  }

  async #handle({ records }: Batch, { signal }: ShardContext): Promise<void> {
    await pause(this.isStuck ? 60_000 : BATCH_MS, undefined, { signal }).catch((error: unknown) => {
      this.lost += 1;
      throw error;
    });
    for (const { data, partitionKey = "" } of records) {
      const numbers = this.handled.get(partitionKey) ?? [];
      this.handled.set(partitionKey, numbers);
      numbers.push(Number(Buffer.from(data).toString()));
    }
  }
}

/** Puts the next records of every key; waves are counted from 1. */
async function putWave(emulator: RunningEmulator, wave: number): Promise<void> {
  await using producer = createProducer({ stream, kinesis: emulator.kinesis });
  const first = (wave - 1) * RECORDS_PER_WAVE;
  const numbers = Array.from({ length: RECORDS_PER_WAVE }, (_, i) => first + i);
  await Promise.all(
    numbers.map((n) => producer.put({ partitionKey: `key-${n % KEYS}`, data: `${n}` })),
  );
}

async function splitFirstShard(emulator: RunningEmulator): Promise<void> {
  await emulator.call("SplitShard", {
    StreamName: stream,
    ShardToSplit: emulator.inspect(stream)?.shards[0]?.shardId,
    NewStartingHashKey: "1000000000000000000000000000000000000",
  });
}

/** While handlers are at work, the table is away until their leases are lost. */
async function loseLeases(emulator: RunningEmulator, fleet: Fleet): Promise<void> {
  fleet.isStuck = true;
  await putWave(emulator, 3);
  // Some renewals go by: none of them may write down what is only in hand.
  await pause(FAILOVER_MS);
  const outage = emulator.faults.add({ effect: { kind: "unavailable" }, match: { service } });
  await expect.poll(() => fleet.lost).toBeGreaterThan(0);
  fleet.isStuck = false;
  await pause(FAILOVER_MS);
  outage.remove();
}

test("a lease table that throttles, dawdles, loses answers and goes away costs no record and no order", async () => {
  const random = new SeededRandom(7);
  await using emulator = await startEmulator({ streams: { orders: 3 }, random, faults: FAULTS });
  await using fleet = new Fleet(emulator);
  fleet.join();
  fleet.join();
  await putWave(emulator, 1);
  await fleet.untilHandled(0.5 * RECORDS_PER_WAVE);
  await splitFirstShard(emulator);
  fleet.join();
  await putWave(emulator, 2);
  await fleet.untilHandled(1.5 * RECORDS_PER_WAVE);
  await fleet.leave();
  await fleet.untilHandled(2 * RECORDS_PER_WAVE);
  await loseLeases(emulator, fleet);
  fleet.join();
  await fleet.leave();
  await putWave(emulator, 4);
  await fleet.untilHandled(4 * RECORDS_PER_WAVE);
  for (const [key, numbers] of fleet.handled) {
    const unique = [...new Set(numbers)];
    expect(unique, `order of ${key}`).toEqual(unique.toSorted((a, b) => a - b));
  }
  for (const { hits, rule } of emulator.faults.list()) {
    expect(hits, rule.effect.kind).toBeGreaterThan(0);
  }
}, 120_000);
