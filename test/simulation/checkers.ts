// Every invariant that holds in a world, one file each.
import type { Lease } from "@shardline/consumer";
import type { Shard } from "@shardline/core";
import type { VirtualClock } from "@shardline/core/testing";
import { AnnouncedCheckpoint } from "./checkers/announced-checkpoint.ts";
import { AskedCheckpoint } from "./checkers/asked-checkpoint.ts";
import { Balance } from "./checkers/balance.ts";
import { BufferedBytes } from "./checkers/buffered-bytes.ts";
import { CallsAtATime } from "./checkers/calls-at-a-time.ts";
import { CheckpointByOwner } from "./checkers/checkpoint-by-owner.ts";
import { CheckpointCoversDone } from "./checkers/checkpoint-covers-done.ts";
import { CheckpointForward } from "./checkers/checkpoint-forward.ts";
import { ChildStart } from "./checkers/child-start.ts";
import { ChildrenBeforeEnd } from "./checkers/children-before-end.ts";
import { CleanHandover } from "./checkers/clean-handover.ts";
import { Coverage } from "./checkers/coverage.ts";
import { CreatedAndDeleted } from "./checkers/created-and-deleted.ts";
import { DeadLetters } from "./checkers/dead-letters.ts";
import { DeliveryUnderLease } from "./checkers/delivery-under-lease.ts";
import { Drained } from "./checkers/drained.ts";
import { FailedCheckpoint } from "./checkers/failed-checkpoint.ts";
import { FormerLeases } from "./checkers/former-leases.ts";
import { HaltedShard } from "./checkers/halted-shard.ts";
import { HolesRepaired } from "./checkers/holes-repaired.ts";
import { HonestFailures } from "./checkers/honest-failures.ts";
import { InRange } from "./checkers/in-range.ts";
import { KeptThroughThrottling } from "./checkers/kept-through-throttling.ts";
import { KeyLines } from "./checkers/key-lines.ts";
import { KeyOrder } from "./checkers/key-order.ts";
import { LeaseCounter } from "./checkers/lease-counter.ts";
import { NeverForgets } from "./checkers/never-forgets.ts";
import { NoLoss } from "./checkers/no-loss.ts";
import { NoOldPosition } from "./checkers/no-old-position.ts";
import { NoRepeats } from "./checkers/no-repeats.ts";
import { OneCallPerKey } from "./checkers/one-call-per-key.ts";
import { OneCarrierPerLane } from "./checkers/one-carrier-per-lane.ts";
import { OneLiveOwner } from "./checkers/one-live-owner.ts";
import { OneSubscription } from "./checkers/one-subscription.ts";
import { type GivingUp, OnlyPoison } from "./checkers/only-poison.ts";
import { OthersGoOn } from "./checkers/others-go-on.ts";
import { OwnedAgain } from "./checkers/owned-again.ts";
import { OwnerEpoch } from "./checkers/owner-epoch.ts";
import { ParentBeforeChild } from "./checkers/parent-before-child.ts";
import { PassedOver } from "./checkers/passed-over.ts";
import { PositionOrder } from "./checkers/position-order.ts";
import { type LiveProducer, ProducerMemory } from "./checkers/producer-memory.ts";
import { QuietEnd } from "./checkers/quiet-end.ts";
import { ReadRate } from "./checkers/read-rate.ts";
import { ReleaseAfterBatch } from "./checkers/release-after-batch.ts";
import { RenewalInTime } from "./checkers/renewal-in-time.ts";
import { ResumesAtCheckpoint } from "./checkers/resumes-at-checkpoint.ts";
import { SamePosition } from "./checkers/same-position.ts";
import { SendBudget } from "./checkers/send-budget.ts";
import { SettlesOnce } from "./checkers/settles-once.ts";
import { SilentSubscription } from "./checkers/silent-subscription.ts";
import { StoredOrder } from "./checkers/stored-order.ts";
import { StreamsGivenUp } from "./checkers/streams-given-up.ts";
import { StreamsRead } from "./checkers/streams-read.ts";
import { SubscribedAgain } from "./checkers/subscribed-again.ts";
import { SubscribedAtRest } from "./checkers/subscribed-at-rest.ts";
import { SubscriptionPace } from "./checkers/subscription-pace.ts";
import { TrueReceipts } from "./checkers/true-receipts.ts";
import { Window } from "./checkers/window.ts";
import { WishesAnswered } from "./checkers/wishes-answered.ts";
import { Handling } from "./evidence/handling.ts";
import type { Checker } from "./evidence/journal.ts";
import { Lineage } from "./evidence/lineage.ts";
import type { NamedStreams } from "./evidence/named-streams.ts";
import { PredictedLanes } from "./evidence/predicted-lanes.ts";
import type { RunningWorkers } from "./evidence/running-workers.ts";
import { SideBySide } from "./evidence/side-by-side.ts";
import type { StoredRecords } from "./evidence/stored-records.ts";
import type { ConcurrencyOdds } from "./fleet/concurrency-odds.ts";
import type { HandlerOdds } from "./fleet/handler-odds.ts";
import { isOrderKept, type ProducerOdds, type ProducerTuning } from "./fleet/producer-odds.ts";
import { LEAVES_WITHIN_MS } from "./fleet/sim-worker.ts";
import type { ReadingOdds } from "./odds.ts";
import type { StreamOdds } from "./faults/stream-odds.ts";

