// The lanes of one stream: one for each shard of the map, a single one while there is no map or where it makes no
// difference, or one for each hash key; and the retired ones that still have something under way. When a map or the
// stream itself changes, every waiting record moves to the lane where it belongs.
import { type HashKeyRange, MAX_HASH_KEY } from "@shardline/core";
import type { LaneOffer, LanePick } from "./batch-plan.ts";
import type { Carrier } from "../record/carrier.ts";
import { writeHashKeyOf } from "../record/hash-key-of-content.ts";
import { unpack } from "../record/unpack.ts";
import { KeyedLanes } from "./keyed-lanes.ts";
import { Lane, type LaneTarget } from "./lane.ts";
import type { LanePolicy } from "./lane-policy.ts";
import { overlapsOf } from "./lane-overlaps.ts";
import { OccupiedLanes } from "./occupied-lanes.ts";
import { wordsOf } from "../record/hashed-key.ts";
import type { RecordPlace } from "../record/new-record.ts";
import type { LooseRecord, RecordContent } from "../record/pending-record.ts";
import { pack } from "../record/seal.ts";
import type { ShardMap } from "../shard-map/shard-map.ts";

const EVERYWHERE: LaneTarget = {
  shardId: undefined,
  range: { start: 0n, end: MAX_HASH_KEY } satisfies HashKeyRange,
};

/** How records find their lanes. */
type Layout =
  /** Nobody knows yet who may share an aggregate. Nothing leaves: records only wait together, which is cheap. */
  | { readonly kind: "holding"; readonly lane: Lane }
  /** Nobody will know soon, so each record travels by itself. */
  | { readonly kind: "unmapped"; readonly lane: Lane }
  | { readonly kind: "by-shard"; readonly map: ShardMap; readonly lanes: readonly Lane[] }
  | { readonly kind: "by-key"; readonly keyed: KeyedLanes }
  | { readonly kind: "anywhere"; readonly lane: Lane };

export class LaneSet {
  readonly #words = new Uint32Array(4);
  readonly #retired = new Set<Lane>();
  /** Which lanes wait for a retired one. */
  readonly #waiters = new Map<Lane, Lane[]>();
  readonly #occupied = new OccupiedLanes((lane) => this.#dropIfKeyed(lane));
  #policy: LanePolicy;
  #map: ShardMap | undefined;
  /** When records go without a map, if there is none by then. */
  #opensAtMs = Number.POSITIVE_INFINITY;
  #layout: Layout;
  #nowMs: number;

  constructor(policy: LanePolicy, nowMs: number) {
    this.#policy = policy;
    this.#nowMs = nowMs;
    this.#layout = this.#layOut(nowMs);
  }

