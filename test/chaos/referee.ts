// Looks at everything that workers were handed, in the order of time, and says which promise was broken.
import type { JournalLine } from "./chaos-messages.ts";
import type { Identity, Workload } from "./workload.ts";

type Line<Kind> = Extract<JournalLine, { readonly kind: Kind }>;
type Batch = Line<"batch">;

/** A broken promise, and where to look. */
export interface Offence {
  readonly what: string;
  /** The shard that it was read from, as far as that is known. */
  readonly shardId: string | undefined;
  readonly atMs: number;
}

/** What the referee counted. */
export interface Verdict {
  readonly delivered: number;
  readonly lost: readonly Offence[];
  /** Records that were handed out for the first time after a later one of their key. */
  readonly outOfOrder: readonly Offence[];
  /** Batches that a worker was handed after another had the lease of their shard. */
  readonly stale: readonly Offence[];
  /** Deliveries beyond the first. */
  readonly duplicates: number;
}

export class Referee {
  readonly #workload: Workload;
  readonly #lines: JournalLine[] = [];
  readonly #seen: Uint8Array;
  #unique = 0;

  constructor(workload: Workload) {
    this.#workload = workload;
    this.#seen = new Uint8Array(workload.records);
  }

  /** Records that were delivered so far. */
  get unique(): number {
    return this.#unique;
  }

  /** A worker's journal has another line; lines of different workers may come in any order. */
  see(line: JournalLine): void {
    this.#lines.push(line);
    if (line.kind !== "batch") return;
    for (const record of recordsOf(line)) {
      const place = this.#workload.placeOf(record);
      if (this.#seen[place] === 0) this.#unique += 1;
      this.#seen[place] = 1;
    }
  }

  /** Judges when everything was seen. */
  judge(): Verdict {
    const pass = new OrderedPass(this.#workload);
    for (const line of this.#lines.sort((a, b) => a.atMs - b.atMs)) pass.see(line);
    return pass.end();
  }
}

/** One look at all lines in the order of time. */
class OrderedPass {
  readonly #workload: Workload;
  readonly #seen: Uint8Array;
  /** By key: the highest number that was delivered, and where. */
  readonly #latest = new Map<number, { readonly number: number; readonly batch: Batch }>();
  /** By shard: the lease epoch in which it is read now. */
  readonly #epochs = new Map<string, number>();
  readonly #outOfOrder: Offence[] = [];
  readonly #stale: Offence[] = [];
  #deliveries = 0;

  constructor(workload: Workload) {
    this.#workload = workload;
    this.#seen = new Uint8Array(workload.records);
  }

  see(line: JournalLine): void {
    if (line.kind !== "taken" && line.kind !== "batch") return;
    const { epoch, shardId } = line;
    const newest = this.#epochs.get(shardId) ?? 0;
    if (epoch > newest) this.#epochs.set(shardId, epoch);
    if (line.kind === "taken") return;
    if (epoch < newest) this.#noteStale(line, newest);
    for (const record of recordsOf(line)) this.#deliver(record, line);
  }

  end(): Verdict {
    const lost: Offence[] = [];
    let delivered = 0;
    for (const [place, isSeen] of this.#seen.entries()) {
      if (isSeen === 1) delivered += 1;
      else lost.push(this.#loss(this.#workload.recordAt(place)));
    }
    const duplicates = this.#deliveries - delivered;
    return { delivered, duplicates, lost, outOfOrder: this.#outOfOrder, stale: this.#stale };
  }

  #deliver(record: Identity, batch: Batch): void {
    const { key, number } = record;
    this.#deliveries += 1;
    const place = this.#workload.placeOf(record);
    if (this.#seen[place] === 1) return;
    this.#seen[place] = 1;
    const latest = this.#latest.get(key);
    if (latest === undefined || number > latest.number) this.#latest.set(key, { number, batch });
    else this.#noteDisorder(record, batch, latest);
  }

  #noteStale({ atMs, epoch, shardId }: Batch, newest: number): void {
    const what = `a batch of ${shardId} was handed out under lease epoch ${epoch} when ${newest} had begun`;
    this.#stale.push({ what, shardId, atMs });
  }

  #noteDisorder(
    { key, number }: Identity,
    { atMs, shardId }: Batch,
    latest: { readonly number: number; readonly batch: Batch },
  ): void {
    const before = `${latest.number}, which came from ${latest.batch.shardId}`;
    const what = `record ${number} of key ${key} came from ${shardId} for the first time after ${before}`;
    this.#outOfOrder.push({ what, shardId, atMs });
  }

  #loss({ key, number }: Identity): Offence {
    const latest = this.#latest.get(key);
    const { atMs = 0, shardId } = latest?.batch ?? {};
    const most =
      latest === undefined ? "none of them was" : `the latest of them was ${latest.number}`;
    return { what: `record ${number} of key ${key} was never delivered; ${most}`, shardId, atMs };
  }
}

function* recordsOf({ records }: Batch): Iterable<Identity> {
  for (let i = 0; i < records.length; i += 2) {
    yield { key: records[i] as number, number: records[i + 1] as number };
  }
}