/** What checkers may look at beside the journal. */
export interface WorldView {
  readonly producerOdds: ProducerOdds;
  readonly handlers: HandlerOdds;
  readonly concurrency: ConcurrencyOdds;
  readonly isServiceManaged: boolean;
  /** A producer's call is over after so long, or given up. */
  readonly longestCallMs: number;
  readonly clock: VirtualClock;
  readonly failoverMs: number;
  /** A look at the lease table may tell what stood so long ago. */
  readonly maxStaleMs: number;
  /** A call and its answer are under way for so long at most, where nothing fails. */
  readonly roundTripMs: number;
  readonly stored: StoredRecords;
  readonly workers: RunningWorkers;
  readonly streams: NamedStreams;
  readonly streamOdds: StreamOdds;
  /** Every shard of the stream as it is right now. */
  readonly shards: () => readonly Shard[];
  /** Whether all workers are ours: with those of the KCL nothing is promised of how soon, and of shares. */
  readonly isOursAlone: boolean;
  readonly mode: ReadingOdds["mode"];
  /** How much a worker may have fetched and not handled. */
  readonly bufferedBytes: number;
  /** Whether a process reads a shard by a lease of the stream that is there, and not of one that was deleted. */
  readonly isReadNow: (place: { readonly process: string; readonly shardId: string }) => boolean;
  /** Most reads of a shard that a worker may make in a second. */
  readonly readsPerSecond: number;
  /** What a process's monotonic clock says. */
  readonly ownTimeMs: (process: string) => number;
  /** Whether a process was not killed. */
  readonly isAlive: (process: string) => boolean;
  /** Those that were not killed. */
  readonly producers: () => readonly LiveProducer[];
  readonly table: {
    snapshot(): readonly Lease[];
    /** The lease of a shard as it is right now. */
    get(shardId: string): Lease | undefined;
  };
}

/** Those of a world, from its beginning to its end. */
export function lastingCheckersOf(view: WorldView): readonly Checker[] {
  const { clock, failoverMs, handlers, isAlive, isReadNow, stored, streams, table, workers } = view;
  const leases = (): readonly Lease[] => table.snapshot().filter(({ key }) => streams.isNamed(key));
  const leavingMs = view.concurrency.leaves > 0 ? LEAVES_WITHIN_MS : 0;
  return [
    stored,
    workers,
    streams,
    new NoLoss(stored),
    new SamePosition(stored),
    new NoOldPosition(stored, leases),
    new InRange(stored, isAlive, isReadNow),
    new PassedOver(stored, isAlive),
    new RenewalInTime(failoverMs),
    new Drained(() => clock.nowMs(), handlers.drainMs + leavingMs),
    ...producerCheckersOf(view),
    ...(view.mode === "polling" ? [] : subscriptionCheckersOf(view)),
    ...(view.streamOdds.streams > 1 ? streamCheckersOf(view) : []),
    new QuietEnd(clock, leases),
  ];
}

