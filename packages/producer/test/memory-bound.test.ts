// How much a producer holds when nothing leaves it: what lies between the put of a record and its end.
import type { UserRecord } from "@shardline/core";
import { expect, it } from "vitest";
import { failedCall } from "./support/failures.ts";
import { newRig, type Rig } from "./support/rig.ts";

const MARK_BYTES = 64 * 1024;
const DATA_BYTES = 500;
/** With its key and the 200 bytes that each record counts for. */
const RECORD_BYTES = DATA_BYTES + "k".length + 200;
const RECORDS = 3000;
const TTL_MS = 1000;

/** A producer from which nothing arrives, and how much of what it took was held at a time. */
class DeadEnd {
  readonly rig: Rig;
  #taken = 0;
  #failed = 0;
  #mostHeld = 0;

  constructor() {
    this.rig = newRig({
      shards: 4,
      buffer: { maxRecords: Number.MAX_SAFE_INTEGER, maxBytes: MARK_BYTES },
      recordTtlMs: TTL_MS,
      between: () => ({ putRecords: () => Promise.reject(failedCall("unreachable")) }),
    });
    this.rig.producer.on("recordsFailed", ({ records }) => {
      this.#failed += records;
    });
  }

  /** The next record, which the producer is about to take; `undefined` when all were taken. */
  next(): UserRecord | undefined {
    if (this.#taken === RECORDS) return undefined;
    this.#taken += 1;
    this.#mostHeld = Math.max(this.#mostHeld, this.#taken - this.#failed);
    return { partitionKey: "k", data: new Uint8Array(DATA_BYTES) };
  }

  /** Lets everything be put and expire; then no more than the mark and one record were ever held, and nothing is. */
  async expectBounded(): Promise<void> {
    for (let i = 0; i < 50; i += 1) await this.rig.clock.advance(TTL_MS);
    expect([this.#taken, this.#failed]).toEqual([RECORDS, RECORDS]);
    const mostBytes = this.#mostHeld * RECORD_BYTES;
    expect(mostBytes).toBeGreaterThan(MARK_BYTES - RECORD_BYTES);
    expect(mostBytes).toBeLessThanOrEqual(MARK_BYTES + RECORD_BYTES);
  }
}

it("memory.dead: put behind ready holds no more than the mark and one record", async () => {
  const end = new DeadEnd();
  const { producer } = end.rig;
  const putAll = async (): Promise<void> => {
    for (;;) {
      await producer.ready();
      const record = end.next();
      if (record === undefined) return;
      producer.put(record).catch(() => undefined);
    }
  };
  const done = putAll();
  await end.expectBounded();
  await done;
});

it("memory.dead: write, heeding its answer, holds no more", async () => {
  const end = new DeadEnd();
  const { producer } = end.rig;
  const writeOn = (): void => {
    for (let record = end.next(); record !== undefined; record = end.next()) {
      if (!producer.write(record)) return;
    }
  };
  producer.on("drained", writeOn);
  writeOn();
  await end.expectBounded();
});

it("memory.dead: putMany pulls no more, whatever its window", async () => {
  const end = new DeadEnd();
  function* records(): Generator<UserRecord> {
    for (let record = end.next(); record !== undefined; record = end.next()) yield record;
  }
  const read = async (): Promise<string[]> => {
    const kinds: string[] = [];
    const outcomes = end.rig.producer.putMany(records(), { window: RECORDS });
    for await (const { kind } of outcomes) kinds.push(kind);
    return kinds;
  };
  const kinds = read();
  await end.expectBounded();
  expect(await kinds).toEqual(Array.from({ length: RECORDS }, () => "failed"));
});
