// One predicted shard's queue: carriers that are sealed, oldest first, and behind them the open chunk.
//
// Where order is kept, one carrier is under way at a time, and what comes back goes to the head, so a shard
// sees the records of a key in the order in which they were put. A lane that takes over hash keys from
// another waits until that one has nothing under way.
import {
  type ApiFailureKind,
  backoffMs,
  type HashKeyRange,
  invariant,
  PUT_RECORDS_LIMITS,
  type Random,
} from "@shardline/core";
import type { LaneOffer } from "./batch-plan.ts";
import type { Carrier, FlushReason } from "../record/carrier.ts";
import type { ChunkLimits, Chunk } from "../record/chunk.ts";
import { CarrierQueue } from "./carrier-queue.ts";
import { LaneLimiter } from "./lane-limiter.ts";
import { LaneShare } from "./lane-share.ts";
import type { LanePolicy } from "./lane-policy.ts";
import type { Members } from "../record/members.ts";
import type { NewRecord } from "../record/new-record.ts";
import type { LooseRecord, PendingRecord } from "../record/pending-record.ts";
import { isExpired } from "../record/time-to-live.ts";
import type { Sink } from "../record/sink.ts";
import { newChunk, pack, packOpen, seal, sealAlone } from "../record/seal.ts";
import { unpack } from "../record/unpack.ts";
import type { Placement } from "../stream/stream-facts.ts";

const AT_ONCE = Number.NEGATIVE_INFINITY;
const NEVER = Number.POSITIVE_INFINITY;

/** Where a lane leads. */
export interface LaneTarget {
  /** Absent while there is no shard map. */
  readonly shardId: string | undefined;
  readonly range: HashKeyRange;
}

/** What a lane has to wait for before it sends its first carrier. */
export interface LaneStart {
  readonly opensAtMs: number;
  readonly waitsFor: readonly Lane[];
  /** What it has in common with other lanes of its shard; left out if it is the only one. */
  readonly share?: LaneShare<Lane>;
}

/** Whether a record stays; it notes those that do not. Must not settle any: the lane is at work. */
export type Keep = (record: LooseRecord) => boolean;

export class Lane {
  readonly target: LaneTarget;
  readonly share: LaneShare<Lane>;
  #policy: LanePolicy;
  /** What the open chunk may hold while others go before it. */
  #backlogChunk: ChunkLimits;
  readonly #waitsFor: Set<Lane>;
  readonly #queue = new CarrierQueue();
  #open: Chunk;
  #newest: Members;
  #underWay = 0;
  #failures = 0;
  #pausedUntilMs: number;

  constructor(target: LaneTarget, policy: LanePolicy, nowMs: number, start: LaneStart) {
    this.target = target;
    this.#policy = policy;
    this.#backlogChunk = backlogChunkOf(policy);
    this.#open = newChunk(policy.packing, policy.builders);
    this.#newest = this.#open.members;
    this.share =
      start.share ??
      new LaneShare(new LaneLimiter(policy.rateLimit, nowMs, shardCountOf(target, policy)));
    this.#waitsFor = new Set(start.waitsFor);
    this.#pausedUntilMs = start.opensAtMs;
  }

  /** Whether a call or a judgement on one of its carriers is outstanding. */
  get isBusy(): boolean {
    return this.#underWay > 0;
  }

  /** How its records found it. */
  get placement(): Placement {
    return this.#policy.placement;
  }

  /** Whether nothing waits in it. */
  get isEmpty(): boolean {
    return this.#open.members.length === 0 && this.#queue.length === 0;
  }

  /** When its oldest waiting record was put; Infinity if none waits. */
  get oldestAtMs(): number {
    return Math.min(this.#queue.oldestAtMs, this.#open.members.oldestAtMs);
  }

  /** Those that the last added record has joined. */
  get newest(): Members {
    return this.#newest;
  }

  /** What is sealed and waits, in order. */
  get carriers(): readonly Carrier[] {
    return this.#queue.list();
  }

  /** Everything that waits, in order: seals what is open, and keeps it all. */
  sealed(): readonly Carrier[] {
    this.#close("retry");
    return this.carriers;
  }

  /** Encodes a record behind all others; answers when that makes the lane worth a look, if it does. */
  add(record: NewRecord, pending: PendingRecord): number {
    const { chunk, maxDelayMs, packing } = this.#policy;
    if (packing.kind === "plain") return this.#addAlone(record, pending);
    const fits = this.#open.hasRoomFor(record, chunk);
    if (!fits && !this.#mayGrowBy(record, pending.acceptedAtMs)) {
      this.#close(this.#open.members.length >= chunk.maxRecords ? "count" : "bytes");
      this.#join(record, pending);
      return AT_ONCE;
    }
    // What has been full before was looked at then.
    const wasFull = !fits && this.#isOpenFull();
    this.#join(record, pending);
    if (!wasFull && this.#isOpenFull()) return AT_ONCE;
    return this.#open.members.length === 1 ? pending.acceptedAtMs + maxDelayMs : NEVER;
  }

  #join(record: NewRecord, pending: PendingRecord): void {
    this.#open.add(record, pending);
    this.#newest = this.#open.members;
  }

  /** Seals a plain record at once. Only all lanes together tell whether it fills a call, so each is worth a look. */
  #addAlone(record: NewRecord, pending: PendingRecord): number {
    // What was aggregated before the stream turned out to take no aggregates goes first.
    this.#close("retry");
    const carrier = sealAlone(record, pending);
    this.#queue.append(carrier);
    this.#newest = carrier.members;
    return AT_ONCE;
  }

