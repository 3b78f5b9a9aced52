// What landings leave in doubt about the map, until one that was listed later confirms it or ends it: whether the stream is
// still the one that the map is of, and whether hash keys place records at all.
import { type PutRecordsOutcome, rangeContains } from "@shardline/core";
import { birthOf } from "../shard-map/shard-birth.ts";
import type { ShardMap } from "../shard-map/shard-map.ts";

/** A shard, as its id and the leading digits of its numbers tell it. */
interface Stranger {
  readonly shardId: string;
  readonly birth: string;
  /** That of the shard which the map has under that id. */
  readonly startingBirth: string;
  /** It was sent when that shard was there already, so no shard before it can have taken it. */
  readonly isOfMap: boolean;
  readonly sinceMs: number;
}

/** Beginnings of a shard's numbers that are unlike that of the one it started with, and known to be its own all the same. */
interface OwnBirths {
  readonly startingBirth: string;
  readonly births: readonly string[];
}

/** A plain record that landed where its hash key does not belong, by a map that may be too old to say so. */
interface Suspicion {
  readonly landing: Landing;
  readonly hashKey: bigint;
  readonly sinceMs: number;
}

/** When a call was made. */
interface CallTimes {
  readonly sentAtMs: number;
  readonly answeredAtMs: number;
}

/** Where and at which number a carrier was stored. */
export type Landing = PutRecordsOutcome & { readonly kind: "stored" };

/** A shard with so many is taken for one whose numbers tell nothing: all are its own. */
const MAX_OWN_BIRTHS = 2;

export class MapDoubts {
  /** By shard and birth. */
  readonly #strangers = new Map<string, Stranger>();
  readonly #ownBirths = new Map<string, OwnBirths>();
  /** When the newest map came. */
  #mappedAtMs = Number.NEGATIVE_INFINITY;
  #suspicion: Suspicion | undefined;

  /** Keeps in mind which carriers landed on other shards than the map has under their ids; answers whether any did. */
  meet(
    outcomes: readonly PutRecordsOutcome[],
    map: ShardMap | undefined,
    { answeredAtMs: sinceMs, sentAtMs }: CallTimes,
  ): boolean {
    const isOfMap = sentAtMs >= this.#mappedAtMs;
    let isAny = false;
    for (const outcome of outcomes) {
      if (outcome.kind !== "stored" || !this.isStranger(outcome, map)) continue;
      const { sequenceNumber, shardId } = outcome;
      const startingBirth = map?.birthOf(shardId);
      if (startingBirth === undefined) continue;
      const birth = birthOf(sequenceNumber);
      const stranger = { shardId, birth, startingBirth, isOfMap, sinceMs };
      this.#strangers.set(`${shardId} ${birth}`, stranger);
      isAny = true;
    }
    return isAny;
  }

  /** Whether a carrier landed on another shard than the map has under that id. */
  isStranger({ sequenceNumber, shardId }: Landing, map: ShardMap | undefined): boolean {
    const startingBirth = map?.birthOf(shardId);
    if (startingBirth === undefined) return false;
    const birth = birthOf(sequenceNumber);
    return birth !== startingBirth && !this.#isOwn(shardId, startingBirth, birth);
  }

  /** Whether the shard that took a carrier is known to be the one that the map has under that id. */
  isOnShardOf(landing: Landing, map: ShardMap | undefined): boolean {
    return map?.birthOf(landing.shardId) !== undefined && !this.isStranger(landing, map);
  }

  /** Keeps in mind that a carrier landed where it does not belong, if it did; answers whether. */
  suspect(landing: Landing, hashKey: bigint, map: ShardMap | undefined, nowMs: number): boolean {
    if (!isAstray(landing, hashKey, map)) return false;
    this.#suspicion = { landing, hashKey, sinceMs: nowMs };
    return true;
  }

  /** There is a newer map. Answers whether it proves that the service places records against their hash keys. */
  clearUp(map: ShardMap | undefined, listedAtMs: number, nowMs: number): boolean {
    this.#mappedAtMs = nowMs;
    for (const [key, stranger] of this.#strangers) {
      if (listedAtMs < stranger.sinceMs) continue;
      this.#strangers.delete(key);
      this.#acquaint(stranger, map?.birthOf(stranger.shardId));
    }
    const suspicion = this.#suspicion;
    if (suspicion === undefined || listedAtMs < suspicion.sinceMs) return false;
    this.#suspicion = undefined;
    const { hashKey, landing } = suspicion;
    return this.isOnShardOf(landing, map) && isAstray(landing, hashKey, map);
  }

  /** Listed before it was sent and after it was met, a shard that is still the same gave that number itself. */
  #acquaint({ birth, isOfMap, shardId, startingBirth }: Stranger, now: string | undefined): void {
    if (!isOfMap || now !== startingBirth) return;
    const before = this.#ownBirths.get(shardId);
    const births = before?.startingBirth === startingBirth ? before.births : [];
    this.#ownBirths.set(shardId, { startingBirth, births: [...births, birth] });
  }

  #isOwn(shardId: string, startingBirth: string, birth: string): boolean {
    const own = this.#ownBirths.get(shardId);
    if (own?.startingBirth !== startingBirth) return false;
    return own.births.length >= MAX_OWN_BIRTHS || own.births.includes(birth);
  }
}

function isAstray({ shardId }: Landing, hashKey: bigint, map: ShardMap | undefined): boolean {
  const range = map?.rangeOf(shardId);
  return range !== undefined && !rangeContains(range, hashKey);
}
