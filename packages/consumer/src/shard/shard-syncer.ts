// Loop: keeps the leases in step with the stream's shards.
//
//   starting --- leases there, nothing missing any more ---> keeping
//   keeping --- the table is empty ---> starting
//
// While it starts, every worker creates what is missing, at once: creating a lease that exists does nothing. Only what may
// have been cleaned up waits for a second look. Later
// the leader alone looks, every half minute: it repairs what it has missed twice in a row, and cleans up. The others ask the
// stream every few minutes how long it keeps records.
import {
  apiFailureOf,
  type BackoffPlan,
  backoffMs,
  type EventSink,
  type HashKeyRange,
  type KinesisApi,
  KinesisError,
  type Loop,
  type LoopNext,
  shuffled,
  startLoop,
  type StreamRef,
} from "@shardline/core";
import { leads } from "../lease/leader-plan.ts";
import { isEnded, type Lease } from "../lease/lease.ts";
import type { LeaseEvents } from "../lease/lease-events.ts";
import { leaseKeyOf } from "../lease/lease-key.ts";
import type { LeaseListing } from "../lease/lease-table.ts";
import { foreignProblem } from "../lease/unreadable-plan.ts";
import { holesOf, leasesWithoutRange } from "./coverage-plan.ts";
import { describeStream } from "./describe-stream.ts";
import { ignoredStart } from "./ignored-start.ts";
import { BATCH, createLeases, type LeaseCreationOptions } from "./lease-creation.ts";
import { mayBeCleanedUp } from "./clean-up-plan.ts";
import { addHashRanges, cleanUp } from "./lease-upkeep.ts";
import { LooksInARow } from "./looks-in-a-row.ts";
import { ShardComparison, type ShardComparisonOptions } from "./shard-comparison.ts";
import type { ShardEvents } from "./shard-events.ts";
import type { MissingLease, SyncView } from "./shard-sync-plan.ts";
import type { PinnedStart } from "./start-position.ts";
import { SyncNews } from "./sync-news.ts";
import { beginAnew, checkLeases, type StreamIdentityOptions } from "./stream-identity.ts";
import { leasesProvenWrong } from "./stream-identity-plan.ts";

/** Between looks, give or take a fifth, so that the workers do not look all at once. */
const PERIOD_MS = 30_000;
/** How often those ask that do not lead: an account may ask twenty times a second. */
const DESCRIBE_MS = 300_000;
/** What looks as if it were from before a reshard, or another stream's, is looked at again: by then no listing is that old. */
const DISBELIEF_MS = 15_000;
const LIST_AGAIN: BackoffPlan = { baseMs: 1000, maxMs: 30_000 };
const THROTTLE_BACKOFF: BackoffPlan = { baseMs: 100, maxMs: 3000 };
const BACKOFF: BackoffPlan = { baseMs: 200, maxMs: 30_000 };
/** The first leases do not descend from each other, so their order does not matter. */
const FIRST_CONCURRENCY = 32;
/** A lease that is created bears the time of the stream, and that is asked for so often: for half a minute when it starts. */
const TRIES = 6;
const UNKNOWN = "leases are missing, and the stream cannot be described";
/** No repetition helps with these. */
const FATAL = ["LEASE_TABLE_UNUSABLE", "STREAM_NOT_FOUND", "STREAM_RECREATED"] as const;

export interface ShardSyncerOptions
  extends LeaseCreationOptions,
    ShardComparisonOptions,
    StreamIdentityOptions {
  readonly kinesis: Pick<KinesisApi, "describeStreamSummary" | "listShards">;
  readonly cleanup: boolean;
  /** What the stream is called in a table of many streams. */
  readonly streamName?: string | undefined;
  /** Before leases are made where there are none: rejects with LEASE_TABLE_UNUSABLE if it is not for this worker to begin. */
  readonly requireBeginning: (signal: AbortSignal) => Promise<void>;
  /** This worker's id: the leader is found by it. */
  readonly worker: string;
  readonly signal: AbortSignal;
  readonly events: EventSink<ShardEvents & LeaseEvents>;
}

