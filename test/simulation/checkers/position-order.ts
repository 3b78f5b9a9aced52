// S6: within one epoch of a worker the records of a shard are delivered in the order of their positions, without gaps, and
// once: a batch begins with the first record that is not done, and each record is followed by the next that belongs to the
// shard. So only what failed comes again.
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { nameOf } from "../evidence/sim-record.ts";
import type { StoredRecord, StoredRecords } from "../evidence/stored-records.ts";
import { isOfKcl } from "../fleet/worker-name.ts";

/** How far an epoch has come; places in the shard. */
interface Course {
  readonly epoch: number;
  /** Everything before is done. */
  doneUpTo: number;
  /** What may be delivered next inside the batch in hand. */
  next: number;
}

export class PositionOrder implements Checker {
  readonly name = "position order";
  readonly sights = {
    delivered: (entry: EntryOf<"delivered">): void => this.#seeDelivered(entry),
    handled: (entry: EntryOf<"handled">): void => this.#seeHandled(entry),
  };
  readonly #stored: StoredRecords;
  /** By process and shard, the latest: a handler of an earlier epoch is waited for before the next delivers. */
  readonly #courses = new Map<string, Course>();

  constructor(stored: StoredRecords) {
    this.#stored = stored;
  }

  #seeDelivered(entry: EntryOf<"delivered">): void {
    const { epoch, isFirst, position, process, shardId } = entry;
    const at = this.#stored.at(shardId, position);
    if (at === undefined || isOfKcl(process)) return;
    const course = this.#courseOf(process, shardId, epoch, at.index);
    const from = isFirst ? course.doneUpTo : course.next;
    const expected = this.#stored.firstInRange(shardId, from);
    if (expected !== at) {
      const due = expected === undefined ? "nothing" : placeOf(expected);
      const what = `${process} delivers ${placeOf(at)} from ${shardId}, ${due} is next`;
      throw new BrokenInvariant(this.name, what, process);
    }
    if (isFirst) course.doneUpTo = at.index;
    course.next = at.index + 1;
  }

  #courseOf(process: string, shardId: string, epoch: number, index: number): Course {
    const place = `${process} ${shardId}`;
    const known = this.#courses.get(place);
    if (known?.epoch === epoch) return known;
    if (known !== undefined && known.epoch > epoch) {
      const what = `${process} delivers from ${shardId} in epoch ${epoch} after ${known.epoch}`;
      throw new BrokenInvariant(this.name, what, process);
    }
    const course = { epoch, doneUpTo: index, next: index };
    this.#courses.set(place, course);
    return course;
  }

  #seeHandled({ positions, process, shardId }: EntryOf<"handled">): void {
    const course = this.#courses.get(`${process} ${shardId}`);
    const last = positions.at(-1);
    if (course === undefined || last === undefined) return;
    const index = this.#stored.at(shardId, last)?.index ?? -1;
    course.doneUpTo = Math.max(course.doneUpTo, index + 1);
  }
}

/** With its place: a record may be stored twice. */
function placeOf({ index, record }: StoredRecord): string {
  return `${nameOf(record)} (${index})`;
}