/** Where shards are subscribed to. */
function subscriptionCheckersOf(view: WorldView): readonly Checker[] {
  const { clock, mode, ownTimeMs, streams, table } = view;
  const leases = (): readonly Lease[] => table.snapshot().filter(({ key }) => streams.isNamed(key));
  const times = { ownTimeMs, nowMs: () => clock.nowMs() };
  return [
    new SubscriptionPace(),
    new OneSubscription(),
    new SilentSubscription(times),
    new SubscribedAgain(times),
    // In the other mode a shard may be polled for minutes, because its subscriptions did not last.
    ...(mode === "fan-out" ? [new SubscribedAtRest(leases)] : []),
  ];
}

/**
 * Those of what is done with a stream under its leases, a fresh set for each of its lives: when it was deleted and is created
 * again its shards have the same ids. The table is to show the leases of that life only.
 */
export function checkersOfLife(view: WorldView): readonly Checker[] {
  const { bufferedBytes, failoverMs, ownTimeMs, readsPerSecond, shards, stored, streams, table } =
    view;
  const leases = (): readonly Lease[] => table.snapshot();
  const leaseOf = (shardId: string): Lease | undefined => table.get(shardId);
  const handling = new Handling(view.handlers.drainMs);
  const sideBySide = new SideBySide(stored, handling);
  const lineage = new Lineage(shards);
  return [
    handling,
    ...orderCheckersOf(view, sideBySide),
    new CallsAtATime(view.concurrency.concurrency),
    new ResumesAtCheckpoint(stored),
    new CheckpointCoversDone(stored),
    new ParentBeforeChild(lineage, leaseOf),
    new OneLiveOwner(leaseOf),
    new DeliveryUnderLease(failoverMs, ownTimeMs),
    new ReadRate(readsPerSecond),
    new LeaseCounter(),
    new OwnerEpoch(),
    new CheckpointByOwner(),
    new CheckpointForward(),
    new BufferedBytes(stored, bufferedBytes),
    ...streams.each(leases, (own) => new Coverage(own)),
    ...handlerCheckersOf(view, handling, sideBySide),
    new ChildStart(lineage),
    new ChildrenBeforeEnd(shards, leaseOf),
    ...streams.each(leases, () => new CreatedAndDeleted(shards, leaseOf)),
    ...(view.isOursAlone ? promptnessOf(view, lineage) : []),
    new ReleaseAfterBatch(handling),
  ];
}

/** What holds of handlers that fail, and of who checkpoints. */
function handlerCheckersOf(
  { concurrency, handlers, ownTimeMs, stored, table }: WorldView,
  handling: Handling,
  sideBySide: SideBySide,
): readonly Checker[] {
  const { ordering } = concurrency;
  const isFinished = isFinishedBy(concurrency);
  const leaseOf = (shardId: string): Lease | undefined => table.get(shardId);
  const { checkpointing } = handlers;
  return [
    new OnlyPoison(stored, givingUpOf(handlers)),
    new HaltedShard(ownTimeMs, ordering),
    new DeadLetters(),
    new FailedCheckpoint(checkpointing, leaseOf, sideBySide),
    new AnnouncedCheckpoint(leaseOf),
    checkpointing === "manual"
      ? new AskedCheckpoint(stored)
      : new CleanHandover(
          handling,
          ordering === "shard" ? undefined : { stored, sideBySide, isFinished },
        ),
  ];
}

/** Whether a drain finishes what lies before something that was begun: not where nobody knows if batches are pulled any more. */
function isFinishedBy({ by, ordering }: ConcurrencyOdds): boolean {
  return ordering !== "shard" && by !== "batches";
}

/** What waits for what, and how much is under way. */
function orderCheckersOf(
  { concurrency, stored }: WorldView,
  sideBySide: SideBySide,
): readonly Checker[] {
  const bounded = [sideBySide, new Window(concurrency, sideBySide)];
  switch (concurrency.ordering) {
    case "shard":
      return [new PositionOrder(stored)];
    case "partition-key":
      return [...bounded, new KeyLines(stored), new OneCallPerKey()];
    case "none":
      return [...bounded, new NoRepeats(stored, sideBySide)];
  }
}

