// A stream that a worker is not told to read any more is given up by it: from the answer on nothing of it is delivered but
// what is about to be, and when the time is over that its handlers have, no lease of it is renewed.
import type { LeaseMove } from "@shardline/consumer";
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { prefixOf } from "../evidence/shard-names.ts";
import { WORLD } from "../evidence/story.ts";
import { Thaws } from "../evidence/thaws.ts";

/** A batch that is being put together may still come. */
const DELIVERED_MS = 5000;
/** So long handlers have, by a clock that is slow by a hundredth, and a second on top. */
const RENEWED_MS = 31_500;

export class StreamsGivenUp implements Checker {
  readonly name = "streams are given up";
  readonly sights = {
    streams: (entry: EntryOf<"streams">): void => this.#note(entry),
    life: (entry: EntryOf<"life">): void => {
      this.#thaws.note(entry);
      // Another may bear its name.
      if (entry.what === "started") this.#lacking.delete(entry.process);
    },
    delivered: (entry: EntryOf<"delivered">): void => {
      const what = `delivers from ${entry.shardId}`;
      this.#check(entry, entry.shardId, DELIVERED_MS, what);
    },
    asked: (entry: EntryOf<"asked">): void => {
      const { key, move, process } = entry;
      if (isRenewal(move, process)) this.#check(entry, key, RENEWED_MS, `renews ${key}`);
    },
  };
  /** By process: what it is not to read, and since when. */
  readonly #lacking = new Map<string, ReadonlyMap<string, number>>();
  readonly #thaws = new Thaws();

  #note({ atMs, process, unnamed }: EntryOf<"streams">): void {
    if (process === WORLD) return;
    const before = this.#lacking.get(process);
    this.#lacking.set(process, new Map(unnamed.map((one) => [one, before?.get(one) ?? atMs])));
  }

  #check(
    { atMs, process }: { readonly atMs: number; readonly process: string },
    shardName: string,
    mostMs: number,
    what: string,
  ): void {
    const sinceMs = this.#lacking.get(process)?.get(prefixOf(shardName));
    if (sinceMs === undefined) return;
    const forMs = atMs - Math.max(sinceMs, this.#thaws.untilMs(process));
    if (forMs <= mostMs) return;
    const seconds = (forMs / 1000).toFixed(1);
    const told = `${process} ${what}, ${seconds} s after it was told to read it no more`;
    throw new BrokenInvariant(this.name, told, process);
  }
}

/** A lease is taken in a new epoch, and given up to another owner. */
function isRenewal({ expect, patch }: LeaseMove, process: string): boolean {
  return expect.owner === process && patch.epoch === undefined && patch.owner === undefined;
}
