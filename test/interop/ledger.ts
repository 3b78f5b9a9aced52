// What was handed out of a workload: whether it is whole, and each key in its order.
import type { Delivery } from "./delivery.ts";
import { numberOf, workpieceOf } from "./workload.ts";

export class Ledger {
  readonly #records: number;
  readonly #seen: Uint8Array;
  readonly #latest = new Map<string, number>();
  #unique = 0;
  #deliveries = 0;
  /** Numbers of records that came with another content than they were put with. */
  readonly changed: number[] = [];
  /** Numbers of records that came for the first time behind a later one of their key. */
  readonly outOfOrder: number[] = [];

  /** @param records that there are to come */
  constructor(records: number) {
    this.#records = records;
    this.#seen = new Uint8Array(records);
  }

  get isComplete(): boolean {
    return this.#unique === this.#records;
  }

  /** Deliveries beyond the first of each record. */
  get repeats(): number {
    return this.#deliveries - this.#unique;
  }

  note(delivery: Delivery): void {
    const number = numberOf(delivery.data);
    this.#deliveries += 1;
    if (!isWhole(delivery, number)) this.changed.push(number);
    if (this.#seen[number] !== 0) return;
    this.#seen[number] = 1;
    this.#unique += 1;
    const { explicitHashKey, partitionKey } = workpieceOf(number);
    const key = explicitHashKey ?? partitionKey;
    const before = this.#latest.get(key) ?? -1;
    if (number < before) this.outOfOrder.push(number);
    this.#latest.set(key, Math.max(before, number));
  }

  /** As a sentence. */
  get summary(): string {
    const missing = this.#seen.indexOf(0);
    const first = missing < 0 ? "" : `, the first missing is ${missing}`;
    return `${this.#unique} of ${this.#records} came, ${this.repeats} of them again${first}`;
  }
}

/** The hash key of a record that travels alone is in its envelope, and not handed out. */
function isWhole(delivery: Delivery, number: number): boolean {
  const { data, explicitHashKey, partitionKey } = workpieceOf(number);
  if (delivery.data !== data || delivery.partitionKey !== partitionKey) return false;
  return [explicitHashKey, undefined].includes(delivery.explicitHashKey);
}
