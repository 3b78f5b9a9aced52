// What one stream goes through is nothing to the others: in peace, while one of them is away or refuses calls, every record
// of the others is handled soon after it is stored.
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { prefixOf } from "../evidence/shard-names.ts";
import type { StoredRecord, StoredRecords } from "../evidence/stored-records.ts";
import { nameOf } from "../evidence/sim-record.ts";

/** A stream is not itself for so long after its trouble: who has tried it in vain waits before it tries again. */
const RECOVERY_MS = 60_000;
const NEVER = Number.POSITIVE_INFINITY;

interface Waiting {
  readonly shardId: string;
  readonly stored: StoredRecord;
  readonly untilMs: number;
}

export class OthersGoOn implements Checker {
  readonly name = "other streams go on";
  readonly sights = {
    phase: ({ phase }: EntryOf<"phase">): void => {
      this.#isCalm = phase === "quiet" || phase === "settled";
      this.#waiting.length = 0;
      this.dueAtMs = NEVER;
    },
    world: ({ atMs, trouble }: EntryOf<"world">): void => {
      if (trouble === undefined) return;
      this.#trouble = { ...trouble, untilMs: atMs + trouble.forMs + RECOVERY_MS };
    },
    landed: (entry: EntryOf<"landed">): void => this.#await(entry),
  };
  dueAtMs = NEVER;
  readonly #stored: StoredRecords;
  readonly #nowMs: () => number;
  readonly #mostMs: number;
  #isCalm = false;
  #trouble: { readonly stream: string; readonly untilMs: number } | undefined;
  /** The oldest first. */
  readonly #waiting: Waiting[] = [];

  /** `mostMs`: from when a record is stored until it is handled. */
  constructor(stored: StoredRecords, nowMs: () => number, mostMs: number) {
    this.#stored = stored;
    this.#nowMs = nowMs;
    this.#mostMs = mostMs;
  }

  look(): void {
    const nowMs = this.#nowMs();
    let [first] = this.#waiting;
    while (first !== undefined && (first.stored.isHandled || nowMs > first.untilMs)) {
      if (!first.stored.isHandled) this.#break(first);
      this.#waiting.shift();
      [first] = this.#waiting;
    }
    this.dueAtMs = first?.untilMs ?? NEVER;
  }

  #await({ atMs, sequenceNumber, shardId }: EntryOf<"landed">): void {
    const trouble = this.#trouble;
    if (!this.#isCalm || trouble === undefined || atMs > trouble.untilMs) return;
    if (trouble.stream === prefixOf(shardId) || this.#stored.isUnnamed(shardId)) return;
    const untilMs = atMs + this.#mostMs;
    for (const stored of this.#stored.ofCarrier(shardId, sequenceNumber)) {
      if (stored.isInRange) this.#waiting.push({ shardId, stored, untilMs });
    }
    this.dueAtMs = this.#waiting[0]?.untilMs ?? NEVER;
  }

  #break({ shardId, stored }: Waiting): never {
    const what = `${nameOf(stored.record)} on ${shardId} is not handled after ${this.#mostMs / 1000} s, while ${this.#trouble?.stream} is in trouble`;
    throw new BrokenInvariant(this.name, what);
  }
}
