// Lanes by hash key, for aggregates of one key. There is one only while something waits in it or is under way, so there
// are never more than records; those of one shard share what it may be sent.
import { LaneLimiter } from "./lane-limiter.ts";
import { LaneShare } from "./lane-share.ts";
import { Lane, type LaneTarget } from "./lane.ts";
import type { LanePolicy } from "./lane-policy.ts";
import type { ShardMap } from "../shard-map/shard-map.ts";

/** Stands for all shards while there is no map. */
const ANY_SHARD = "";

export class KeyedLanes {
  #policy: LanePolicy;
  readonly #lanes = new Map<string, Lane>();
  readonly #names = new Map<Lane, string>();
  #shares = new Map<string, LaneShare<Lane>>();
  #map: ShardMap | undefined;

  constructor(policy: LanePolicy, map: ShardMap | undefined) {
    this.#policy = policy;
    this.#map = map;
  }

  get lanes(): readonly Lane[] {
    return [...this.#lanes.values()];
  }

  /** Lanes behave otherwise from now on. */
  obey(policy: LanePolicy): void {
    this.#policy = policy;
    for (const lane of this.#lanes.values()) lane.obey(policy);
  }

  /** Meters new lanes by the shards of a new map. */
  adopt(map: ShardMap): void {
    this.#map = map;
    const known = this.#shares;
    this.#shares = new Map([...known].filter(([shardId]) => map.find(shardId) !== undefined));
  }

  /** The lane of a hash key given as four words, if there is one. */
  find(words: Uint32Array): Lane | undefined {
    return this.#lanes.get(nameOf(words));
  }

  /** The same, or a new one; `target` is what a new one is told. */
  laneFor(words: Uint32Array, target: LaneTarget, nowMs: number): Lane {
    const name = nameOf(words);
    const known = this.#lanes.get(name);
    if (known !== undefined) return known;
    const start = { opensAtMs: nowMs, waitsFor: [] };
    const isMetered = this.#policy.rateLimit !== false;
    const shared = isMetered ? { ...start, share: this.#shareOf(words, nowMs) } : start;
    const lane = new Lane(target, this.#policy, nowMs, shared);
    this.#lanes.set(name, lane);
    this.#names.set(lane, name);
    return lane;
  }

  /** Forgets a lane that holds nothing and has nothing under way. */
  drop(lane: Lane): void {
    const name = this.#names.get(lane);
    if (name === undefined || lane.isBusy || !lane.isEmpty) return;
    this.#names.delete(lane);
    this.#lanes.delete(name);
  }

  #shareOf(words: Uint32Array, nowMs: number): LaneShare<Lane> {
    const map = this.#map;
    const shardId = map?.shards[map.predict(words)]?.shardId ?? ANY_SHARD;
    const known = this.#shares.get(shardId);
    if (known !== undefined) return known;
    const shardCount = map === undefined ? this.#policy.shardCount : 1;
    const share = new LaneShare<Lane>(new LaneLimiter(this.#policy.rateLimit, nowMs, shardCount));
    this.#shares.set(shardId, share);
    return share;
  }
}

/** Eight UTF-16 code units: what a Map compares fastest. */
function nameOf(words: Uint32Array): string {
  const [a = 0, b = 0, c = 0, d = 0] = words;
  return twoUnits(a) + twoUnits(b) + twoUnits(c) + twoUnits(d);
}

function twoUnits(word: number): string {
  return String.fromCharCode(word >>> 16, word & 0xffff);
}
