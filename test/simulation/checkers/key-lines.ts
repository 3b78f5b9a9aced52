// Where `ordering` is "partition-key": within one epoch of a worker the records of a key are delivered in the order of their
// positions, without gaps, and once: a call begins with the first record of its key that is not done, and each record in it
// is followed by the next of the key. So a failed record holds up its key.
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { nameOf } from "../evidence/sim-record.ts";
import type { StoredRecord, StoredRecords } from "../evidence/stored-records.ts";
import { isOfKcl } from "../fleet/worker-name.ts";

/** How far a key has come in an epoch; places in its line. */
interface KeyCourse {
  /** Everything before is done. */
  doneUpTo: number;
  /** What may be delivered next inside the call in hand. */
  next: number;
}

/** Where an epoch began, and its keys. */
interface Epoch {
  readonly epoch: number;
  /** The place in the shard of the first record that was delivered. */
  readonly from: number;
  readonly courses: Map<string, KeyCourse>;
}

/** The records of a shard by key, as far as they were looked at. */
interface Lines {
  seen: number;
  readonly byKey: Map<string, StoredRecord[]>;
}

export class KeyLines implements Checker {
  readonly name = "order within a key";
  readonly sights = {
    delivered: (entry: EntryOf<"delivered">): void => this.#seeDelivered(entry),
    handled: (entry: EntryOf<"handled">): void => this.#seeHandled(entry),
  };
  readonly #stored: StoredRecords;
  /** By process and shard, the latest. */
  readonly #epochs = new Map<string, Epoch>();
  /** By shard. */
  readonly #lines = new Map<string, Lines>();

  constructor(stored: StoredRecords) {
    this.#stored = stored;
  }

  #seeDelivered(entry: EntryOf<"delivered">): void {
    const { isFirst, partitionKey, position, process, shardId } = entry;
    const at = this.#stored.at(shardId, position);
    if (at === undefined || partitionKey === undefined || isOfKcl(process)) return;
    const line = this.#lineOf(shardId, partitionKey);
    const course = this.#courseOf(entry, at.index, line);
    const from = isFirst ? course.doneUpTo : course.next;
    const expected = line[from];
    if (expected !== at) {
      const due = expected === undefined ? "nothing" : placeOf(expected);
      const what = `${process} delivers ${placeOf(at)} from ${shardId}, ${due} is next of ${partitionKey}`;
      throw new BrokenInvariant(this.name, what, process);
    }
    course.next = from + 1;
  }

  #courseOf(
    { epoch, partitionKey = "", process, shardId }: EntryOf<"delivered">,
    index: number,
    line: readonly StoredRecord[],
  ): KeyCourse {
    const place = `${process} ${shardId}`;
    let known = this.#epochs.get(place);
    if (known?.epoch !== epoch) {
      known = { epoch, from: index, courses: new Map() };
      this.#epochs.set(place, known);
    }
    const { courses, from } = known;
    const course = courses.get(partitionKey);
    if (course !== undefined) return course;
    const first = line.findIndex((stored) => stored.index >= from);
    const begun = { doneUpTo: first, next: first };
    courses.set(partitionKey, begun);
    return begun;
  }

  #seeHandled({ positions, process, shardId }: EntryOf<"handled">): void {
    const epoch = this.#epochs.get(`${process} ${shardId}`);
    for (const position of positions) {
      const at = this.#stored.at(shardId, position);
      const course = at && epoch?.courses.get(at.partitionKey);
      if (at === undefined || course === undefined) continue;
      const line = this.#lineOf(shardId, at.partitionKey);
      while ((line[course.doneUpTo]?.index ?? Infinity) <= at.index) course.doneUpTo += 1;
    }
  }

  #lineOf(shardId: string, key: string): readonly StoredRecord[] {
    const lines = this.#lines.get(shardId) ?? { seen: 0, byKey: new Map() };
    this.#lines.set(shardId, lines);
    const inOrder = this.#stored.ofShard(shardId);
    for (; lines.seen < inOrder.length; lines.seen += 1) {
      const stored = inOrder[lines.seen];
      if (stored?.isInRange !== true) continue;
      const line = lines.byKey.get(stored.partitionKey) ?? [];
      lines.byKey.set(stored.partitionKey, line);
      line.push(stored);
    }
    return lines.byKey.get(key) ?? [];
  }
}

/** With its place: a record may be stored twice. */
function placeOf({ index, record }: StoredRecord): string {
  return `${nameOf(record)} (${index})`;
}