  /** Until a first map arrives records wait, but no longer than this: then they go without one. */
  goWithoutMapBy(atMs: number): void {
    if (this.#layout.kind !== "holding" || atMs >= this.#opensAtMs) return;
    this.#opensAtMs = atMs;
    this.#layout.lane.openBy(atMs);
    this.#occupied.wake(this.#layout.lane);
  }

  /** The newest map; it tells where a carrier landed even if lanes do not go by it. */
  get map(): ShardMap | undefined {
    return this.#map;
  }

  get policy(): LanePolicy {
    return this.#policy;
  }

  get lanes(): readonly Lane[] {
    switch (this.#layout.kind) {
      case "by-shard":
        return this.#layout.lanes;
      case "by-key":
        return this.#layout.keyed.lanes;
      case "holding":
      case "unmapped":
      case "anywhere":
        return [this.#layout.lane];
    }
  }

  /** The lanes in which something waits. */
  get occupied(): readonly Lane[] {
    return this.#occupied.list();
  }

  /** The lane of a hash key given as four words, for a record put at that time that is about to be added to it. */
  laneFor(words: Uint32Array, putAtMs: number): Lane {
    const lane = this.#find(words);
    if (lane.isEmpty) this.#occupied.enter(lane, putAtMs);
    return lane;
  }

  /** Something happened in a lane: it may have more to send, or sooner, than when it was looked at. */
  wake(lane: Lane): void {
    this.#occupied.wake(lane);
  }

  /** The lane where a record waits, if it does. */
  laneOf({ explicitWords, key }: RecordPlace): Lane | undefined {
    const words = explicitWords ?? wordsOf(key, this.#words);
    return this.#layout.kind === "by-key" ? this.#layout.keyed.find(words) : this.#find(words);
  }

  /** The shard where a record belongs; `undefined` while there is no map, or where it does not count. */
  shardIdOf(record: RecordContent): string | undefined {
    const map = this.#map;
    if (map === undefined || this.#policy.placement === "anywhere") return undefined;
    writeHashKeyOf(record, this.#words);
    return map.shards[map.predict(this.#words)]?.shardId;
  }

  /** What lanes could send now, or within `lingerMs`: all of them, or enough for a call. */
  offers(nowMs: number, flushedEpoch: number, lingerMs = 0): LaneOffer<Lane>[] {
    this.#nowMs = nowMs;
    if (this.#layout.kind === "holding" && nowMs >= this.#opensAtMs) this.#relay(nowMs);
    return this.#occupied.offers(nowMs, nowMs + lingerMs, flushedEpoch);
  }

  /** When lanes that are not among the offers have something to send; Infinity if nothing but an answer can tell. */
  get nextLookMs(): number {
    return this.#occupied.nextLookMs;
  }

  /** Hands out the first carriers of a lane; those that are offered with it have their turn before it has another. */
  take({ count, lane }: LanePick<Lane>, nowMs: number, flushedEpoch: number): Carrier[] {
    const carriers = lane.take(count, nowMs, flushedEpoch);
    this.#occupied.serve(lane);
    return carriers;
  }

  /** No record that waits in a lane was put before; Infinity if none waits. */
  get oldestFromMs(): number {
    return this.#occupied.oldestFromMs;
  }

  /** When the oldest record that waits in a lane was put; Infinity if none waits. Looks at each lane. */
  oldestAtMs(): number {
    return this.#occupied.oldestAtMs();
  }

  /** Calls `change` with those of some lanes in which something waits. */
  change(lanes: Iterable<Lane>, change: (lane: Lane) => void): void {
    this.#occupied.change(lanes, change);
  }

  /** The same with all lanes, if there may be a record in one of them whose time is over. */
  changeExpired(ttlMs: number, nowMs: number, change: (lane: Lane) => void): void {
    this.#occupied.changeExpired(ttlMs, nowMs, change);
  }

  /** Takes a new map into use; what waits in lanes of shards that are gone moves on, in order. */
  adopt(map: ShardMap, nowMs: number): void {
    this.#map = map;
    if (this.#layout.kind === "by-key") this.#layout.keyed.adopt(map);
    if (this.#policy.placement !== "shard") return;
    const before = this.lanes;
    const lasting = new Map(before.filter((lane) => isIn(map, lane)).map(byShardId));
    const gone = before.filter((lane) => !lasting.has(lane.target.shardId));
    this.#retire(gone);
    this.#layout = { kind: "by-shard", map, lanes: this.#lanesOf(map, lasting, nowMs) };
    this.#rehouse(gone);
  }

  /**
   * The stream is, or may be, another one of the same name, with other shards under the same ids: no map is better than this
   * one. Records wait for another, but no longer than to `openAtMs`.
   */
  forgetMap(nowMs: number, openAtMs: number): void {
    if (this.#map === undefined) return;
    this.#map = undefined;
    if (this.#policy.placement !== "shard") return;
    this.#opensAtMs = openAtMs;
    this.#relay(nowMs);
  }

  /** Lanes behave otherwise from now on, because the stream turned out to be another than was thought. */
  obey(policy: LanePolicy, nowMs: number): void {
    const before = this.#policy;
    this.#policy = policy;
    const { kind } = this.#layout;
    // Where records are only held nothing is metered, and they are laid out anew before they leave.
    const isOneRate = kind === "unmapped" || kind === "anywhere";
    const isOtherRate = isOneRate && policy.shardCount !== before.shardCount;
    if (policy.placement !== before.placement || isOtherRate) this.#relay(nowMs);
    else if (this.#layout.kind === "by-key") this.#layout.keyed.obey(policy);
    else for (const lane of this.lanes) lane.obey(this.#policyInUse);
    this.#occupied.wakeAll();
  }

  /** Brings records back into the lanes where they belong, before everything that waits there. */
  bringBack(records: readonly LooseRecord[]): void {
    for (const [home, carriers] of this.#packedByHome(records)) {
      home.prepend(carriers);
      this.#occupied.return(home);
    }
  }

  /** The same, with each half of them on a trial of its own. */
  bringBackOnTrial(records: readonly LooseRecord[]): void {
    const middle = Math.ceil(records.length / 2);
    // The second half first, because what comes back goes before everything else.
    const halves = [records.slice(middle), records.slice(0, middle)].map((half) =>
      this.#packedByHome(half),
    );
    for (const half of halves) {
      const trial = Symbol("trial");
      for (const [home, carriers] of half) {
        home.prepend(carriers.map((carrier) => ({ ...carrier, trial })));
        this.#occupied.return(home);
      }
    }
  }

  /** Brings a carrier back unchanged if its lane still exists, record by record if not. */
  returnTo(lane: Lane, carrier: Carrier): void {
    if (this.#retired.has(lane)) {
      this.bringBack(unpack(carrier));
      carrier.members.end();
      return;
    }
    lane.prepend([carrier]);
    this.#occupied.return(lane);
  }

  /**
   * A carrier was stored and settled: its memory may be another's. One that was tried before may still be read by a
   * call that was given up.
   */
  reuse({ attempts, content, entry }: Carrier): void {
    if (content.kind !== "aggregate" || attempts.count !== 1) return;
    this.#policy.builders.memory.giveBack(entry.data);
  }

  /** A carrier of a lane is settled or was brought back: lanes that waited for it may go on. */
  release(lane: Lane): void {
    lane.release();
    if (lane.isBusy) return;
    this.#occupied.wake(lane);
    if (this.#layout.kind === "by-key") this.#layout.keyed.drop(lane);
    if (!this.#retired.delete(lane)) return;
    for (const waiter of this.#waiters.get(lane) ?? []) {
      waiter.stopWaitingFor(lane);
      this.#occupied.wake(waiter);
    }
    this.#waiters.delete(lane);
  }

  #find(words: Uint32Array): Lane {
    const layout = this.#layout;
    switch (layout.kind) {
      case "by-shard":
        return layout.lanes[layout.map.predict(words)] as Lane;
      case "by-key":
        return layout.keyed.laneFor(words, EVERYWHERE, this.#nowMs);
      case "holding":
      case "unmapped":
      case "anywhere":
        return layout.lane;
    }
  }

  /** Lays the lanes out anew, and moves everything that waits. */
  #relay(nowMs: number): void {
    const gone = this.lanes;
    this.#retire(gone);
    this.#layout = this.#layOut(nowMs);
    this.#rehouse(gone);
  }

  #layOut(nowMs: number): Layout {
    const { placement } = this.#policy;
    const map = this.#map;
    switch (placement) {
      case "hash-key":
        return { kind: "by-key", keyed: new KeyedLanes(this.#policy, map) };
      case "anywhere":
        return { kind: "anywhere", lane: this.#newLane(EVERYWHERE, nowMs, []) };
      case "shard":
        return map === undefined
          ? this.#layOutWithoutMap(nowMs)
          : { kind: "by-shard", map, lanes: this.#lanesOf(map, new Map(), nowMs) };
    }
  }

  #layOutWithoutMap(nowMs: number): Layout {
    const opensAtMs = this.#opensAtMs;
    const kind = nowMs >= opensAtMs ? "unmapped" : "holding";
    const policy = kind === "unmapped" ? withoutMap(this.#policy) : this.#policy;
    const start = { opensAtMs, waitsFor: [...this.#retired] };
    const lane = new Lane(EVERYWHERE, policy, nowMs, start);
    return { kind, lane: this.#waiting(lane, start.waitsFor) };
  }

  #lanesOf(
    map: ShardMap,
    lasting: ReadonlyMap<string | undefined, Lane>,
    nowMs: number,
  ): readonly Lane[] {
    const waitedFor = overlapsOf(map.shards, [...this.#retired]);
    return map.shards.map(
      (target) =>
        lasting.get(target.shardId) ?? this.#newLane(target, nowMs, waitedFor.get(target) ?? []),
    );
  }

  #newLane(target: LaneTarget, nowMs: number, waitsFor: readonly Lane[]): Lane {
    return this.#waiting(
      new Lane(target, this.#policy, nowMs, { opensAtMs: nowMs, waitsFor }),
      waitsFor,
    );
  }

  #waiting(lane: Lane, waitsFor: readonly Lane[]): Lane {
    for (const other of waitsFor) {
      const waiters = this.#waiters.get(other);
      if (waiters === undefined) this.#waiters.set(other, [lane]);
      else waiters.push(lane);
    }
    return lane;
  }

  #retire(lanes: readonly Lane[]): void {
    for (const lane of lanes) if (lane.isBusy) this.#retired.add(lane);
  }

  /** Moves what waits. It is found in the lanes that are gone until it is in others, whatever breaks meanwhile. */
  #rehouse(gone: readonly Lane[]): void {
    // The oldest first, of whichever lane: a lane's first record tells when it has to look for expired ones.
    const moving = gone
      .flatMap((lane) => lane.sealed())
      .flatMap(unpack)
      .sort(byAge);
    const packed = this.#packedByHome(moving);
    for (const lane of gone) {
      for (const { members } of lane.drain()) members.end();
      this.#occupied.delete(lane);
    }
    for (const [home, carriers] of packed) {
      home.append(carriers);
      this.#occupied.return(home);
    }
  }

  #dropIfKeyed(lane: Lane): void {
    if (this.#layout.kind === "by-key") this.#layout.keyed.drop(lane);
  }

  /** Which records belong to which lane, in order. */
  #homes(records: readonly LooseRecord[]): Map<Lane, LooseRecord[]> {
    const homes = new Map<Lane, LooseRecord[]>();
    for (const record of records) {
      writeHashKeyOf(record.content, this.#words);
      const lane = this.laneFor(this.#words, record.pending.acceptedAtMs);
      const group = homes.get(lane);
      if (group === undefined) homes.set(lane, [record]);
      else group.push(record);
    }
    return homes;
  }

  /** The same, packed: all of them before anybody puts one into its lane. */
  #packedByHome(records: readonly LooseRecord[]): (readonly [Lane, Carrier[]])[] {
    return [...this.#homes(records)].map(([home, group]) => [home, this.#pack(group)]);
  }

  get #policyInUse(): LanePolicy {
    return this.#layout.kind === "unmapped" ? withoutMap(this.#policy) : this.#policy;
  }

  #pack(records: readonly LooseRecord[]): Carrier[] {
    const { chunk, packing } = this.#policyInUse;
    return pack(records, chunk, packing);
  }
}

function withoutMap(policy: LanePolicy): LanePolicy {
  return { ...policy, chunk: { ...policy.chunk, maxRecords: 1 } };
}

/** Stable, so that the records of a key keep their order. */
function byAge(a: LooseRecord, b: LooseRecord): number {
  return a.pending.acceptedAtMs - b.pending.acceptedAtMs;
}

function byShardId(lane: Lane): [string | undefined, Lane] {
  return [lane.target.shardId, lane];
}

/** A re-created stream may use the id of a shard for another range. */
function isIn(map: ShardMap, { target }: Lane): boolean {
  const shard = map.find(target.shardId);
  return shard?.range.start === target.range.start && shard.range.end === target.range.end;
}
