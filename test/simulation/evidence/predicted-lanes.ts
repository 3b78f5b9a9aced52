// Which lane of its producer a Kinesis record has come from, by what the producer has told of its stream: one lane for
// each open shard it knows, one for all where there is no map or where it makes no difference, or one for each hash key.
import { type HashKeyRange, MAX_HASH_KEY, rangeContains } from "@shardline/core";
import type { ProducerOptions } from "@shardline/producer";
import type { Checker } from "./journal.ts";
import type { EntryOf } from "./journal-entry.ts";

/** The same object for as long as the lane lasts. */
export interface PredictedLane {
  /** What it takes the records of. */
  readonly range: HashKeyRange;
  /** So many shards it leads to. */
  readonly shardCount: number;
  /** By its producer's clock. */
  readonly sinceMs: number;
}

/** A producer's lanes. */
interface View {
  isServiceManaged: boolean;
  /** As it was described. */
  openShards: number;
  /** That of all shards, while there are no others. */
  one: PredictedLane;
  /** By their shards; none before the first map. */
  byShard: ReadonlyMap<string, PredictedLane>;
}

type ShardRange = { readonly shardId: string; readonly hashKeyRange?: HashKeyRange };

/** Kept up to date by a journal. */
export class PredictedLanes implements Checker {
  readonly name = "predicted lanes";
  readonly sights = { told: (entry: EntryOf<"told">): void => this.#learn(entry) };
  readonly #options: Pick<ProducerOptions, "aggregation" | "distribution">;
  readonly #shards: () => readonly ShardRange[];
  readonly #views = new Map<string, View>();

  constructor(
    options: Pick<ProducerOptions, "aggregation" | "distribution">,
    shards: () => readonly ShardRange[],
  ) {
    this.#options = options;
    this.#shards = shards;
  }

  /** The lane of what a process sends to a hash key just now. */
  laneOf(process: string, hashKey: bigint): PredictedLane {
    const { byShard, isServiceManaged, one } = this.#viewOf(process);
    const { aggregation } = this.#options;
    if (isServiceManaged) return one;
    if (aggregation !== false && aggregation?.scope === "hash-key") {
      return { range: { start: hashKey, end: hashKey }, shardCount: 1, sinceMs: 0 };
    }
    for (const lane of byShard.values()) if (rangeContains(lane.range, hashKey)) return lane;
    return one;
  }

  #learn({ localMs, news, process }: EntryOf<"told">): void {
    const view = this.#viewOf(process);
    switch (news.kind) {
      case "open shards":
        // Other limits are a lane's that begins anew.
        if (news.count !== view.openShards) view.one = laneToAll(news.count, localMs);
        view.openShards = news.count;
        break;
      case "other distribution":
        view.isServiceManaged = news.distribution === "service-managed";
        view.one = laneToAll(view.openShards, localMs);
        view.byShard = new Map(
          [...view.byShard].map(([id, lane]) => [id, { ...lane, sinceMs: localMs }]),
        );
        break;
      case "other shards":
        view.byShard = this.#changed(view.byShard, news, localMs);
    }
  }

  #changed(
    before: ReadonlyMap<string, PredictedLane>,
    { added, removed }: { readonly added: readonly string[]; readonly removed: readonly string[] },
    sinceMs: number,
  ): ReadonlyMap<string, PredictedLane> {
    const after = new Map(before);
    for (const shardId of removed) after.delete(shardId);
    for (const { hashKeyRange, shardId } of this.#shards()) {
      if (!added.includes(shardId) || hashKeyRange === undefined) continue;
      after.set(shardId, { range: hashKeyRange, shardCount: 1, sinceMs });
    }
    return after;
  }

  #viewOf(process: string): View {
    const known = this.#views.get(process);
    if (known !== undefined) return known;
    const isServiceManaged = this.#options.distribution === "service-managed";
    const view = { isServiceManaged, openShards: 1, one: laneToAll(1, 0), byShard: new Map() };
    this.#views.set(process, view);
    return view;
  }
}

function laneToAll(shardCount: number, sinceMs: number): PredictedLane {
  return { range: { start: 0n, end: MAX_HASH_KEY }, shardCount, sinceMs };
}
