// With automatic checkpoints whoever gives a lease up writes down all that it has handled, to the record: the next owner
// repeats nothing but what handlers were left with that did not return in time; where handlers work side by side, all that
// was handled before the first record that was not. Of those none is left, unless it takes too long: what lies before one that
// is done is finished first.
import { comparePositions, type Position } from "@shardline/core";
import type { Lease } from "@shardline/consumer";
import type { Handling } from "../evidence/handling.ts";
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
import type { SideBySide } from "../evidence/side-by-side.ts";
import { nameOf } from "../evidence/sim-record.ts";
import type { StoredRecords } from "../evidence/stored-records.ts";
import { placeText } from "./lease-facts.ts";

interface WorkSideBySide {
  readonly stored: StoredRecords;
  readonly sideBySide: SideBySide;
  /** Whether what lies before one that is done is finished: not where nobody knows if batches are pulled any more. */
  readonly isFinished: boolean;
}

/** What a consumer tells of a shard. */
type ShardNews = Position & { readonly shardId: string };

/** So long it is finished, by the world's clock. */
const FINISH_MS = 9800;
const NEVER = Number.POSITIVE_INFINITY;

export class CleanHandover implements Checker {
  readonly name = "clean handover";
  readonly sights = {
    table: (entry: EntryOf<"table">): void => {
      this.#noteWish(entry);
      this.#see(entry);
    },
    lease: (entry: EntryOf<"lease">): void => this.#noteRest(entry),
  };
  readonly #handling: Handling;
  readonly #work: WorkSideBySide | undefined;
  /** By key: since when its owner is asked for it. */
  readonly #wantedSinceMs = new Map<string, number>();
  /** By process and shard: where keys rest. */
  readonly #resting = new Map<string, Set<string>>();

  /** `work`: where handlers work side by side. */
  constructor(handling: Handling, work?: WorkSideBySide) {
    this.#handling = handling;
    this.#work = work;
  }

  #see(entry: EntryOf<"table">): void {
    const { after, process } = entry;
    const tenure = this.#handling.atRelease(entry);
    if (after === undefined || tenure?.handledUpTo === undefined) return;
    if (this.#work !== undefined) {
      // A call that was waited for in vain may have been done with its record, and at its checkpoint.
      if (this.#handling.hasWaited(entry) && (tenure.hasLate || tenure.calls.size > 0)) return;
      this.#compareNext(entry, after, tenure.epoch, this.#work);
      if (this.#work.isFinished) this.#requireFinished(entry, after, tenure.epoch, this.#work);
      return;
    }
    const { handledUpTo } = tenure;
    if (comparePositions(after.checkpoint, handledUpTo) >= 0) return;
    this.#break(process, after, `it up to ${placeText(handledUpTo)}`);
  }

  #compareNext(
    { process }: EntryOf<"table">,
    after: Lease,
    epoch: number,
    { sideBySide, stored }: WorkSideBySide,
  ): void {
    const { checkpoint, shardId } = after;
    const work = sideBySide.workOf(process, shardId);
    const covered = stored.countUpTo(shardId, checkpoint);
    const next = covered === undefined ? undefined : stored.firstInRange(shardId, covered);
    if (work?.epoch !== epoch || next === undefined) return;
    const isTaken = next.index >= work.from && next.index < work.next;
    if (!isTaken || work.undone.has(next.index)) return;
    this.#break(process, after, `${nameOf(next.record)} behind it`);
  }

  #requireFinished(
    { atMs, before, process }: EntryOf<"table">,
    after: Lease,
    epoch: number,
    { sideBySide }: WorkSideBySide,
  ): void {
    const { key, shardId } = after;
    const wantedSinceMs = before?.wantedBy === undefined ? NEVER : this.#wantedSinceMs.get(key);
    const sinceMs = Math.min(wantedSinceMs ?? NEVER, this.#handling.drainingSinceMs(process));
    // Whoever is not asked gives it up because it cannot go on.
    if (sinceMs === NEVER || atMs - sinceMs >= FINISH_MS) return;
    if ((this.#resting.get(`${process} ${shardId}`)?.size ?? 0) > 0) return;
    const work = sideBySide.workOf(process, shardId);
    const [first] = work?.epoch === epoch ? work.undone : [];
    if (work === undefined || first === undefined || first[0] >= work.doneUpTo) return;
    this.#break(process, after, `what lies behind ${nameOf(first[1].stored.record)}, but not that`);
  }

  #noteWish({ after, atMs, before, key }: EntryOf<"table">): void {
    if (after?.wantedBy === undefined) return;
    if (before?.wantedBy === undefined || before.owner !== after.owner)
      this.#wantedSinceMs.set(key, atMs);
  }

  #noteRest({ fields, process, what }: EntryOf<"lease">): void {
    const news = fields as ShardNews;
    const place = `${process} ${news.shardId}`;
    const resting = this.#resting.get(place) ?? new Set();
    if (what === "shardHalted") this.#resting.set(place, resting.add(placeText(news)));
    if (what === "shardResumed") resting.delete(placeText(news));
    if (what === "leaseTaken") this.#resting.delete(place);
  }

  #break(process: string, { checkpoint, key }: Lease, handled: string): never {
    const what = `${process} gives ${key} up at ${placeText(checkpoint)}, and has handled`;
    throw new BrokenInvariant(this.name, `${what} ${handled}`, process);
  }
}
