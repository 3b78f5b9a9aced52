// Records that are taken up and wait for a handler. Those of one key wait for each other; keys take turns.
//
//   taken up ---> [key a: 1 4 7] [key b: 2] [key c: 3 5] ---> the first key, with what it has, goes to a handler
//                                                      <--- and to the end of the line when that is done
import { invariant, type Position } from "@shardline/core";
import type { BatchLimits } from "../batch/batch-builder.ts";
import type { ConsumedRecord } from "../batch/handler.ts";
import type { TakenFetch } from "../batch/taken-fetch.ts";
import type { Delivery } from "../checkpoint/checkpoint-tracker.ts";

/** A record that is taken up and not done. */
export interface TakenRecord {
  readonly record: ConsumedRecord;
  readonly delivery: Delivery;
  readonly fetch: TakenFetch;
  readonly isMalformed: boolean;
}

/** Records that are handled one after the other. */
interface Line {
  /** `undefined` where no other records have to wait for these. */
  readonly key: string | undefined;
  readonly waiting: TakenRecord[];
}

/** What a handler gets. */
export interface LaneWork {
  readonly line: Line;
  /** At least one. */
  readonly taken: readonly TakenRecord[];
}

export class Backlog {
  readonly #limits: BatchLimits;
  /** Of the keys of which something waits or is handled. */
  readonly #lines = new Map<string, Line>();
  /** Of which something waits and nothing is handled. */
  readonly #ready: Line[] = [];

  /** `limits`: of what a handler gets. */
  constructor(limits: BatchLimits) {
    this.#limits = limits;
  }

  /** Whether nothing could be handled beside what is. */
  get isEmpty(): boolean {
    return this.#ready.length === 0;
  }

  /** Takes a record that has to wait for those of its key, if it has one. */
  add(taken: TakenRecord, key: string | undefined): void {
    const line = key === undefined ? undefined : this.#lines.get(key);
    if (line !== undefined) {
      line.waiting.push(taken);
      return;
    }
    const added = { key, waiting: [taken] };
    if (key !== undefined) this.#lines.set(key, added);
    this.#ready.push(added);
  }

  /** Takes records that go to one handler, and have to wait for nobody. */
  addTogether(taken: TakenRecord[]): void {
    if (taken.length > 0) this.#ready.push({ key: undefined, waiting: taken });
  }

  /** The next that may be handled beside what is. */
  next(): LaneWork {
    const line = this.#ready.shift();
    invariant(line !== undefined, "a backlog that is not empty has something for a handler");
    return { line, taken: this.#cut(line.waiting) };
  }

  /** Everything in it is done. */
  done({ line }: LaneWork): void {
    if (line.waiting.length > 0) this.#ready.push(line);
    else if (line.key !== undefined) this.#lines.delete(line.key);
  }

  /** Forgets what is not wanted any more: in each line the first such record, and what is behind it. */
  keep(isWanted: (at: Position) => boolean): void {
    for (const line of new Set([...this.#lines.values(), ...this.#ready])) {
      const kept = line.waiting.findIndex(({ delivery }) => !isWanted(delivery.upTo));
      if (kept >= 0) line.waiting.splice(kept);
    }
    const ready = this.#ready.splice(0);
    for (const line of ready) this.done({ line, taken: [] });
  }

  /** A malformed record goes alone. */
  #cut(waiting: TakenRecord[]): readonly TakenRecord[] {
    const { maxBytes, maxRecords } = this.#limits;
    let count = 0;
    let bytes = 0;
    for (const { isMalformed, record } of waiting) {
      bytes += record.data.length;
      const fits = count < maxRecords && bytes <= maxBytes && !isMalformed;
      if (count > 0 && !fits) break;
      count += 1;
      if (isMalformed) break;
    }
    return waiting.splice(0, count);
  }
}
