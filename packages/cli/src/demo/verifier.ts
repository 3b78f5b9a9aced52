// Compares what comes out with what went in: nothing lost, order kept for each key, and how often something came twice.
import { comparePositions, type Position } from "@shardline/core";
import { type DemoInput, indexOf } from "./input.ts";
import type { DeliveredRecord } from "./messages.ts";

/** What was found. */
export interface Findings {
  /** Lines that came out at least once. */
  readonly unique: number;
  readonly duplicates: number;
  /** First deliveries of a key's lines in another order than the file's. */
  readonly outOfOrder: number;
  /** Lines that were skipped or are dead letters, and did not come out. */
  readonly givenUp: number;
}

export class Verifier {
  readonly #input: DemoInput;
  readonly #onFirst: (line: Buffer) => void;
  readonly #seen: Uint8Array;
  readonly #lastOfKey = new Map<string, number>();
  /** Positions by worker and shard, for the account of a killed worker. */
  readonly #positions = new Map<string, Position[]>();
  #unique = 0;
  #duplicates = 0;
  #outOfOrder = 0;
  /** Also those that came out before or after. */
  readonly #givenUp = new Set<number>();
  #givenUpOnly = 0;

  /** `onFirst` gets every line when it comes out for the first time. */
  constructor(input: DemoInput, onFirst: (line: Buffer) => void) {
    this.#input = input;
    this.#onFirst = onFirst;
    this.#seen = new Uint8Array(input.lines.length);
  }

  get findings(): Findings {
    return {
      unique: this.#unique,
      duplicates: this.#duplicates,
      outOfOrder: this.#outOfOrder,
      givenUp: this.#givenUpOnly,
    };
  }

  /** A worker's handler was handed records of a shard. */
  see(worker: string, shardId: string, records: readonly DeliveredRecord[]): void {
    const positions = this.#positionsOf(worker, shardId);
    for (const { data, sequenceNumber, subSequenceNumber } of records) {
      positions.push({ sequenceNumber, subSequenceNumber });
      this.#seeLine(indexOf(data));
    }
  }

  /** A worker has given up a line. */
  giveUp(data: Uint8Array): void {
    const index = indexOf(data);
    if (!this.#givenUp.has(index) && this.#seen[index] !== 1) this.#givenUpOnly += 1;
    this.#givenUp.add(index);
  }

  /** Where the records stood that a worker was handed of a shard so far. */
  handed(worker: string, shardId: string): readonly Position[] {
    return [...this.#positionsOf(worker, shardId)];
  }

  /** How many records a worker was handed behind a position of a shard. */
  handedBeyond(worker: string, shardId: string, checkpoint: Position): number {
    const positions = this.#positionsOf(worker, shardId);
    return positions.filter((position) => comparePositions(position, checkpoint) > 0).length;
  }

  #seeLine(index: number): void {
    if (this.#seen[index] === 1) {
      this.#duplicates += 1;
      return;
    }
    this.#seen[index] = 1;
    if (this.#givenUp.has(index)) this.#givenUpOnly -= 1;
    this.#unique += 1;
    const key = this.#input.keys[index] as string;
    const last = this.#lastOfKey.get(key) ?? -1;
    if (index < last) this.#outOfOrder += 1;
    else this.#lastOfKey.set(key, index);
    this.#onFirst(this.#input.lines[index] as Buffer);
  }

  #positionsOf(worker: string, shardId: string): Position[] {
    const id = `${worker}/${shardId}`;
    const positions = this.#positions.get(id) ?? [];
    this.#positions.set(id, positions);
    return positions;
  }
}