  /** Puts carriers behind all others. */
  append(carriers: readonly Carrier[]): void {
    this.#close("retry");
    for (const carrier of carriers) this.#queue.append(carrier);
  }

  /** Puts carriers before all others; where no order is kept, before all others that are younger. */
  prepend(carriers: readonly Carrier[]): void {
    const { isOrdered } = this.#policy;
    for (const carrier of carriers.toReversed()) {
      if (isOrdered || carrier.trial !== undefined) this.#queue.prepend(carrier);
      else this.#queue.sortIn(carrier);
    }
  }

  /** What could be sent and when, but for its limiter; nothing while it is empty or waits for an answer. */
  offer(nowMs: number, flushedEpoch: number): LaneOffer<Lane> | undefined {
    const isHeld = this.#waitsFor.size > 0 || (this.#policy.isOrdered && this.#underWay > 0);
    const first = this.#first;
    if (isHeld || first === undefined) return undefined;
    const chunkDueAtMs = this.#chunkDueAtMs(flushedEpoch);
    return {
      lane: this,
      dueAtMs: this.#queue.first === undefined ? chunkDueAtMs : this.#queueDueAtMs(flushedEpoch),
      fillsCalls: this.#policy.packing.kind === "plain",
      opensAtMs: this.#pausedUntilMs,
      oldestAtMs: first.oldestAtMs,
      sizes: this.#sizes(chunkDueAtMs <= nowMs),
      trial: this.#queue.first?.trial,
      share: this.share,
    };
  }

