import { comparePositions, type Position, sleep } from "@shardline/core";
import { SeededRandom } from "@shardline/core/testing";
import { afterAll, expect, test } from "vitest";
import type { ConsumedRecord } from "../../src/batch/handler.ts";
import type { SimProcess } from "../../../../test/simulation/fleet/sim-process.ts";
import { Fleet, type TestWorker, type WorkerSetup } from "../support/fleet.ts";
import { failed } from "../support/failures.ts";
import { aggregateOf, textOf } from "../support/kinesis-records.ts";
import { range } from "../support/lease-views.ts";

const SEEDS = process.env["SHARDLINE_FULL"] === "1" ? 1000 : 200;
const WORKERS = 4;
/** How long a worker lives with its lease at most, and how long the last one does. */
const LIFE_MS = 4000;
const LAST_MS = 60_000;

/** What a handler may rightly have done with each record, and what the table says of it. */
class Ledger {
  readonly order: { readonly text: string; readonly at: Position }[] = [];
  /** Handled or dead-lettered. */
  readonly done = new Set<string>();
  /** Dead-lettered. */
  readonly givenUp = new Set<string>();
  /** Those that no handler gets through. */
  readonly poison = new Set<string>();
  /** What checkpoints covered and should not have. */
  readonly wrongs: string[] = [];
  /** What handlers were given, a list for each worker. */
  readonly given: string[][] = [];
  /** With manual checkpoints: what the application has asked for. */
  asked = 0;

  /** How many records a checkpoint covers. */
  covered(checkpoint: Position): number {
    return this.order.filter(({ at }) => comparePositions(at, checkpoint) <= 0).length;
  }

  /** S4: whatever stands in the table is done. Noted down, because what is thrown here is an error of the table's. */
  checkCheckpoint(checkpoint: Position, mode: "auto" | "manual"): void {
    const covered = this.order.slice(0, this.covered(checkpoint));
    for (const { text } of covered) if (!this.done.has(text)) this.wrongs.push(`${text}: not done`);
    if (mode === "auto") return;
    // What was given up behind it is no business of the application's.
    for (const { text } of covered.slice(this.asked)) {
      if (!this.givenUp.has(text)) this.wrongs.push(`${text}: not asked for`);
    }
  }

  /** Of one who came after a crash: how many records came again. They lie behind what the table said at the crash. */
  checkReplay(worker: number, checkpoint: Position): number {
    const given = new Set(this.given[worker]);
    const before = new Set(this.given.slice(0, worker).flat());
    const count = this.covered(checkpoint);
    const since = this.order.slice(count).filter(({ text }) => before.has(text));
    const again = [...given].filter((text) => before.has(text));
    expect(this.order.slice(0, count).filter(({ text }) => given.has(text))).toEqual([]);
    expect(again.length).toBeLessThanOrEqual(since.length);
    const [first] = given;
    if (first !== undefined) expect(first).toBe(this.order[count]?.text);
    return again.length;
  }
}

const replays: number[] = [];
afterAll(() => {
  // Or the workers died too late, or too early.
  const some = replays.filter((count) => count > 0).length;
  expect(some).toBeGreaterThan(replays.length / 4);
  expect(some).toBeLessThan(replays.length);
});

test.each(range(SEEDS))(
  "72 crash-replay: whatever fails and wherever a worker dies, no checkpoint covers what is not done, and every record is (seed %i)",
  async (seed) => {
    const random = new SeededRandom(seed);
    const draw = (max: number): number => Math.floor(random.next() * max);
    const fleet = new Fleet(1);
    const ledger = new Ledger();
    const mode = draw(3) === 0 ? "manual" : "auto";

    const isDone = (records: readonly Pick<ConsumedRecord, "data">[]): void => {
      for (const record of records) ledger.done.add(textOf(record));
    };
    const setupOf = (process: () => SimProcess, given: string[]): WorkerSetup => ({
      checkpoint: mode,
      batch: { maxRecords: 1 + draw(20) },
      onFailure: {
        maxAttempts: 1 + draw(3),
        bisect: draw(2) === 0,
        then: "dead-letter",
        deadLetter: (letter) => {
          if (draw(3) === 0) throw new Error("the sink is down");
          isDone([letter]);
          ledger.givenUp.add(textOf(letter));
        },
        backoff: { baseMs: 10, maxMs: 100 },
      },
      tableFaults: {
        update: async (next, key, move, signal) => {
          const fate = draw(20);
          // On its way, and its answer on the way back: a crash may come at either.
          await sleep(process(), draw(20), signal);
          if (fate === 0) throw failed("throttled");
          const update = await next(key, move, signal);
          const { checkpoint } = fleet.table.snapshot()[0] ?? {};
          if (checkpoint !== undefined) ledger.checkCheckpoint(checkpoint, mode);
          await sleep(process(), draw(20), signal);
          if (fate === 1) throw failed("transient");
          return update;
        },
      },
      processBatch: async ({ records }, { checkpoint, signal }) => {
        given.push(...records.map(textOf));
        await sleep(process(), draw(50), signal);
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
    });
    let crashedAt: Position | undefined;
    for (const i of range(WORKERS)) {
      await putSome(fleet, ledger, draw);
      const given: string[] = [];
      ledger.given.push(given);
      const worker: TestWorker = fleet.start(
        `w${i}`,
        setupOf(() => worker.process, given),
      );
      const isLast = i === WORKERS - 1;
      await untilTaken(fleet, worker);
      // Some die just after that, some at work, and some before they have written anything.
      await fleet.clock.advance(isLast ? LAST_MS : draw(LIFE_MS));
      if (!isLast) worker.crash();
      if (crashedAt !== undefined) replays.push(ledger.checkReplay(i, crashedAt));
      crashedAt = fleet.table.snapshot()[0]?.checkpoint;
    }
    expect(ledger.wrongs).toEqual([]);
    const missing = ledger.order.filter(({ text }) => !ledger.done.has(text));
    expect(missing).toEqual([]);
    expect(ledger.order.length).toBeGreaterThan(0);
  },
);

/** Until it has the lease, which a dead owner keeps for the failover time. */
async function untilTaken({ clock }: Fleet, { told }: TestWorker): Promise<void> {
  const giveUpAtMs = clock.nowMs() + 60_000;
  while (told("leaseTaken").length === 0 && clock.nowMs() < giveUpAtMs) await clock.advance(100);
  expect(told("leaseTaken")).toHaveLength(1);
}

/** Aggregates, behind those that are there. */
async function putSome(fleet: Fleet, ledger: Ledger, draw: (max: number) => number): Promise<void> {
  const read = () => fleet.emulator.inspect("orders")?.shards[0]?.records ?? [];
  const before = read().length;
  let n = ledger.order.length;
  const packed = range(10 + draw(30)).map(() => range(1 + draw(6)).map(() => `r${n++}`));
  for (const texts of packed) {
    await fleet.putData(aggregateOf(texts.map((text) => ({ text }))));
  }
  const records = read().slice(before);
  for (const [i, texts] of packed.entries()) {
    const { sequenceNumber = "" } = records[i] ?? {};
    for (const [subSequenceNumber, text] of texts.entries()) {
      ledger.order.push({ text, at: { sequenceNumber, subSequenceNumber } });
      if (draw(30) === 0) ledger.poison.add(text);
    }
  }
}
