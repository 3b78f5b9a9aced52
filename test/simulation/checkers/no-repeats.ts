// Where `ordering` is "none": within one epoch of a worker a record that a call has in hand, or that is done, is not delivered
// again, and each record of a call is followed by the next of the shard. So only what failed comes again.
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
import type { SideBySide } from "../evidence/side-by-side.ts";
import { nameOf } from "../evidence/sim-record.ts";
import type { StoredRecords } from "../evidence/stored-records.ts";
import { isOfKcl } from "../fleet/worker-name.ts";

/** What calls of one epoch have in hand; places in the shard. */
interface InHand {
  readonly epoch: number;
  /** By call, in order. */
  readonly byCall: Map<number, number[]>;
}

export class NoRepeats implements Checker {
  readonly name = "nothing twice";
  readonly sights = {
    delivered: (entry: EntryOf<"delivered">): void => this.#see(entry),
    left: ({ call, process, shardId }: EntryOf<"left">): void => {
      this.#inHand.get(`${process} ${shardId}`)?.byCall.delete(call);
    },
  };
  readonly #stored: StoredRecords;
  readonly #sideBySide: SideBySide;
  /** By process and shard, of the latest epoch. */
  readonly #inHand = new Map<string, InHand>();

  constructor(stored: StoredRecords, sideBySide: SideBySide) {
    this.#stored = stored;
    this.#sideBySide = sideBySide;
  }

  #see({ call, epoch, isFirst, position, process, shardId }: EntryOf<"delivered">): void {
    const at = this.#stored.at(shardId, position);
    if (at === undefined || isOfKcl(process)) return;
    const { byCall } = this.#inHandUnder(epoch, process, shardId);
    const own = byCall.get(call) ?? [];
    const { index } = at;
    const name = `${nameOf(at.record)} (${index})`;
    if (!isFirst && this.#stored.firstInRange(shardId, (own.at(-1) ?? 0) + 1) !== at) {
      this.#break(process, shardId, `hands out ${name} behind a gap`);
    }
    if ([...byCall.values()].some((places) => places.includes(index))) {
      this.#break(process, shardId, `has ${name} in two calls at a time`);
    }
    // What a call is given is taken up, whoever hears of it first.
    const work = this.#sideBySide.workOf(process, shardId);
    if (work !== undefined && index < work.next && !work.undone.has(index)) {
      this.#break(process, shardId, `delivers ${name} again, which is done`);
    }
    byCall.set(call, [...own, index]);
  }

  #inHandUnder(epoch: number, process: string, shardId: string): InHand {
    const place = `${process} ${shardId}`;
    const known = this.#inHand.get(place);
    if (known?.epoch === epoch) return known;
    const begun = { epoch, byCall: new Map<number, number[]>() };
    this.#inHand.set(place, begun);
    return begun;
  }

  #break(process: string, shardId: string, what: string): never {
    throw new BrokenInvariant(this.name, `${process} ${what}, of ${shardId}`, process);
  }
}
