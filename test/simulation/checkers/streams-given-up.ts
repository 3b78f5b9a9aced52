// A stream that a worker is not told to read any more is given up by it: from the answer on nothing of it is delivered but
// what is about to be and, where handlers work side by side, for a while what lies before something that was begun. When the
// time is over that its handlers have, no lease of it is renewed.
import type { LeaseMove } from "@shardline/consumer";
import { comparePositions, type Position } from "@shardline/core";
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { prefixOf } from "../evidence/shard-names.ts";
import { WORLD } from "../evidence/story.ts";
import { Thaws } from "../evidence/thaws.ts";

/** A batch that is being put together may still come. */
const DELIVERED_MS = 5000;
/** So long a drain finishes what lies before something that was begun, by a clock that is slow by a hundredth. */
const FINISHED_MS = 10_200;
/** So long handlers have, by a clock that is slow by a hundredth, and a second on top. */
const RENEWED_MS = 31_500;
const NEVER = Number.POSITIVE_INFINITY;

/** The last record of a shard that was delivered under the latest lease of a process, up to when its stream was given up. */
interface Reach {
  readonly epoch: number;
  readonly upTo: Position;
}

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
      const mostMs = this.#mayBeFinished(entry) ? FINISHED_MS : DELIVERED_MS;
      this.#check(entry, entry.shardId, mostMs, `delivers from ${entry.shardId}`);
      this.#noteReach(entry);
    },
    asked: (entry: EntryOf<"asked">): void => {
      const { key, move, process } = entry;
      if (isRenewal(move, process)) this.#check(entry, key, RENEWED_MS, `renews ${key}`);
    },
  };
  readonly #isFinished: boolean;
  /** By process and shard. */
  readonly #reaches = new Map<string, Reach>();
  /** By process: what it is not to read, and since when. */
  readonly #lacking = new Map<string, ReadonlyMap<string, number>>();
  readonly #thaws = new Thaws();

  /** `isFinished`: whether a drain finishes what lies before something that was begun. */
  constructor(isFinished: boolean) {
    this.#isFinished = isFinished;
  }

  #note({ atMs, process, unnamed }: EntryOf<"streams">): void {
    if (process === WORLD) return;
    const before = this.#lacking.get(process);
    this.#lacking.set(process, new Map(unnamed.map((one) => [one, before?.get(one) ?? atMs])));
  }

  /** What was tried together is tried together again: a call may end with the last record that was begun, and not be only that. */
  #mayBeFinished(entry: EntryOf<"delivered">): boolean {
    const reach = this.#reaches.get(placeOf(entry));
    if (!this.#isFinished || reach?.epoch !== entry.epoch) return false;
    const order = comparePositions(entry.position, reach.upTo);
    return order < 0 || (order === 0 && !entry.isFirst);
  }

  #noteReach(entry: EntryOf<"delivered">): void {
    const { atMs, epoch, position, process, shardId } = entry;
    if (atMs > (this.#sinceMs(process, shardId) ?? NEVER)) return;
    const before = this.#reaches.get(placeOf(entry));
    const isFurther = before?.epoch !== epoch || comparePositions(position, before.upTo) > 0;
    if (isFurther) this.#reaches.set(placeOf(entry), { epoch, upTo: position });
  }

  #sinceMs(process: string, shardName: string): number | undefined {
    return this.#lacking.get(process)?.get(prefixOf(shardName));
  }

  #check(
    { atMs, process }: { readonly atMs: number; readonly process: string },
    shardName: string,
    mostMs: number,
    what: string,
  ): void {
    const sinceMs = this.#sinceMs(process, shardName);
    if (sinceMs === undefined) return;
    const forMs = atMs - Math.max(sinceMs, this.#thaws.untilMs(process));
    if (forMs <= mostMs) return;
    const seconds = (forMs / 1000).toFixed(1);
    const told = `${process} ${what}, ${seconds} s after it was told to read it no more`;
    throw new BrokenInvariant(this.name, told, process);
  }
}

function placeOf({ process, shardId }: EntryOf<"delivered">): string {
  return `${process} ${shardId}`;
}

/** A lease is taken in a new epoch, and given up to another owner. */
function isRenewal({ expect, patch }: LeaseMove, process: string): boolean {
  return expect.owner === process && patch.epoch === undefined && patch.owner === undefined;
}
