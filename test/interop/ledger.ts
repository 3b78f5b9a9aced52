// What was handed out of a workload: whether it is whole, and each key in its order.
import { comparePositions, type Position } from "@shardline/core";
import type { Delivery } from "./delivery.ts";
import { numberOf, workpieceOf } from "./workload.ts";

export class Ledger {
  readonly #seen = new Set<number>();
  readonly #latest = new Map<string, number>();
  /** Sequence numbers of Kinesis records that turned out to be aggregates. */
  readonly #aggregates = new Set<string>();
  readonly #withoutHashKey: { readonly number: number; readonly sequenceNumber: string }[] = [];
  readonly #farthest = new Map<string, Position>();
  #deliveries = 0;
  #again = 0;
  /** Numbers of records that came with another content than they were put with. */
  readonly changed: number[] = [];
  /** Numbers of records that came for the first time behind a later one of their key. */
  readonly outOfOrder: number[] = [];

  /** Different records that came. */
  get unique(): number {
    return this.#seen.size;
  }

  /** Deliveries of records that had come before. */
  get repeats(): number {
    return this.#deliveries - this.unique;
  }

  /** Deliveries of what its shard had handed out before: not those of records that our producer has put twice. */
  get again(): number {
    return this.#again;
  }

  /** Aggregates of which more than the first record came. */
  get aggregates(): number {
    return this.#aggregates.size;
  }

  /** Numbers of records that lost their hash key. That of a record that travels alone is in its envelope, and not handed out. */
  get stripped(): readonly number[] {
    return this.#withoutHashKey
      .filter(({ sequenceNumber }) => this.#aggregates.has(sequenceNumber))
      .map(({ number }) => number);
  }

  note(delivery: Delivery): void {
    const number = numberOf(delivery.data);
    this.#deliveries += 1;
    this.#follow(delivery);
    if (delivery.subSequenceNumber > 0) this.#aggregates.add(delivery.sequenceNumber);
    if (!this.#isWhole(delivery, number)) {
      this.changed.push(number);
      return;
    }
    if (this.#seen.has(number)) return;
    this.#seen.add(number);
    const { explicitHashKey, partitionKey } = workpieceOf(number);
    const key = explicitHashKey ?? partitionKey;
    const before = this.#latest.get(key) ?? -1;
    if (number < before) this.outOfOrder.push(number);
    this.#latest.set(key, Math.max(before, number));
  }

  #follow({ sequenceNumber, shardId, subSequenceNumber }: Delivery): void {
    const position = { sequenceNumber, subSequenceNumber };
    const before = this.#farthest.get(shardId);
    if (before === undefined || comparePositions(before, position) < 0) {
      this.#farthest.set(shardId, position);
    } else this.#again += 1;
  }

  #isWhole({ sequenceNumber, ...delivery }: Delivery, number: number): boolean {
    const { data, explicitHashKey, partitionKey } = workpieceOf(number);
    if (delivery.data !== data || delivery.partitionKey !== partitionKey) return false;
    if (delivery.explicitHashKey === explicitHashKey) return true;
    this.#withoutHashKey.push({ number, sequenceNumber });
    return delivery.explicitHashKey === undefined;
  }

  /** Of the first records of the workload, those that have not come. */
  missingOf(records: number): readonly number[] {
    return Array.from({ length: records }, (_, number) => number).filter(
      (number) => !this.#seen.has(number),
    );
  }

  /** As a sentence. */
  get summary(): string {
    return `${this.unique} records came, ${this.repeats} deliveries were repeats`;
  }
}
