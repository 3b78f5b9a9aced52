// What was handed out of a workload: whether it is whole, and each key in its order.
import type { Delivery } from "./delivery.ts";
import { numberOf, workpieceOf } from "./workload.ts";

export class Ledger {
  readonly #seen = new Set<number>();
  readonly #latest = new Map<string, number>();
  #deliveries = 0;
  /** Numbers of records that came with another content than they were put with. */
  readonly changed: number[] = [];
  /** Numbers of records that came for the first time behind a later one of their key. */
  readonly outOfOrder: number[] = [];

  /** Different records that came. */
  get unique(): number {
    return this.#seen.size;
  }

  note(delivery: Delivery): void {
    const number = numberOf(delivery.data);
    this.#deliveries += 1;
    if (!isWhole(delivery, number)) this.changed.push(number);
    if (this.#seen.has(number)) return;
    this.#seen.add(number);
    const { explicitHashKey, partitionKey } = workpieceOf(number);
    const key = explicitHashKey ?? partitionKey;
    const before = this.#latest.get(key) ?? -1;
    if (number < before) this.outOfOrder.push(number);
    this.#latest.set(key, Math.max(before, number));
  }

  /** Of the first records of the workload, those that have not come. */
  missingOf(records: number): readonly number[] {
    return Array.from({ length: records }, (_, number) => number).filter(
      (number) => !this.#seen.has(number),
    );
  }

  /** As a sentence. */
  get summary(): string {
    const again = this.#deliveries - this.unique;
    return `${this.unique} records came, ${again} deliveries were repeats`;
  }
}

/** The hash key of a record that travels alone is in its envelope, and not handed out. */
function isWhole(delivery: Delivery, number: number): boolean {
  const { data, explicitHashKey, partitionKey } = workpieceOf(number);
  if (delivery.data !== data || delivery.partitionKey !== partitionKey) return false;
  return [explicitHashKey, undefined].includes(delivery.explicitHashKey);
}
