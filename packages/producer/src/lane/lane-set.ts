// The lanes of one stream: one for each shard of the map, a single one while there is no map, and the retired
// ones that still have something under way. A new map moves every waiting record to the lane where it belongs.
import { type HashKeyRange, MAX_HASH_KEY, writeHashKeyWords } from "@shardline/core";
import type { LaneOffer } from "./batch-plan.ts";
import { type Carrier, hashKeyOfContent } from "../record/carrier.ts";
import { unpack } from "../record/unpack.ts";
import { Lane, type LaneTarget } from "./lane.ts";
import type { LanePolicy } from "./lane-policy.ts";
import type { LooseRecord, RecordContent } from "../record/pending-record.ts";
import { pack } from "../record/seal.ts";
import type { ShardMap } from "../shard-map/shard-map.ts";

const WHOLE_HASH_SPACE: HashKeyRange = { start: 0n, end: MAX_HASH_KEY };

export class LaneSet {
  readonly #policy: LanePolicy;
  /** Without a map nobody knows who may share an aggregate, so each record travels by itself. */
  readonly #policyWithoutMap: LanePolicy;
  readonly #words = new Uint32Array(4);
  readonly #retired = new Set<Lane>();
  #map: ShardMap | undefined;
  #lanes: readonly Lane[];

  constructor(policy: LanePolicy, nowMs: number) {
    this.#policy = policy;
    this.#policyWithoutMap = { ...policy, chunk: { ...policy.chunk, maxRecords: 1 } };
    this.#lanes = [this.#laneWithoutMap(nowMs, Number.POSITIVE_INFINITY)];
  }

  /** Until a first map arrives records wait, but no longer than this: then they go without one. */
  goWithoutMapBy(atMs: number): void {
    if (this.#map === undefined) this.#lanes[0]?.openBy(atMs);
  }

  get map(): ShardMap | undefined {
    return this.#map;
  }

  get lanes(): readonly Lane[] {
    return this.#lanes;
  }

  /** The lane of a hash key given as four words. */
  laneFor(words: Uint32Array): Lane {
    return this.#lanes[this.#map?.predict(words) ?? 0] as Lane;
  }

  /** The shard where a record belongs; `undefined` while there is no map. */
  shardIdOf(record: RecordContent): string | undefined {
    writeHashKeyWords(hashKeyOfContent(record), this.#words, 0);
    return this.laneFor(this.#words).target.shardId;
  }

  /** What all lanes could send. */
  offers(nowMs: number, flushedEpoch: number): LaneOffer<Lane>[] {
    return this.#lanes.flatMap((lane) => lane.offer(nowMs, flushedEpoch) ?? []);
  }

  /** When the oldest record that waits in a lane was put; Infinity if none waits. */
  oldestAtMs(): number {
    return this.#lanes.reduce((oldest, lane) => Math.min(oldest, lane.oldestAtMs), Infinity);
  }

  /** Takes a new map into use; what waits in lanes of shards that are gone moves on, in order. */
  adopt(map: ShardMap, nowMs: number): void {
    const lasting = new Map(this.#lanes.filter((lane) => isIn(map, lane)).map(byShardId));
    const gone = this.#lanes.filter((lane) => !lasting.has(lane.target.shardId));
    this.#retire(gone);
    this.#map = map;
    this.#lanes = map.shards.map(
      (target) => lasting.get(target.shardId) ?? this.#newLane(target, nowMs),
    );
    this.#rehouse(gone);
  }

  /**
   * The stream was missing, and may come back with other shards under the same ids: no map is better than this one.
   * Records wait for another, but no longer than to `openAtMs`.
   */
  forgetMap(nowMs: number, openAtMs: number): void {
    if (this.#map === undefined) return;
    const gone = this.#lanes;
    this.#retire(gone);
    this.#map = undefined;
    this.#lanes = [this.#laneWithoutMap(nowMs, openAtMs)];
    this.#rehouse(gone);
  }

  #retire(lanes: readonly Lane[]): void {
    for (const lane of lanes) if (lane.isBusy) this.#retired.add(lane);
  }

  #rehouse(gone: readonly Lane[]): void {
    // The oldest first, of whichever lane: a lane's first record tells when it has to look for expired ones.
    const moving = gone
      .flatMap((lane) => lane.drain())
      .flatMap(unpack)
      .sort(byAge);
    for (const [home, records] of this.#homes(moving)) home.append(this.#pack(records));
  }

  /** Brings records back into the lanes where they belong, before everything that waits there. */
  bringBack(records: readonly LooseRecord[]): void {
    for (const [home, group] of this.#homes(records)) home.prepend(this.#pack(group));
  }

  /** The same, with each half of them on a trial of its own. */
  bringBackOnTrial(records: readonly LooseRecord[]): void {
    const middle = Math.ceil(records.length / 2);
    // The second half first, because what comes back goes before everything else.
    for (const half of [records.slice(middle), records.slice(0, middle)]) {
      const trial = Symbol("trial");
      for (const [home, group] of this.#homes(half)) {
        home.prepend(this.#pack(group).map((carrier) => ({ ...carrier, trial })));
      }
    }
  }

  /** Brings a carrier back unchanged if its lane still exists, record by record if not. */
  returnTo(lane: Lane, carrier: Carrier): void {
    if (this.#retired.has(lane)) this.bringBack(unpack(carrier));
    else lane.prepend([carrier]);
  }

  /** A carrier of a lane is settled or was brought back: lanes that waited for it may go on. */
  release(lane: Lane): void {
    lane.release();
    if (lane.isBusy || !this.#retired.delete(lane)) return;
    for (const other of this.#lanes) other.stopWaitingFor(lane);
  }

  #laneWithoutMap(nowMs: number, opensAtMs: number): Lane {
    const target = { shardId: undefined, range: WHOLE_HASH_SPACE };
    const waitsFor = [...this.#retired];
    return new Lane(target, this.#policyWithoutMap, nowMs, { opensAtMs, waitsFor });
  }

  #newLane(target: LaneTarget, nowMs: number): Lane {
    const waitsFor = [...this.#retired].filter((lane) => overlaps(lane.target.range, target.range));
    return new Lane(target, this.#policy, nowMs, { opensAtMs: nowMs, waitsFor });
  }

  /** Which records belong to which lane, in order. */
  #homes(records: readonly LooseRecord[]): Map<Lane, LooseRecord[]> {
    const homes = new Map<Lane, LooseRecord[]>();
    for (const record of records) {
      writeHashKeyWords(hashKeyOfContent(record.content), this.#words, 0);
      const lane = this.laneFor(this.#words);
      const group = homes.get(lane);
      if (group === undefined) homes.set(lane, [record]);
      else group.push(record);
    }
    return homes;
  }

  #pack(records: readonly LooseRecord[]): Carrier[] {
    const { chunk, isAggregating } =
      this.#map === undefined ? this.#policyWithoutMap : this.#policy;
    return pack(records, chunk, isAggregating);
  }
}

/** Stable, so that the records of a key keep their order. */
function byAge(a: LooseRecord, b: LooseRecord): number {
  return a.pending.acceptedAtMs - b.pending.acceptedAtMs;
}

function overlaps(a: HashKeyRange, b: HashKeyRange): boolean {
  return a.start <= b.end && b.start <= a.end;
}

function byShardId(lane: Lane): [string | undefined, Lane] {
  return [lane.target.shardId, lane];
}

/** A re-created stream may use the id of a shard for another range. */
function isIn(map: ShardMap, { target }: Lane): boolean {
  const shard = map.find(target.shardId);
  return shard?.range.start === target.range.start && shard.range.end === target.range.end;
}
