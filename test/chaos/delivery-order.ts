// Whether everything that is stored was handed out, in the order of each key, and where producers were told that it is.
import type { Books, Line, Offence, Verdict } from "./verdict.ts";
import type { Workload } from "./workload.ts";

type Batch = Line<"handled">;

/** A batch went on with a key behind records that had not come. */
interface Skip {
  readonly key: number;
  readonly after: number;
  readonly before: number;
  readonly batch: Batch;
}

/** Of a key that never came. */
const NOWHERE = { atMs: 0, shardId: undefined };

export class DeliveryOrder {
  readonly #workload: Workload;
  readonly #books: Books;
  /** By record: whether it was delivered. */
  readonly #isDelivered: Uint8Array;
  /** By place: the index of its record. */
  readonly #stored: ReadonlyMap<number, number>;
  readonly #places = new Set<number>();
  /** By key: the highest number that was delivered, and where. */
  readonly #latest = new Map<number, { readonly number: number; readonly batch: Batch }>();
  /** Where records of a key were passed over, some of which may have come later. */
  readonly #skips: Skip[] = [];
  readonly #outOfOrder: Offence[] = [];
  readonly #phantoms: Offence[] = [];
  #deliveries = 0;

  constructor(workload: Workload, books: Books) {
    const { keys, numbers, places } = books.stored;
    this.#workload = workload;
    this.#books = books;
    this.#isDelivered = new Uint8Array(workload.records);
    const stored = new Map<number, number>();
    for (const [at, place] of places.entries()) {
      const identity = { key: keys[at] as number, number: numbers[at] as number };
      stored.set(place, workload.indexOf(identity));
    }
    this.#stored = stored;
  }

  /** Batches come in the order of time. */
  see(batch: Batch): void {
    for (let i = 0; i < batch.records.length; i += 3) {
      const [key, number, place] = batch.records.slice(i, i + 3) as [number, number, number];
      const index = this.#workload.indexOf({ key, number });
      this.#deliveries += 1;
      if (this.#stored.get(place) !== index) this.#notePhantom(index, batch);
      this.#places.add(place);
      if (this.#isDelivered[index] === 1) continue;
      this.#isDelivered[index] = 1;
      // What nobody was told to be stored is out of any order: it may have arrived after its producer's end.
      if (this.#isAcknowledged(index)) this.#seeFirst(index, batch);
    }
  }

  end(): Omit<Verdict, "stale"> {
    const { acknowledged } = this.#books;
    const indices = [...acknowledged.keys()];
    const lost = indices.filter(
      (index) => this.#isAcknowledged(index) && this.#isDelivered[index] === 0,
    );
    const unique = new Set(this.#stored.values());
    return {
      delivered: this.#isDelivered.reduce((sum, isDelivered) => sum + isDelivered, 0),
      lost: lost.map((index) => this.#loss(index)),
      skipped: this.#skipped(new Set(lost)),
      falseReceipts: this.#falseReceipts(),
      phantoms: this.#phantoms,
      outOfOrder: this.#outOfOrder,
      repeats: this.#stored.size - unique.size,
      redeliveries: this.#deliveries - this.#places.size,
      unacknowledged: [...unique].filter((index) => !this.#isAcknowledged(index)).length,
    };
  }

  #isAcknowledged(index: number): boolean {
    return !Number.isNaN(this.#books.acknowledged[index]);
  }

  #seeFirst(index: number, batch: Batch): void {
    const { key, number } = this.#workload.recordAt(index);
    const latest = this.#latest.get(key);
    if (latest !== undefined && number < latest.number) {
      const before = `${latest.number}, which came from ${latest.batch.shardId}`;
      const what = `record ${number} of key ${key} came from ${batch.shardId} for the first time after ${before}`;
      this.#outOfOrder.push({ what, shardId: batch.shardId, atMs: batch.atMs });
      return;
    }
    const after = latest?.number ?? -1;
    if (number > after + 1) this.#skips.push({ key, after, before: number, batch });
    this.#latest.set(key, { number, batch });
  }

  /** Each stored copy counts: a second one that is not delivered could have been an only one. */
  #skipped(lost: ReadonlySet<number>): Offence[] {
    const { places, shardIds, shards } = this.#books.stored;
    return [...places.entries()].flatMap(([at, place]) => {
      const index = this.#stored.get(place) as number;
      if (this.#places.has(place) || lost.has(index)) return [];
      const shardId = shardIds[shards[at] as number];
      const { atMs } = this.#whereMissing(index);
      return [{ what: `${this.#named(index)}, stored in ${shardId}, was skipped`, shardId, atMs }];
    });
  }

  #falseReceipts(): Offence[] {
    const { acknowledged, stored } = this.#books;
    const forKcl = new Set(stored.places.filter((_, at) => stored.areForKcl[at] === 1));
    return [...acknowledged.entries()].flatMap(([index, place]) => {
      if (Number.isNaN(place)) return [];
      const isThere = this.#stored.get(place) === index;
      if (isThere && forKcl.has(place)) return [];
      const problem = isThere ? "is where a KCL drops it" : "is not where its producer was told";
      return [{ what: `${this.#named(index)} ${problem}`, ...this.#whereMissing(index) }];
    });
  }

  #notePhantom(index: number, { atMs, shardId }: Batch): void {
    const what = `${this.#named(index)} came from a place in ${shardId} where it is not`;
    this.#phantoms.push({ what, shardId, atMs });
  }

  #loss(index: number): Offence {
    const isStored = this.#stored.get(this.#books.acknowledged[index] as number) === index;
    const how = isStored ? "is stored and" : "is acknowledged, not stored, and";
    return {
      what: `${this.#named(index)} ${how} was never delivered`,
      ...this.#whereMissing(index),
    };
  }

  /** Where a key went on without a record. */
  #whereMissing(index: number): Pick<Offence, "shardId" | "atMs"> {
    const { key, number } = this.#workload.recordAt(index);
    const skip = this.#skips.find(
      (other) => other.key === key && other.after < number && number < other.before,
    );
    const { atMs, shardId } = skip?.batch ?? this.#latest.get(key)?.batch ?? NOWHERE;
    return { atMs, shardId };
  }

  #named(index: number): string {
    const { key, number } = this.#workload.recordAt(index);
    return `record ${number} of key ${key}`;
  }
}
