// All shards of one stream: lineage, which of them are open, and which of them takes a record. The ranges
// of the open ones cover the hash space at every moment, because a reshard closes and opens in one step.
import { type HashKeyRange, invariant } from "@shardline/core";
import type { Journal } from "./journal.ts";
import { uniformRanges } from "./hash-ranges.ts";
import { type ReshardStep, reshardPlan } from "./reshard-plan.ts";
import { secondsOf, Shard } from "./shard.ts";
import type { NextGap, ShardLog } from "./shard-log.ts";
import { ShardRouter } from "./shard-router.ts";
import type { StorageMeter } from "./storage.ts";
import type { Reshard } from "./stream-change.ts";
import type { PastStream } from "./stream-image.ts";
import type { ShardLimits } from "../limits/shard-limits.ts";

/** What every shard of a stream is made with. */
interface ShardParts {
  readonly streamId: number;
  /** The limits of a new shard. */
  readonly newLimits: () => ShardLimits | undefined;
  /** Whether a new shard stores its first records encrypted. */
  readonly isEncrypted: () => boolean;
  readonly meter: StorageMeter;
  readonly nextGap: NextGap | undefined;
  readonly journal: Journal | undefined;
}

/** What a shard is opened as. */
interface Opening {
  readonly index: number;
  readonly range: HashKeyRange;
  readonly parentIds: readonly string[];
  readonly createdAtMs: number;
  readonly createdSeconds: number;
  readonly encryptedTurns: readonly number[];
  readonly log?: ShardLog;
}

/** The shards of a stream. */
export class ShardSet {
  readonly #parts: ShardParts;
  /** In the order of their indexes. */
  readonly #shards = new Map<string, Shard>();
  readonly #openByStart = new Map<bigint, Shard>();
  /** In the order in which they closed. */
  readonly #closed: Shard[] = [];
  /** How many shards there ever were. */
  #count = 0;
  #lastCreatedSeconds = 0;
  #router: ShardRouter | undefined;

  constructor(parts: ShardParts) {
    this.#parts = parts;
  }

  get count(): number {
    return this.#count;
  }

  /** How many shards there had been by a time. */
  countAt(timeMs: number): number {
    const later = [...this.#shards.values()].find(({ origin }) => origin.createdAtMs > timeMs);
    return later?.origin.index ?? this.#count;
  }

  get openCount(): number {
    return this.#openByStart.size;
  }

  /** The latest creation time that stands in a sequence number of this stream. */
  get lastCreatedSeconds(): number {
    return this.#lastCreatedSeconds;
  }

  /** Opens the first shards of a stream. */
  openFirst(ranges: readonly HashKeyRange[], createdAtMs: number, createdSeconds: number): void {
    for (const range of ranges) this.#openNext(range, [], createdAtMs, createdSeconds);
  }

  /** Takes up the shards of a stream that was. */
  openPast({ image, shards }: PastStream): void {
    const childrenOf = new Map<string, Shard[]>();
    const closed: { readonly shard: Shard; readonly atMs: number }[] = [];
    for (const { image: past, log } of shards) {
      const range = { start: BigInt(past.start), end: BigInt(past.end) };
      const { index, parentIds, createdAtMs, createdSeconds, encryptedTurns } = past;
      const opening = { index, range, parentIds, createdAtMs, createdSeconds, encryptedTurns };
      const shard = this.#open({ ...opening, log });
      for (const id of past.parentIds) childrenOf.set(id, [...(childrenOf.get(id) ?? []), shard]);
      if (past.closedAtMs === undefined) this.#openByStart.set(range.start, shard);
      else closed.push({ shard, atMs: past.closedAtMs });
    }
    for (const { shard, atMs } of closed.sort((a, b) => a.atMs - b.atMs)) {
      shard.close(atMs, childrenOf.get(shard.shardId) ?? []);
      this.#closed.push(shard);
    }
    this.#count = image.shardsEver;
    this.#lastCreatedSeconds = image.lastCreatedSeconds;
  }

  find(shardId: string): Shard | undefined {
    return this.#shards.get(shardId);
  }

  /** Every shard that has not expired, in the order of their indexes. */
  all(): IterableIterator<Shard> {
    return this.#shards.values();
  }

  /** The open shards in the order of their ranges. */
  open(): Shard[] {
    return [...this.#openByStart.values()].sort((a, b) =>
      a.origin.range.start < b.origin.range.start ? -1 : 1,
    );
  }

  /** The open shard that a hash key of four words belongs to. */
  route(hashKey: Uint32Array): Shard {
    this.#router ??= new ShardRouter(this.open());
    return this.#router.route(hashKey);
  }

  /** Any open shard; `chance` is from 0 to below 1. */
  routeAnywhere(chance: number): Shard {
    this.#router ??= new ShardRouter(this.open());
    return this.#router.at(Math.floor(chance * this.openCount));
  }

  /** Closes and opens shards; `atMs` is the wall time at which parents close and children open. */
  reshard(change: Reshard, atMs: number): void {
    switch (change.kind) {
      case "split":
        return this.#split(this.#openNamed(change.shardId), BigInt(change.at), atMs);
      case "merge":
        return this.#merge(
          this.#openNamed(change.shardId),
          this.#openNamed(change.adjacentId),
          atMs,
        );
      case "scale": {
        const ranges = this.open().map(({ origin }) => origin.range);
        const steps = reshardPlan(ranges, uniformRanges(change.shardCount));
        for (const step of steps) this.#take(step, atMs);
      }
    }
  }

