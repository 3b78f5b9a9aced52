// No producer sends a shard more than its limiter allows, by its own clock and as it takes the shards to be: a second's
// worth at once, and then no faster than the rate, which a refusal cuts by a fifth and which grows by a twentieth of the
// shard's limits in a second.
import { SHARD_LIMITS } from "@shardline/core";
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
import type { PredictedLane, PredictedLanes } from "../evidence/predicted-lanes.ts";

const { writeBytesPerSecond: BYTES, writeRecordsPerSecond: RECORDS } = SHARD_LIMITS;
const CUT = 0.8;
const GROWTH_PER_MS = 0.05 / 1000;
const LOWEST = 0.05;
/** Refusals within this time are one. */
const ONE_CUT_MS = 500;
/** Of bytes and records that were added up in other steps. */
const ROUNDING = 0.001;

/** What may be sent down a lane: never less than what its limiter allows. */
interface Budget {
  readonly shardCount: number;
  atMs: number;
  /** The part of the shard's own limits that the rate is at most. */
  factor: number;
  cutAtMs: number;
  records: number;
  bytes: number;
}

export class SendBudget implements Checker {
  readonly name = "send budget";
  readonly sights = {
    sent: (entry: EntryOf<"sent">): void => this.#send(entry),
    answered: (entry: EntryOf<"answered">): void => this.#hear(entry),
  };
  readonly #maxFactor: number;
  readonly #lanes: PredictedLanes;
  readonly #budgets = new WeakMap<PredictedLane, Budget>();
  /** Calls that were not answered. */
  readonly #underWay = new Map<number, readonly Budget[]>();

  /** `maxFactor`: the most that a shard is sent, as a part of its own limits. */
  constructor(maxFactor: number, lanes: PredictedLanes) {
    this.#maxFactor = maxFactor;
    this.#lanes = lanes;
  }

  #send({ call, carriers, localMs, process }: EntryOf<"sent">): void {
    const budgets = carriers.map(({ bytes, hashKey }) => {
      const budget = this.#budgetOf(this.#lanes.laneOf(process, hashKey));
      this.#grow(budget, localMs);
      this.#spend(budget, bytes, process);
      return budget;
    });
    this.#underWay.set(call, budgets);
  }

  /** One that is larger than a second's worth leaves when all of that is there, and owes the rest. */
  #spend(budget: Budget, bytes: number, process: string): void {
    const neededBytes = Math.min(bytes, BYTES * budget.shardCount);
    if (budget.records + ROUNDING < 1 || budget.bytes + ROUNDING < neededBytes) {
      const what =
        `${process} sends ${bytes} bytes while it may send ${budget.bytes.toFixed(1)} in ` +
        `${budget.records.toFixed(3)} records, at a factor of ${budget.factor.toFixed(3)} at most`;
      throw new BrokenInvariant(this.name, what, process);
    }
    budget.bytes -= bytes;
    budget.records -= 1;
  }

  #hear({ call, outcomes, localMs }: EntryOf<"answered">): void {
    const budgets = this.#underWay.get(call) ?? [];
    this.#underWay.delete(call);
    for (const [at, outcome] of outcomes.entries()) {
      const budget = budgets[at];
      if (outcome !== "throttled" || budget === undefined) continue;
      this.#grow(budget, localMs);
      if (localMs - budget.cutAtMs < ONE_CUT_MS) continue;
      budget.cutAtMs = localMs;
      budget.factor = Math.max(Math.min(LOWEST, this.#maxFactor), budget.factor * CUT);
    }
  }

  #grow(budget: Budget, nowMs: number): void {
    const passedMs = nowMs - budget.atMs;
    budget.atMs = nowMs;
    budget.factor = Math.min(this.#maxFactor, budget.factor + passedMs * GROWTH_PER_MS);
    const shards = budget.shardCount;
    const seconds = (passedMs / 1000) * budget.factor * shards;
    budget.records = Math.min(RECORDS * shards, budget.records + seconds * RECORDS);
    budget.bytes = Math.min(BYTES * shards, budget.bytes + seconds * BYTES);
  }

  #budgetOf(lane: PredictedLane): Budget {
    const known = this.#budgets.get(lane);
    if (known !== undefined) return known;
    const { shardCount, sinceMs } = lane;
    const budget = {
      shardCount,
      atMs: sinceMs,
      factor: Math.min(1, this.#maxFactor),
      cutAtMs: Number.NEGATIVE_INFINITY,
      records: RECORDS * shardCount,
      bytes: BYTES * shardCount,
    };
    this.#budgets.set(lane, budget);
    return budget;
  }
}