  /** Hands out its first carriers for a call; the chunk is sealed only when it is its turn. */
  take(count: number, nowMs: number, flushedEpoch = 0): Carrier[] {
    if (this.#queue.length < count) this.#close(this.#reasonToClose(flushedEpoch));
    invariant(this.#queue.length >= count, "a lane is asked for no more than it offered");
    const carriers = this.#queue.take(count);
    for (const { bytes } of carriers) this.share.limiter.take(bytes, nowMs);
    this.#underWay += count;
    return carriers;
  }

  /** A carrier that was under way is settled, or has left the lane. */
  release(): void {
    this.#underWay -= 1;
    invariant(this.#underWay >= 0, "a lane gets back what it handed out");
  }

  /** A carrier was stored: the shard takes records again. */
  recover(): void {
    this.#failures = 0;
  }

  /** The shard refused a carrier: wait longer each time. */
  backOff(kind: ApiFailureKind, nowMs: number, random: Random): void {
    this.#failures += 1;
    const { otherwise, throttled } = this.#policy.backoff;
    const plan = kind === "throttled" ? throttled : otherwise;
    const delayMs = backoffMs(plan, this.#failures, random);
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, nowMs + delayMs);
  }

  /**
   * The shard refused a carrier because it came too fast; answers the part of the shard's own limits that is used from
   * now on, if any limit is kept.
   */
  slowDown(nowMs: number): number | undefined {
    this.share.limiter.slowDown(nowMs);
    return this.share.limiter.factorAt(nowMs);
  }

  /** Behaves otherwise from now on; what is encoded stays as it is. */
  obey(policy: LanePolicy): void {
    this.#policy = policy;
    this.#backlogChunk = backlogChunkOf(policy);
  }

  /** Lets it send from that time on, if it was to wait longer. */
  openBy(atMs: number): void {
    this.#pausedUntilMs = Math.min(this.#pausedUntilMs, atMs);
  }

  /** Another lane, for which this one waited, has nothing under way any more. */
  stopWaitingFor(lane: Lane): void {
    this.#waitsFor.delete(lane);
  }

  /** Empties it: everything that is not under way, in order. */
  drain(): Carrier[] {
    return this.#queue.take(this.sealed().length);
  }

  /** Takes apart, in their places, the carriers that hold a record whose time is over; what is open stays open. */
  thinExpired(ttlMs: number, nowMs: number, keep: Keep): void {
    const isOld = (oldestAtMs: number): boolean => isExpired(oldestAtMs, ttlMs, nowMs);
    const open = isOld(this.#open.members.oldestAtMs) ? this.#thinned(keep) : this.#open;
    this.#queue.replaceOld(isOld, (carrier) => this.#thin(carrier, keep));
    this.#replaceOpen(open);
  }

  /** The same with those that were never sent and hold a record with such a sink. */
  thinNeverSent(isSought: (sink: Sink) => boolean, keep: Keep): void {
    const open = this.#open.members.some(isSought) ? this.#thinned(keep) : this.#open;
    this.#queue.replaceWhere(
      ({ attempts, members }) => attempts.count === 0 && members.some(isSought),
      (carrier) => this.#thin(carrier, keep),
    );
    this.#replaceOpen(open);
  }

  /**
   * Whether the open chunk may take a record beyond its limit: where one carrier under way holds up the others, and the
   * shard would take more. Elsewhere it would only make pace and retries coarser, and where others write to the shard as
   * well, find room less often than theirs.
   */
  #mayGrowBy(record: NewRecord, nowMs: number): boolean {
    if (this.#underWay === 0 && this.#queue.length === 0) return false;
    if (this.#failures > 0) return false;
    const limits = this.#backlogChunk;
    return (
      this.#open.hasRoomFor(record, limits) && this.share.limiter.isOpenFor(limits.maxBytes, nowMs)
    );
  }

  /** What the open chunk would be; it takes its place last, when nothing can break any more. */
  #thinned(keep: Keep): Chunk {
    const { builders, packing } = this.#policy;
    return packOpen(this.#open, packing, builders, keep);
  }

  #replaceOpen(open: Chunk): void {
    if (open === this.#open) return;
    this.#open.members.end();
    this.#open.dispose();
    this.#open = open;
  }

  #thin(carrier: Carrier, keep: Keep): Carrier[] {
    const { chunk, packing } = this.#policy;
    const kept = pack(unpack(carrier).filter(keep), chunk, packing);
    return kept.map((each) => ({ ...each, trial: carrier.trial }));
  }

  get #first(): Members | undefined {
    if (this.#queue.first !== undefined) return this.#queue.first.members;
    return this.#open.members.length > 0 ? this.#open.members : undefined;
  }

  /** Seals the open chunk, if anything is in it, and opens another. */
  #close(reason: FlushReason): void {
    if (this.#open.members.length === 0) return;
    const { builders, packing } = this.#policy;
    this.#queue.append(seal(this.#open, packing, reason));
    this.#open.dispose();
    this.#open = newChunk(packing, builders);
  }

  /** When what is sealed should leave: at once, but for plain records, which wait for others to fill a call with. */
  #queueDueAtMs(flushedEpoch: number): number {
    const { maxDelayMs, packing } = this.#policy;
    const { attempts, members, trial } = this.#queue.first as Carrier;
    const isFresh = attempts.count === 0 && members.isFresh && trial === undefined;
    const isFlushed = members.firstEpoch < flushedEpoch;
    if (packing.kind !== "plain" || !isFresh || isFlushed) return AT_ONCE;
    return members.oldestAtMs + maxDelayMs;
  }

  /** When the open chunk should leave: at once if it is full or a flush covers it, else when it is old. */
  #chunkDueAtMs(flushedEpoch: number): number {
    const { members } = this.#open;
    if (members.length === 0) return NEVER;
    if (this.#isOpenFull() || members.firstEpoch < flushedEpoch) return AT_ONCE;
    return members.oldestAtMs + this.#policy.maxDelayMs;
  }

  /** Why the open chunk leaves now. */
  #reasonToClose(flushedEpoch: number): FlushReason {
    const { maxBytes, maxRecords } = this.#policy.chunk;
    if (this.#open.members.length >= maxRecords) return "count";
    if (this.#open.byteLength >= maxBytes) return "bytes";
    return this.#open.members.firstEpoch < flushedEpoch ? "flush" : "deadline";
  }

  #isOpenFull(): boolean {
    const { maxBytes, maxRecords } = this.#policy.chunk;
    return this.#open.byteLength >= maxBytes || this.#open.members.length >= maxRecords;
  }

  /** Sizes of the carriers that one call may take; the chunk comes last, and only when it is due itself. */
  #sizes(isChunkDue: boolean): number[] {
    const { isOrdered, maxBytesPerBatch } = this.#policy;
    const head = this.#queue.first;
    if (head === undefined) return [this.#open.byteLength];
    const sizes = [head.bytes];
    if (isOrdered) return sizes;
    let total = head.bytes;
    while (sizes.length < PUT_RECORDS_LIMITS.maxEntries) {
      const next = this.#queue.at(sizes.length);
      if (next?.trial !== head.trial) break;
      const size = next?.bytes ?? (isChunkDue ? this.#open.byteLength : NEVER);
      total += size;
      if (total > maxBytesPerBatch) break;
      sizes.push(size);
      if (next === undefined) break;
    }
    return sizes;
  }
}

/** A lane of no certain shard leads to all of them. */
function shardCountOf({ shardId }: LaneTarget, { shardCount }: LanePolicy): number {
  return shardId === undefined ? shardCount : 1;
}

function backlogChunkOf({ backlogMaxBytes, chunk }: LanePolicy): ChunkLimits {
  return { ...chunk, maxBytes: Math.max(chunk.maxBytes, backlogMaxBytes) };
}