  #take(step: ReshardStep, atMs: number): void {
    if (step.kind === "split") this.#split(this.#openAt(step.start), step.at, atMs);
    else this.#merge(this.#openAt(step.left), this.#openAt(step.right), atMs);
  }

  /** Splits an open shard into the keys below `at` and the rest. */
  #split(parent: Shard, at: bigint, atMs: number): void {
    const { start, end } = parent.origin.range;
    this.#replace(
      [parent],
      [
        { start, end: at - 1n },
        { start: at, end },
      ],
      atMs,
    );
  }

  /** Merges two open shards that lie side by side, in either order. */
  #merge(parent: Shard, adjacent: Shard, atMs: number): void {
    const [low, high] = [parent.origin.range, adjacent.origin.range].sort((a, b) =>
      a.start < b.start ? -1 : 1,
    ) as [HashKeyRange, HashKeyRange];
    this.#replace([parent, adjacent], [{ start: low.start, end: high.end }], atMs);
  }

  /** Forgets shards that closed before a time. */
  expire(horizonMs: number): void {
    while ((this.#closed[0]?.closing?.atMs ?? Number.POSITIVE_INFINITY) < horizonMs) {
      const shard = this.#closed.shift() as Shard;
      shard.trim(Number.POSITIVE_INFINITY);
      this.#shards.delete(shard.shardId);
    }
  }

  /** Forgets every record. */
  clear(): void {
    for (const shard of this.#shards.values()) shard.trim(Number.POSITIVE_INFINITY);
  }

  #openNamed(shardId: string): Shard {
    const shard = this.find(shardId);
    invariant(shard?.closing === undefined && shard !== undefined, "a reshard names open shards");
    return shard;
  }

  #openAt(start: bigint): Shard {
    const shard = this.#openByStart.get(start);
    invariant(shard !== undefined, "a reshard names open shards");
    return shard;
  }

  #replace(parents: readonly Shard[], ranges: readonly HashKeyRange[], nowMs: number): void {
    // Neither of the times may fall behind the parents', even if the clock does: listings and numbers both
    // rely on it.
    const atMs = Math.max(nowMs, ...parents.map((parent) => parent.lastChangeMs));
    const afterSeconds = Math.max(...parents.map(({ origin }) => origin.createdSeconds));
    const createdSeconds = Math.max(secondsOf(atMs), afterSeconds + 1);
    for (const parent of parents) this.#openByStart.delete(parent.origin.range.start);
    const parentIds = parents.map((parent) => parent.shardId);
    const children = ranges.map((range) => this.#openNext(range, parentIds, atMs, createdSeconds));
    for (const parent of parents) parent.close(atMs, children);
    this.#closed.push(...parents);
  }

  #openNext(
    range: HashKeyRange,
    parentIds: readonly string[],
    createdAtMs: number,
    createdSeconds: number,
  ): Shard {
    const index = this.#count;
    this.#count += 1;
    this.#lastCreatedSeconds = Math.max(this.#lastCreatedSeconds, createdSeconds);
    const encryptedTurns = this.#parts.isEncrypted() ? [0] : [];
    const opening = { index, range, parentIds, createdAtMs, createdSeconds, encryptedTurns };
    const shard = this.#open(opening);
    this.#openByStart.set(range.start, shard);
    this.#router = undefined;
    return shard;
  }

  #open({ log, ...opening }: Opening): Shard {
    const { streamId, meter, nextGap, journal } = this.#parts;
    const limits = this.#parts.newLimits();
    const origin = { ...opening, streamId, limits, meter, nextGap, journal };
    const shard = new Shard(origin, log);
    this.#shards.set(shard.shardId, shard);
    return shard;
  }
}