/** Starts the loop; it ends with LEASE_TABLE_UNUSABLE, STREAM_NOT_FOUND or STREAM_RECREATED when that is so. */
export function startShardSyncer(options: ShardSyncerOptions): Loop {
  const { clock, events, random, signal } = options;
  const news = new SyncNews(events);
  const syncer = new ShardSyncer(options, news);
  return startLoop({
    name: "shard syncer",
    clock,
    signal,
    step: async (stepSignal) => {
      news.begin();
      const next = await syncer.step(stepSignal);
      news.end();
      return next;
    },
    backoffMs: (error, failures) => {
      if (FATAL.some((code) => KinesisError.is(error, code))) return undefined;
      const reason = error instanceof Error ? error.message : String(error);
      news.failed(reason);
      const isThrottled = apiFailureOf(error)?.kind === "throttled";
      return backoffMs(isThrottled ? THROTTLE_BACKOFF : BACKOFF, failures, random);
    },
  });
}

class ShardSyncer {
  readonly #options: ShardSyncerOptions;
  readonly #news: SyncNews;
  readonly #comparison: ShardComparison;
  readonly #missed = new LooksInARow();
  readonly #provenWrong = new LooksInARow();
  #stream: StreamRef;
  #state: "starting" | "keeping" = "starting";
  /** Listings in a row that made no sense. */
  #nonsense = 0;
  #hasToldOfStart = false;
  /** Whether there were leases of its kind once. */
  #hasBegun = false;
  /** The worker has asked before this loop began. */
  #describedAtMs: number;
  /** How often in a row the stream could not be described. */
  #unanswered = 0;

  constructor(options: ShardSyncerOptions, news: SyncNews) {
    this.#options = options;
    this.#news = news;
    this.#comparison = new ShardComparison(options);
    this.#stream = options.stream;
    this.#describedAtMs = options.clock.nowMs();
  }

