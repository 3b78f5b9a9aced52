// With manual checkpoints nothing is written down but what the application asked for: behind that at most what never was
// the application's, because it belongs to another shard or was given up.
import { comparePositions, type Position } from "@shardline/core";
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { nameOf } from "../evidence/sim-record.ts";
import type { StoredRecord, StoredRecords } from "../evidence/stored-records.ts";
import { isOfKcl } from "../fleet/worker-name.ts";
import { placeText } from "./lease-facts.ts";

export class AskedCheckpoint implements Checker {
  readonly name = "manual checkpoints";
  readonly sights = {
    checkpoint: (entry: EntryOf<"checkpoint">): void => this.#note(entry),
    handled: (entry: EntryOf<"handled">): void => this.#noteGivenUp(entry),
    table: (entry: EntryOf<"table">): void => this.#see(entry),
  };
  readonly #stored: StoredRecords;
  /** By process, shard and epoch: how far the application asked for it. */
  readonly #asked = new Map<string, Position>();
  readonly #givenUp = new Set<StoredRecord>();

  constructor(stored: StoredRecords) {
    this.#stored = stored;
  }

  #note({ epoch, outcome, position, process, shardId }: EntryOf<"checkpoint">): void {
    if (outcome !== "asked") return;
    const place = `${process} ${shardId} ${epoch}`;
    const known = this.#asked.get(place);
    if (known === undefined || comparePositions(position, known) > 0) {
      this.#asked.set(place, position);
    }
  }

  #noteGivenUp({ how, positions, shardId }: EntryOf<"handled">): void {
    if (how !== "skipped" && how !== "dead-lettered") return;
    for (const position of positions) {
      const stored = this.#stored.at(shardId, position);
      if (stored !== undefined) this.#givenUp.add(stored);
    }
  }

  #see({ after, before, process }: EntryOf<"table">): void {
    if (after === undefined || before === undefined || isOfKcl(process)) return;
    const { checkpoint, shardId } = after;
    if (comparePositions(checkpoint, before.checkpoint) === 0) return;
    const asked = this.#asked.get(`${process} ${shardId} ${before.epoch}`) ?? before.checkpoint;
    const from = Math.max(...[asked, before.checkpoint].map((at) => this.#coveredBy(shardId, at)));
    const to = this.#coveredBy(shardId, checkpoint);
    for (const stored of this.#stored.ofShard(shardId).slice(from, to)) {
      if (!stored.isInRange || this.#givenUp.has(stored)) continue;
      const what = `${process} writes ${shardId} at ${placeText(checkpoint)}, behind ${nameOf(stored.record)}, and was asked for ${placeText(asked)}`;
      throw new BrokenInvariant(this.name, what, process);
    }
  }

  #coveredBy(shardId: string, position: Position): number {
    return this.#stored.countUpTo(shardId, position) ?? 0;
  }
}
