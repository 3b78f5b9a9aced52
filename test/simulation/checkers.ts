// Every invariant that holds in a world, one file each.
import type { Lease } from "@shardline/consumer";
import type { Shard } from "@shardline/core";
import type { VirtualClock } from "@shardline/core/testing";
import { Balance } from "./checkers/balance.ts";
import { BufferedBytes } from "./checkers/buffered-bytes.ts";
import { CleanHandover } from "./checkers/clean-handover.ts";
import { CheckpointByOwner } from "./checkers/checkpoint-by-owner.ts";
import { CheckpointForward } from "./checkers/checkpoint-forward.ts";
import { CheckpointCoversDone } from "./checkers/checkpoint-covers-done.ts";
import { ChildStart } from "./checkers/child-start.ts";
import { ChildrenBeforeEnd } from "./checkers/children-before-end.ts";
import { Coverage } from "./checkers/coverage.ts";
import { CreatedAndDeleted } from "./checkers/created-and-deleted.ts";
import { DeliveryUnderLease } from "./checkers/delivery-under-lease.ts";
import { HonestFailures } from "./checkers/honest-failures.ts";
import { Drained } from "./checkers/drained.ts";
import { FailedCheckpoint } from "./checkers/failed-checkpoint.ts";
import { InRange } from "./checkers/in-range.ts";
import { KeyOrder } from "./checkers/key-order.ts";
import { LeaseCounter } from "./checkers/lease-counter.ts";
import { NeverForgets } from "./checkers/never-forgets.ts";
import { NoLoss } from "./checkers/no-loss.ts";
import { OneCarrierPerLane } from "./checkers/one-carrier-per-lane.ts";
import { OneLiveOwner } from "./checkers/one-live-owner.ts";
import { OwnedAgain } from "./checkers/owned-again.ts";
import { OwnerEpoch } from "./checkers/owner-epoch.ts";
import { OnlyPoison } from "./checkers/only-poison.ts";
import { ParentBeforeChild } from "./checkers/parent-before-child.ts";
import { PositionOrder } from "./checkers/position-order.ts";
import { type LiveProducer, ProducerMemory } from "./checkers/producer-memory.ts";
import { QuietEnd } from "./checkers/quiet-end.ts";
import { ReleaseAfterBatch } from "./checkers/release-after-batch.ts";
import { RenewalInTime } from "./checkers/renewal-in-time.ts";
import { Handling } from "./evidence/handling.ts";
import { ReadRate } from "./checkers/read-rate.ts";
import { ResumesAtCheckpoint } from "./checkers/resumes-at-checkpoint.ts";
import { SamePosition } from "./checkers/same-position.ts";
import { SendBudget } from "./checkers/send-budget.ts";
import { SettlesOnce } from "./checkers/settles-once.ts";
import { StoredOrder } from "./checkers/stored-order.ts";
import { TrueReceipts } from "./checkers/true-receipts.ts";
import type { Checker } from "./evidence/journal.ts";
import { PredictedLanes } from "./evidence/predicted-lanes.ts";
import { WishesAnswered } from "./checkers/wishes-answered.ts";
import { RunningWorkers } from "./evidence/running-workers.ts";
import type { StoredRecords } from "./evidence/stored-records.ts";
import { isOrderKept, type ProducerOdds, type ProducerTuning } from "./fleet/producer-odds.ts";

/** What checkers may look at beside the journal. */
export interface WorldView {
  readonly producerOdds: ProducerOdds;
  readonly isServiceManaged: boolean;
  /** A producer's call is over after so long, or given up. */
  readonly longestCallMs: number;
  readonly clock: VirtualClock;
  readonly failoverMs: number;
  readonly stored: StoredRecords;
  /** Every shard of the stream as it is right now. */
  readonly shards: () => readonly Shard[];
  /** Whether all workers are ours: with those of the KCL nothing is promised of how soon, and of shares. */
  readonly isOursAlone: boolean;
  /** How much a worker may have fetched and not handled. */
  readonly bufferedBytes: number;
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

/** A fresh set for one world. */
export function checkersOf(view: WorldView): readonly Checker[] {
  const {
    bufferedBytes,
    clock,
    failoverMs,
    isAlive,
    ownTimeMs,
    readsPerSecond,
    shards,
    stored,
    table,
  } = view;
  const leaseOf = (shardId: string): Lease | undefined => table.get(shardId);
  const leases = (): readonly Lease[] => table.snapshot();
  const handling = new Handling();
  return [
    stored,
    handling,
    new NoLoss(stored),
    new SamePosition(stored),
    new InRange(stored, isAlive),
    new PositionOrder(stored),
    new ResumesAtCheckpoint(stored),
    new CheckpointCoversDone(stored),
    new OnlyPoison(stored),
    new ParentBeforeChild(leaseOf),
    new OneLiveOwner(leaseOf),
    new DeliveryUnderLease(failoverMs, ownTimeMs),
    new ReadRate(readsPerSecond),
    new LeaseCounter(),
    new OwnerEpoch(),
    new CheckpointByOwner(),
    new CheckpointForward(),
    new BufferedBytes(stored, bufferedBytes),
    new Coverage(leases),
    new FailedCheckpoint("auto", leaseOf),
    new ChildStart(),
    new ChildrenBeforeEnd(shards, leaseOf),
    new CreatedAndDeleted(shards, leaseOf),
    new Drained(() => clock.nowMs()),
    ...(view.isOursAlone ? promptnessOf(view) : []),
    new RenewalInTime(failoverMs),
    new ReleaseAfterBatch(handling),
    new CleanHandover(handling),
    ...producerCheckersOf(view),
    new QuietEnd(clock, leases),
  ];
}

function producerCheckersOf({
  isAlive,
  isServiceManaged,
  longestCallMs,
  producerOdds,
  producers,
  shards,
  stored,
}: WorldView): readonly Checker[] {
  const { options } = producerOdds;
  const lanes = new PredictedLanes(options, shards);
  const isOrdered = isOrderKept(options, isServiceManaged);
  const maxFactor = maxFactorOf(options);
  return [
    lanes,
    new SettlesOnce(isAlive),
    new TrueReceipts(stored),
    new HonestFailures(),
    new ProducerMemory(producerOdds, producers),
    new NeverForgets(options.recordTtlMs, longestCallMs, producers),
    ...(isOrdered ? [new KeyOrder(), new StoredOrder(), new OneCarrierPerLane(lanes)] : []),
    ...(maxFactor === undefined ? [] : [new SendBudget(maxFactor, lanes)]),
  ];
}

/** Lanes by hash key go on with what a shard that is gone had left, as long as they live: that is not looked at. */
function maxFactorOf({ aggregation, rateLimit }: ProducerTuning): number | undefined {
  const isByKey = aggregation !== false && aggregation.scope === "hash-key";
  return rateLimit === false || isByKey ? undefined : (rateLimit.percent ?? 150) / 100;
}

/** What is to happen in time once nothing disturbs it. */
function promptnessOf({ clock, table }: WorldView): readonly Checker[] {
  const nowMs = (): number => clock.nowMs();
  const leases = (): readonly Lease[] => table.snapshot();
  const leaseOf = (shardId: string): Lease | undefined => table.get(shardId);
  const workers = new RunningWorkers((process) => process.startsWith("worker-"));
  return [
    workers,
    new OwnedAgain({ leases, leaseOf, nowMs }, workers),
    new WishesAnswered(nowMs, workers),
    new Balance(leases, workers),
  ];
}