/** Where nothing is said, a consumer keeps to what its guide says. */
function givingUpOf({ bisects, maxAttempts, poison }: HandlerOdds): GivingUp {
  if (poison === "none") return { maxAttempts: 5, bisects: true, then: "halt" };
  return { maxAttempts, bisects, then: poison };
}

/** Those that know a producer's lanes, which it tells of by the ids of shards: nobody knows them once these begin anew. */
export function laneCheckersOf(view: WorldView): readonly Checker[] {
  const { producerOdds, shards } = view;
  const { options } = producerOdds;
  const lanes = new PredictedLanes(options, shards);
  const maxFactor = maxFactorOf(options);
  return [
    lanes,
    ...(hasOrder(view) ? [new OneCarrierPerLane(lanes)] : []),
    ...(maxFactor === undefined ? [] : [new SendBudget(maxFactor, lanes)]),
  ];
}

function producerCheckersOf(view: WorldView): readonly Checker[] {
  const { clock, isAlive, longestCallMs, ownTimeMs, producerOdds, producers, stored } = view;
  const times = { ownTimeMs, nowMs: () => clock.nowMs() };
  const isOrderHeld = view.concurrency.ordering !== "none";
  return [
    new SettlesOnce(isAlive),
    new TrueReceipts(stored),
    new HonestFailures(),
    new ProducerMemory(producerOdds, producers),
    new NeverForgets(producerOdds.options.recordTtlMs, longestCallMs, times),
    ...(hasOrder(view) ? [new StoredOrder()] : []),
    ...(hasOrder(view) && isOrderHeld ? [new KeyOrder(stored, view.isReadNow)] : []),
  ];
}

function hasOrder({ isServiceManaged, producerOdds }: WorldView): boolean {
  return isOrderKept(producerOdds.options, isServiceManaged);
}

/** Lanes by hash key go on with what a shard that is gone had left, as long as they live: that is not looked at. */
function maxFactorOf({ aggregation, rateLimit }: ProducerTuning): number | undefined {
  const isByKey = aggregation !== false && aggregation.scope === "hash-key";
  return rateLimit === false || isByKey ? undefined : (rateLimit.percent ?? 150) / 100;
}

/** A record of another stream is handled within this time, also if its owner is killed. */
const GO_ON_MS = 45_000;

/** What holds where many streams are read. */
function streamCheckersOf(view: WorldView): readonly Checker[] {
  const { clock, stored, streamOdds, streams, table, workers } = view;
  const nowMs = (): number => clock.nowMs();
  const { everyMs } = streamOdds;
  const all = (): readonly Lease[] => table.snapshot();
  return [
    ...streams.each(all, (leases, stream) => {
      return new StreamsRead({ everyMs, leases, nowMs, stream, streams }, workers, view);
    }),
    new StreamsGivenUp(isFinishedBy(view.concurrency)),
    new FormerLeases({ ...view, ...streamOdds }),
    new OthersGoOn(stored, nowMs, GO_ON_MS),
  ];
}

/** What is to happen in time once nothing disturbs it. */
function promptnessOf(view: WorldView, lineage: Lineage): readonly Checker[] {
  const { clock, streams, table, workers } = view;
  const readSinceMs = (key: string): number => streams.readByAllSinceMs(key);
  const nowMs = (): number => clock.nowMs();
  const leases = (): readonly Lease[] => table.snapshot().filter(({ key }) => streams.isNamed(key));
  const leaseOf = (shardId: string): Lease | undefined => table.get(shardId);
  return [
    new OwnedAgain({ leases, leaseOf, lineage, nowMs, readSinceMs }, workers, view),
    new WishesAnswered({ nowMs, readSinceMs }, workers, view),
    new Balance(leases, workers),
    new KeptThroughThrottling(view),
    ...streams.each(leases, (own, { prefix }) => {
      const readers = {
        get names() {
          return workers.names;
        },
        get calmSinceMs() {
          return Math.max(workers.calmSinceMs, readSinceMs(prefix));
        },
      };
      return new HolesRepaired({ leases: own, nowMs }, readers, view);
    }),
  ];
}