  async step(signal: AbortSignal): Promise<LoopNext> {
    const { clock, table, worker } = this.#options;
    const askedAtMs = clock.wallTimeMs();
    const found = await table.list(signal);
    const { leases, unreadable } = found;
    if (leases.length + unreadable.length === 0) return this.#begin(found, askedAtMs, signal);
    if (!leases.some((lease) => this.#isOwn(lease))) await this.#requireBeginning(signal);
    this.#hasBegun = true;
    this.#tellOfStart(leases);
    if (this.#state === "starting") return this.#catchUp(found, signal);
    return leads(worker, leases) ? this.#audit(found, signal) : this.#follow(signal);
  }

  /** The first leases of the application. */
  async #begin(found: LeaseListing, askedAtMs: number, signal: AbortSignal): Promise<LoopNext> {
    const start = this.#comparison.begin(askedAtMs);
    // Leases that were there and are gone may have been another stream's.
    const isInDoubt = this.#state === "keeping" || this.#stream.epoch === undefined;
    if (isInDoubt && !(await this.#mayCreate(signal))) return this.#listAgain(UNKNOWN);
    this.#state = "starting";
    const plan = await this.#comparison.planFirst(start, signal);
    if (plan.kind === "list-again") return this.#listAgain(plan.problem);
    // Workers that start together begin in different places, and soon see what the others have done.
    const isLarge = plan.missing.length > BATCH;
    const missing = isLarge ? shuffled(plan.missing, this.#options.random) : plan.missing;
    await this.#requireBeginning(signal);
    await this.#create(missing, plan.start, found, signal);
    this.#hasBegun = true;
    this.#state = "keeping";
    return this.#later();
  }

  /** A table whose leases were deleted is filled again, whatever has strayed into it. */
  async #requireBeginning(signal: AbortSignal): Promise<void> {
    if (!this.#hasBegun) await this.#options.requireBeginning(signal);
  }

  /** A table may hold leases of other names. */
  #isOwn({ key, shardId }: Lease): boolean {
    return key === leaseKeyOf(shardId, this.#options.streamName);
  }

  /** Whatever is missing when a worker starts is created at once, unless it may be missing for good. */
  async #catchUp(found: LeaseListing, signal: AbortSignal): Promise<LoopNext> {
    const view = await this.#look(found, signal);
    if (view === undefined) return { afterMs: DISBELIEF_MS };
    const plan = await this.#comparison.planMissing(view, signal);
    if (plan.kind === "list-again") return this.#listAgain(plan.problem);
    const believed = this.#missed.note(plan.missing.map(({ shard }) => shard.shardId));
    const isDoubtful = plan.missing.some(({ shard }) => !believed.has(shard.shardId));
    if (isDoubtful && mayBeCleanedUp(view, plan.missing)) return { afterMs: DISBELIEF_MS };
    if (this.#stream.epoch === undefined && plan.missing.length > 0) {
      if (!(await this.#mayCreate(signal))) return this.#listAgain(UNKNOWN);
      const isClean = await checkLeases(found.leases, this.#stream, this.#options, signal);
      if (!isClean) return { afterMs: LIST_AGAIN.baseMs };
    }
    await this.#create(plan.missing, plan.start, found, signal);
    this.#state = "keeping";
    return this.#later();
  }

  /** Looks whether anything has gone wrong with the leases, or is not needed any more; seldom asks for the shards. */
  async #audit(found: LeaseListing, signal: AbortSignal): Promise<LoopNext> {
    const { leases } = found;
    // What was known before tells nothing: the leases may be those of a stream that is younger.
    const isKnown = await this.#describe(signal);
    const isClean = !isKnown || (await checkLeases(leases, this.#stream, this.#options, signal));
    if (!isClean) return { afterMs: LIST_AGAIN.baseMs };
    const isWhole = holesOf(leases).length === 0 && leasesWithoutRange(leases).length === 0;
    if (isWhole) this.#missed.note([]);
    const mayBeCleaned = this.#options.cleanup && leases.some(isEnded);
    if (isWhole && !mayBeCleaned) return this.#later();
    const view = await this.#look(found, signal);
    if (view === undefined) return { afterMs: DISBELIEF_MS };
    // A lease that is created bears the time of the stream, which is in doubt until it can be described again.
    if (!isWhole && (isKnown || this.#isMute)) await this.#repair(view, found, signal);
    if (mayBeCleaned) await cleanUp(view, this.#options, signal);
    return this.#later();
  }

  /** Another worker looks after the leases; what the stream says about itself everybody has to know. */
  async #follow(signal: AbortSignal): Promise<LoopNext> {
    const { clock } = this.#options;
    if (clock.nowMs() - this.#describedAtMs >= DESCRIBE_MS) await this.#describe(signal);
    return this.#later();
  }

  /** Whether leases would say as much of the stream as can be found out. */
  async #mayCreate(signal: AbortSignal): Promise<boolean> {
    return (await this.#describe(signal)) || this.#isMute;
  }

  /** Nothing was ever said by the stream, and it was asked often enough: it is read rather than waited for. */
  get #isMute(): boolean {
    return this.#stream.epoch === undefined && this.#unanswered >= TRIES;
  }

  /** Whether it is known now what the stream is, or that it does not say. */
  async #describe(signal: AbortSignal): Promise<boolean> {
    const stream = await describeStream(this.#stream, this.#options, signal);
    this.#unanswered = stream === undefined ? this.#unanswered + 1 : 0;
    this.#stream = stream ?? this.#stream;
    this.#describedAtMs = this.#options.clock.nowMs();
    return stream !== undefined;
  }

  /** Creates what has been missing for two looks in a row. */
  async #repair(look: SyncView, listed: LeaseListing, signal: AbortSignal): Promise<void> {
    const { events } = this.#options;
    const { listing } = look;
    const leases = await addHashRanges(look.leases, listing, this.#options, signal);
    const plan = await this.#comparison.planMissing({ ...look, leases }, signal);
    if (plan.kind === "list-again") {
      this.#news.failed(plan.problem);
      return;
    }
    // The shards of a service-managed stream have no ranges, and leave no holes.
    const isRanged = listing.some(({ hashKeyRange }) => hashKeyRange !== undefined);
    // Nothing is missing where there is a lease that cannot be read; that is told elsewhere.
    const occupied = listing.filter(({ shardId }) => look.occupied?.has(shardId));
    const found = isRanged ? holesOf(leases, occupied) : [];
    const holes = new Map(found.map((hole) => [nameOf(hole), hole]));
    const missing = plan.missing.map(({ shard }) => shard.shardId);
    const believed = this.#missed.note([...holes.keys(), ...missing]);
    for (const [name, { end, start }] of holes) {
      if (!believed.has(name)) continue;
      events.emit("hashKeysUncovered", { start: start.toString(), end: end.toString() });
    }
    if (!missing.every((shardId) => believed.has(shardId))) return;
    await this.#create(plan.missing, plan.start, listed, signal);
  }

  /** The shards beside the leases; `undefined` if they do not belong together, which is believed when seen twice. */
  async #look(found: LeaseListing, signal: AbortSignal): Promise<SyncView | undefined> {
    const view = await this.#comparison.look(found, signal);
    const wrong = leasesProvenWrong(view.leases, view.listing);
    const believed = this.#provenWrong.note(wrong.map(({ shardId }) => shardId));
    if (wrong.length === 0) return view;
    if (believed.size > 0) await this.#beginAnew(found, signal);
    return undefined;
  }

  /**
   * What the shards prove is enough to refuse a stream that was never described. What is deleted has to be told from what is
   * new: for that the stream has to be described anew, or it is looked at again.
   */
  async #beginAnew({ leases }: LeaseListing, signal: AbortSignal): Promise<void> {
    const isKnown = await this.#describe(signal);
    const isRefused =
      this.#options.onStreamRecreated === "refuse" && this.#stream.epoch === undefined;
    if (!isKnown && !isRefused) return;
    await beginAnew(leases, this.#stream, this.#options, signal);
  }

  async #create(
    missing: readonly MissingLease[],
    start: PinnedStart,
    { foreign, leases }: LeaseListing,
    signal: AbortSignal,
  ): Promise<void> {
    const { events, streamName } = this.#options;
    // Where an item of another kind stands in the place of a lease, none can be created.
    const keys = new Set(missing.map(({ shard }) => leaseKeyOf(shard.shardId, streamName)));
    for (const item of foreign) {
      const told = { leaseKey: item.key, problem: foreignProblem(item), waitingShardIds: [] };
      if (keys.has(item.key)) events.emit("leaseUnreadable", told);
    }
    const concurrency = leases.length === 0 ? FIRST_CONCURRENCY : 1;
    const order = { concurrency, start, streamName, stream: this.#stream };
    await createLeases(missing, order, this.#options, signal);
  }

  #later(): LoopNext {
    this.#nonsense = 0;
    return { afterMs: PERIOD_MS * (0.8 + 0.4 * this.#options.random.next()) };
  }

  /** A reshard under way makes sense soon. */
  #listAgain(problem: string): LoopNext {
    this.#news.failed(problem);
    this.#nonsense += 1;
    return { afterMs: Math.min(LIST_AGAIN.maxMs, LIST_AGAIN.baseMs * 2 ** (this.#nonsense - 1)) };
  }

  /** Told once: a start that is configured anew does not move leases that there are. */
  #tellOfStart(leases: readonly Lease[]): void {
    if (this.#hasToldOfStart) return;
    this.#hasToldOfStart = true;
    const ignored = ignoredStart(this.#options.start, leases);
    if (ignored !== undefined) this.#options.events.emit("startAtIgnored", ignored);
  }
}

function nameOf({ end, start }: HashKeyRange): string {
  return `hash keys ${start} to ${end}`;
}
