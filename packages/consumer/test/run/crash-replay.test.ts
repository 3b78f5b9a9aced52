import { comparePositions, type Position, sleep } from "@shardline/core";
import { SeededRandom } from "@shardline/core/testing";
import { expect, test } from "vitest";
import type { ConsumedRecord } from "../../src/batch/handler.ts";
import type { LeaseTable } from "../../src/lease/lease-table.ts";
import type { Interceptors } from "../../../../test/support/intercept.ts";
import { Fleet, type WorkerSetup } from "../support/fleet.ts";
import { failed } from "../support/failures.ts";
import { aggregateOf, textOf } from "../support/kinesis-records.ts";
import { range } from "../support/lease-views.ts";

const SEEDS = 200;
const WORKERS = 4;

/** What a handler may rightly have done with each record, and what the table says of it. */
class Ledger {
  readonly order: { readonly text: string; readonly at: Position }[] = [];
  /** Handled or dead-lettered. */
  readonly done = new Set<string>();
  /** Those that no handler gets through. */
  readonly poison = new Set<string>();
  /** With manual checkpoints: what the application has asked for. */
  asked = 0;

  /** How many records a checkpoint covers. */
  covered(checkpoint: Position): number {
    return this.order.filter(({ at }) => comparePositions(at, checkpoint) <= 0).length;
  }

  /** S4: whatever stands in the table is done. */
  checkCheckpoint(checkpoint: Position, mode: "auto" | "manual"): void {
    const count = this.covered(checkpoint);
    const covered = this.order.slice(0, count);
    expect(covered.filter(({ text }) => !this.done.has(text))).toEqual([]);
    if (mode === "auto") return;
    // What was given up behind it is no business of the application's.
    const unasked = covered.slice(this.asked).filter(({ text }) => !this.poison.has(text));
    expect(unasked).toEqual([]);
  }
}

test.each(range(SEEDS))(
  "72 crash-replay: whatever fails and wherever a worker dies, no checkpoint covers what is not done, and every record is (seed %i)",
  async (seed) => {
    const random = new SeededRandom(seed);
    const draw = (max: number): number => Math.floor(random.next() * max);
    const fleet = new Fleet(1);
    const ledger = new Ledger();
    const mode = draw(3) === 0 ? "manual" : "auto";
    await putSome(fleet, ledger, draw);
    for (const { text } of ledger.order) if (draw(30) === 0) ledger.poison.add(text);

    const isDone = (records: readonly ConsumedRecord[]): void => {
      for (const record of records) ledger.done.add(textOf(record));
    };
    const watched: Interceptors<LeaseTable> = {
      update: async (next, ...args) => {
        const fate = draw(20);
        if (fate === 0) throw failed("throttled");
        const update = await next(...args);
        const { checkpoint } = fleet.table.snapshot()[0] ?? {};
        if (checkpoint !== undefined) ledger.checkCheckpoint(checkpoint, mode);
        if (fate === 1) throw failed("transient");
        return update;
      },
    };
    const setup: WorkerSetup = {
      checkpoint: mode,
      batch: { maxRecords: 1 + draw(20) },
      onFailure: {
        maxAttempts: 1 + draw(3),
        bisect: draw(2) === 0,
        then: "dead-letter",
        deadLetter: (letter) => {
          if (draw(3) === 0) throw new Error("the sink is down");
          ledger.done.add(textOf(letter));
        },
        backoff: { baseMs: 10, maxMs: 100 },
      },
      tableFaults: watched,
      processBatch: async ({ records }, { checkpoint, signal }) => {
        await sleep(fleet.clock, draw(50), signal);
        const bad = records.findIndex((record) => ledger.poison.has(textOf(record)));
        const stop = bad >= 0 ? bad : draw(8) === 0 ? draw(records.length) : -1;
        if (stop >= 0 && draw(2) === 0) throw new Error("not now");
        const done = stop < 0 ? records : records.slice(0, stop);
        isDone(done);
        const last = done.at(-1);
        if (mode === "manual" && last !== undefined && draw(3) > 0) {
          ledger.asked = Math.max(ledger.asked, ledger.covered(last));
          await checkpoint(last);
        }
        const failedAt = records[stop];
        return failedAt && { failedAt };
      },
    };
    for (const i of range(WORKERS)) {
      const worker = fleet.start(`w${i}`, setup);
      await fleet.clock.advance(i === WORKERS - 1 ? 120_000 : draw(4000));
      if (i < WORKERS - 1) worker.crash();
    }
    const missing = ledger.order.filter(({ text }) => !ledger.done.has(text));
    expect(missing).toEqual([]);
    expect(ledger.order.length).toBeGreaterThan(0);
  },
);

/** Plain records and aggregates. */
async function putSome(fleet: Fleet, ledger: Ledger, draw: (max: number) => number): Promise<void> {
  const sizes = range(10 + draw(30)).map(() => 1 + draw(6));
  let n = 0;
  const packed = sizes.map((size) => range(size).map(() => `r${n++}`));
  for (const texts of packed) {
    await fleet.putData(aggregateOf(texts.map((text) => ({ text }))));
  }
  const records = fleet.emulator.inspect("orders")?.shards[0]?.records ?? [];
  for (const [i, texts] of packed.entries()) {
    const { sequenceNumber = "" } = records[i] ?? {};
    for (const [subSequenceNumber, text] of texts.entries()) {
      ledger.order.push({ text, at: { sequenceNumber, subSequenceNumber } });
    }
  }
}
