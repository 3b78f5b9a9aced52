// Looks at everything that workers were handed, in the order of time, and says which promise was broken.
import type { JournalLine } from "./chaos-messages.ts";
import type { Identity, Workload } from "./workload.ts";

type Line<Kind> = Extract<JournalLine, { readonly kind: Kind }>;
type Batch = Line<"handled">;

/** A line, and whose it is. */
export type SignedLine = JournalLine & { readonly process: object };

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
  /** Batches that a worker began after another had the lease of their shard, and after it could know that. */
  readonly stale: readonly Offence[];
  /** Those that a worker began at such a time because it stood still on its way into the handler. */
  readonly overtaken: number;
  /** Deliveries beyond the first. */
  readonly duplicates: number;
}

/** A batch went on with a key behind records that had not come. */
interface Skip {
  readonly key: number;
  readonly after: number;
  readonly before: number;
  readonly batch: Batch;
}

/** Of a key that never came. */
const NOWHERE = { atMs: 0, shardId: undefined };

export class Referee {
  readonly #workload: Workload;
  readonly #lines: SignedLine[] = [];
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
  see(line: SignedLine): void {
    this.#lines.push(line);
    if (line.kind !== "handled") return;
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
  /** Where records of a key were passed over, some of which may have come later. */
  readonly #skips: Skip[] = [];
  /** By shard: the lease epoch in which it is read now, and since when. */
  readonly #epochs = new Map<string, { readonly epoch: number; readonly sinceMs: number }>();
  /** By process: when it said something, the last time. */
  readonly #lastSaidMs = new Map<object, number>();
  readonly #outOfOrder: Offence[] = [];
  readonly #stale: Offence[] = [];
  #deliveries = 0;
  #overtaken = 0;

  constructor(workload: Workload) {
    this.#workload = workload;
    this.#seen = new Uint8Array(workload.records);
  }

  see(line: SignedLine): void {
    if (line.kind === "handled") {
      for (const record of recordsOf(line)) this.#deliver(record, line);
    }
    if (line.kind === "taken" || line.kind === "began") this.#seeEpoch(line);
    this.#lastSaidMs.set(line.process, line.atMs);
  }

  end(): Verdict {
    const lost: Offence[] = [];
    let delivered = 0;
    for (const [place, isSeen] of this.#seen.entries()) {
      if (isSeen === 1) delivered += 1;
      else lost.push(this.#loss(this.#workload.recordAt(place)));
    }
    const duplicates = this.#deliveries - delivered;
    return {
      delivered,
      duplicates,
      lost,
      outOfOrder: this.#outOfOrder,
      stale: this.#stale,
      overtaken: this.#overtaken,
    };
  }

  #seeEpoch(line: Extract<SignedLine, { readonly epoch: number }>): void {
    const { atMs, epoch, kind, process, shardId } = line;
    const newest = this.#epochs.get(shardId);
    if (newest === undefined || epoch > newest.epoch) {
      this.#epochs.set(shardId, { epoch, sinceMs: atMs });
    } else if (kind === "began" && epoch < newest.epoch) {
      // Nothing that it did was later than the other's lease: it looked at the clock before, and then stood still.
      const couldNotKnow = (this.#lastSaidMs.get(process) ?? 0) < newest.sinceMs;
      if (couldNotKnow) this.#overtaken += 1;
      else this.#noteStale(line, newest.epoch);
    }
  }

  #deliver(record: Identity, batch: Batch): void {
    const { key, number } = record;
    this.#deliveries += 1;
    const place = this.#workload.placeOf(record);
    if (this.#seen[place] === 1) return;
    this.#seen[place] = 1;
    const latest = this.#latest.get(key);
    if (latest !== undefined && number < latest.number) {
      this.#noteDisorder(record, batch, latest);
      return;
    }
    const after = latest?.number ?? -1;
    if (number > after + 1) this.#skips.push({ key, after, before: number, batch });
    this.#latest.set(key, { number, batch });
  }

  #noteStale({ atMs, epoch, shardId }: Line<"began">, newest: number): void {
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
    const skip = this.#skips.find(
      (other) => other.key === key && other.after < number && number < other.before,
    );
    const { atMs, shardId } = skip?.batch ?? this.#latest.get(key)?.batch ?? NOWHERE;
    const when = skip === undefined ? "nor was a later one" : `${skip.before} came without it`;
    return { what: `record ${number} of key ${key} was never delivered; ${when}`, shardId, atMs };
  }
}

function* recordsOf({ records }: Batch): Iterable<Identity> {
  for (let i = 0; i < records.length; i += 2) {
    yield { key: records[i] as number, number: records[i + 1] as number };
  }
}
