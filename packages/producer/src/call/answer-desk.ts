// Where calls come back: judges every carrier of an answered or failed call, settles what is done, and brings
// the rest back into the lanes. Carriers whose landing place no map knows wait here for a newer one.
import {
  type ApiFailure,
  type Attempt,
  type Clock,
  type Events,
  invariant,
  type PutRecordsOutcome,
  type Random,
  type UndeliveredCode,
} from "@shardline/core";
import { logOf } from "../record/attempt-log.ts";
import { type Carrier, hashKeysOf } from "../record/carrier.ts";
import { unpack } from "../record/unpack.ts";
import type { Lane } from "../lane/lane.ts";
import type { LaneSet } from "../lane/lane-set.ts";
import type { LooseRecord } from "../record/pending-record.ts";
import { isExpired } from "../record/time-to-live.ts";
import type { ProducerEvents } from "../producer-events.ts";
import type { RetrySettings } from "../settings.ts";
import type { FailureClassifier } from "./failure-classifier.ts";
import { type Landing, MapDoubts } from "./map-doubts.ts";
import { planTrials } from "./poison-plan.ts";
import { sortByFate } from "./record-fates.ts";
import type { CallOutcome } from "./sender.ts";
import { isTriedOften, triesOf } from "./tries.ts";
import type { Settlement } from "../settle/settlement.ts";
import {
  type JudgedCarrier,
  judgeFailed,
  judgeStored,
  type MapView,
  unknownLanding,
  type Verdict,
} from "./verdict-plan.ts";

/** A carrier in a call. */
export interface Cargo {
  readonly lane: Lane;
  readonly carrier: Carrier;
}

/** A carrier that landed on a shard of unknown range. */
interface HeldCargo {
  readonly cargo: Cargo;
  readonly outcome: Landing;
  /** Start of the call, for the listing that shall find the shard. */
  readonly sentAtMs: number;
  readonly answeredAtMs: number;
  readonly untilMs: number;
}

/** How long a landing place may stay unknown before the records are sent again. */
const MAX_HOLD_MS = 5000;

export interface AnswerDeskOptions {
  readonly stream: string;
  readonly recordTtlMs: number;
  readonly retry: RetrySettings;
  readonly classifier: FailureClassifier;
  readonly lanes: LaneSet;
  readonly settlement: Settlement;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: Events<ProducerEvents>;
  /** The options say that the service does not place records itself. */
  readonly isSurelyByKey: boolean;
  /** Since that time the stream is known to be other than a map says that was listed by then. */
  readonly onContradiction: (sinceMs: number) => void;
  /**
   * Since that time the stream may be another one of the same name: it was missing, or the shard that took a carrier is not
   * the one that the map has under that id. Forgets the map.
   */
  readonly onOtherStream: (sinceMs: number) => void;
  /** A carrier landed where no map explains it: perhaps the stream is not what it was. */
  readonly onDoubt: () => void;
  /** A carrier landed where its own hash key does not belong. */
  readonly onAstray: () => void;
}

export class AnswerDesk {
  readonly #options: AnswerDeskOptions;
  readonly #held = new Set<HeldCargo>();
  readonly #doubts = new MapDoubts();

  constructor(options: AnswerDeskOptions) {
    this.#options = options;
  }

  /** When the next of the held carriers is given up; Infinity if none is held. */
  get nextDeadlineMs(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { untilMs } of this.#held) next = Math.min(next, untilMs);
    return next;
  }

  /** The earliest call that left a carrier held; `undefined` if none is. */
  get puzzledSinceMs(): number | undefined {
    const times = [...this.#held].map(({ sentAtMs }) => sentAtMs);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** A call is over: every carrier of it is settled, held, or brought back. */
  receive(cargoes: readonly Cargo[], call: CallOutcome): void {
    if (call.kind === "failed") this.#receiveFailure(cargoes, call);
    else this.#receiveAnswer(cargoes, call);
  }

  /** A newer map, listed at that time: carriers that waited for it are judged again. */
  judgeHeldAgain(listedAtMs: number): void {
    const { clock, lanes, onAstray } = this.#options;
    if (this.#doubts.clearUp(lanes.map, listedAtMs, clock.nowMs())) onAstray();
    for (const held of this.#held) {
      const { answeredAtMs, cargo, outcome } = held;
      const view = this.#viewOf(outcome, listedAtMs >= answeredAtMs);
      if (view === undefined) continue;
      const verdict = judgeStored(this.#judged(cargo), outcome, lanes.map, view);
      if (verdict.kind === "hold") continue;
      this.#act(cargo, verdict);
      this.#held.delete(held);
    }
  }

  /** What the map can say of a landing; `undefined` for nothing, because it is of another shard and may be the older. */
  #viewOf(landing: Landing, isNewer: boolean): MapView | undefined {
    const { map } = this.#options.lanes;
    if (!isNewer) return this.#doubts.isStranger(landing, map) ? undefined : "older";
    return this.#doubts.isOnShardOf(landing, map) ? "newer" : "of another stream";
  }

  /** Sends again what was held too long, unless it is whole wherever its hash key leads. */
  giveUpHolding(nowMs: number): void {
    for (const held of this.#held) {
      if (held.untilMs > nowMs) continue;
      const { isUniform } = this.#judged(held.cargo);
      const failure = unknownLanding(held.outcome.shardId);
      this.#act(held.cargo, isUniform ? held.outcome : { kind: "resend", failure });
      this.#held.delete(held);
    }
  }

  /** When the oldest record in carriers of unknown landing place was put; Infinity if there are none. */
  get oldestAtMs(): number {
    let oldest = Number.POSITIVE_INFINITY;
    for (const { cargo } of this.#held) {
      oldest = Math.min(oldest, cargo.carrier.members.oldestAtMs);
    }
    return oldest;
  }

  /** Carriers whose landing place is not known yet. */
  held(): Carrier[] {
    return [...this.#held].map(({ cargo }) => cargo.carrier);
  }

  /** Hands out everything held, for a producer that gives up. */
  takeHeld(): Carrier[] {
    const held = [...this.#held];
    this.#held.clear();
    for (const { cargo, outcome } of held) blame(cargo.carrier, unknownLanding(outcome.shardId));
    return held.map(({ cargo }) => cargo.carrier);
  }

  #receiveFailure(
    cargoes: readonly Cargo[],
    call: CallOutcome & { readonly kind: "failed" },
  ): void {
    const { failure, reaction, troubledForMs } = call;
    const { onOtherStream, retry } = this.#options;
    if (failure.kind === "missing") onOtherStream(call.startedAtMs);
    const wasAlone = cargoes.length === 1;
    for (const { carrier } of cargoes) this.#remember(carrier, call, failure);
    if (reaction === "isolate" && !wasAlone) {
      this.#isolate(cargoes, failure);
      return;
    }
    // From the last to the first, so that those that return to one lane's head keep their order.
    for (const cargo of cargoes.toReversed()) {
      const judged = { wasAlone, records: cargo.carrier.members.length };
      const failed = { failure, reaction, failingForMs: troubledForMs };
      this.#act(cargo, judgeFailed(judged, failed, retry));
    }
  }

  #receiveAnswer(
    cargoes: readonly Cargo[],
    call: CallOutcome & { readonly kind: "answered" },
  ): void {
    // Before anything is settled: what is given up because of it must not be settled again.
    invariant(call.outcomes.every(isOutcome), "a port answers each entry with an outcome");
    const { clock, lanes, onOtherStream, random } = this.#options;
    const nowMs = clock.nowMs();
    // A landing happened before now, so no listing that begins from now on is older.
    const times = { sentAtMs: call.startedAtMs, answeredAtMs: nowMs };
    if (this.#doubts.meet(call.outcomes, lanes.map, times)) onOtherStream(nowMs);
    const refusing = new Map<Lane, ApiFailure["kind"]>();
    for (const [i, cargo] of [...cargoes.entries()].reverse()) {
      const outcome = call.outcomes[i] as PutRecordsOutcome;
      this.#remember(cargo.carrier, call, outcome.kind === "failed" ? outcome.failure : undefined);
      const verdict =
        outcome.kind === "failed"
          ? this.#receiveRefusal(cargo, outcome.failure)
          : this.#receiveLanding(cargo, outcome, call.startedAtMs);
      if (verdict.kind === "retry") refusing.set(cargo.lane, verdict.failure.kind);
      this.#act(cargo, verdict);
    }
    // After all of them, because however many carriers a shard refused, that was one failure.
    for (const [lane, kind] of refusing) lane.backOff(kind, clock.nowMs(), random);
  }

  /** An entry was not stored. */
  #receiveRefusal({ carrier, lane }: Cargo, failure: ApiFailure): Verdict {
    const { classifier, clock, events, retry, stream } = this.#options;
    const reaction = classifier.reactionTo(failure, "entry", () => triesOf(carrier));
    if (reaction === "throttle") {
      const factor = lane.slowDown(clock.nowMs());
      events.emit("throttled", { stream, shardId: lane.target.shardId, factor });
    }
    // The service names the entry: nobody else is suspected.
    const judged = { wasAlone: true, records: carrier.members.length };
    const { failingForMs } = carrier.attempts;
    return judgeFailed(judged, { failure, reaction, failingForMs }, retry);
  }

  /** An entry was stored, wherever that may be. */
  #receiveLanding(cargo: Cargo, outcome: Landing, startedAtMs: number): Verdict {
    const { clock, lanes, onContradiction, recordTtlMs } = this.#options;
    const { carrier, lane } = cargo;
    const nowMs = clock.nowMs();
    const verdict = judgeStored(this.#judged(cargo), outcome, lanes.map);
    lane.recover();
    // A shard that the map does not know is news, however long ago the call began.
    const sinceMs = verdict.kind === "hold" ? nowMs : startedAtMs;
    if (verdict.kind === "hold" || this.#isElsewhere(cargo, outcome.shardId)) {
      onContradiction(this.#suspect(cargo, outcome, nowMs) ? nowMs : sinceMs);
    }
    if (verdict.kind === "hold") {
      const expiresAtMs = carrier.members.oldestAtMs + recordTtlMs;
      const untilMs = Math.min(nowMs + MAX_HOLD_MS, Math.max(nowMs, expiresAtMs));
      this.#held.add({ cargo, outcome, sentAtMs: startedAtMs, answeredAtMs: nowMs, untilMs });
    }
    return verdict;
  }

  /** One of the carriers is at fault: the suspects go on trial, and before them those that are cleared. */
  #isolate(cargoes: readonly Cargo[], failure: ApiFailure): void {
    const plan = planTrials(cargoes.length, failure.reason);
    const trials = new Map(plan.map((trial) => [trial, trial === undefined ? trial : Symbol()]));
    for (const [i, { carrier }] of cargoes.entries()) carrier.trial = trials.get(plan[i]);
    const [cleared, suspects] = [true, false].map((isCleared) =>
      cargoes.filter(({ carrier }) => (carrier.trial === undefined) === isCleared),
    ) as [Cargo[], Cargo[]];
    for (const cargo of [...cleared, ...suspects].reverse()) {
      this.#act(cargo, { kind: "isolate", failure });
    }
  }

  #act(cargo: Cargo, verdict: Verdict): void {
    const { carrier, lane } = cargo;
    const { lanes, settlement } = this.#options;
    switch (verdict.kind) {
      case "hold":
        return;
      case "stored":
        settlement.store(carrier, verdict.shardId, verdict.sequenceNumber);
        lanes.reuse(carrier);
        break;
      case "fail":
        this.#fail(carrier, verdict.code);
        break;
      case "retry":
      case "isolate":
        this.#comeBack(cargo);
        break;
      case "split":
        this.#bringBack(carrier, (records) => lanes.bringBackOnTrial(records));
        break;
      case "astray":
      case "resend":
        if (verdict.kind === "astray") this.#options.onAstray();
        this.#resend(cargo, verdict.failure);
        break;
    }
    lanes.release(lane);
  }

  /** Whether a carrier landed on another shard than its lane leads to. */
  #isElsewhere({ carrier, lane }: Cargo, shardId: string): boolean {
    const { map } = this.#options.lanes;
    switch (lane.placement) {
      case "shard":
        return shardId !== lane.target.shardId;
      case "hash-key":
        return map !== undefined && !map.covers(shardId, hashKeyOfCarrier(carrier));
      case "anywhere":
        return false;
    }
  }

  /** Whether a carrier landed where it does not belong, by a map that may be too old to say so. */
  #suspect({ carrier }: Cargo, landing: Landing, nowMs: number): boolean {
    const { lanes, onDoubt } = this.#options;
    if (!this.#doubts.suspect(landing, hashKeyOfCarrier(carrier), lanes.map, nowMs)) return false;
    onDoubt();
    return true;
  }

  /** The same bytes go again, unless one of the records has expired meanwhile, or was tried often enough. */
  #comeBack({ carrier, lane }: Cargo): void {
    const { clock, lanes, retry } = this.#options;
    // The oldest speaks for all: there may be thousands, and in an outage a retry must cost next to nothing.
    const isOver = this.#isExpired(carrier.members.oldestAtMs, clock.nowMs());
    if (isOver || isTriedOften(carrier, retry.maxAttempts)) {
      this.#bringBack(carrier, (records) => lanes.bringBack(records));
    } else lanes.returnTo(lane, carrier);
  }

  /** It was stored, but where some readers would drop it. */
  #resend({ carrier, lane }: Cargo, failure: ApiFailure): void {
    const { clock, events, lanes, random, stream } = this.#options;
    blame(carrier, failure);
    lane.backOff(failure.kind, clock.nowMs(), random);
    events.emit("misplaced", {
      stream,
      predictedShardId: lane.target.shardId,
      reason: failure.reason,
      records: carrier.members.length,
    });
    this.#bringBack(carrier, (records) => lanes.bringBack(records));
  }

  #fail(carrier: Carrier, code: UndeliveredCode): void {
    const nowMs = this.#options.clock.nowMs();
    const records = unpack(carrier);
    carrier.members.end();
    this.#options.settlement.fail(code, records, nowMs);
  }

  /** Takes a carrier apart, and back those of its records that may be tried again; the others are settled. */
  #bringBack(carrier: Carrier, back: (records: readonly LooseRecord[]) => void): void {
    const { clock, recordTtlMs, retry, settlement } = this.#options;
    // Read once: a record whose time comes between two readings would be on neither side.
    const nowMs = clock.nowMs();
    const { maxAttempts } = retry;
    const sorted = sortByFate(unpack(carrier), { maxAttempts, recordTtlMs, nowMs });
    back(sorted.goOn);
    carrier.members.end();
    settlement.fail("RETRIES_EXHAUSTED", sorted.triedOften, nowMs);
    settlement.fail("RECORD_EXPIRED", sorted.expired, nowMs);
  }

  #isExpired(acceptedAtMs: number, nowMs: number): boolean {
    return isExpired(acceptedAtMs, this.#options.recordTtlMs, nowMs);
  }

  #judged({ carrier, lane }: Cargo): JudgedCarrier {
    return {
      isAggregate: carrier.content.kind === "aggregate",
      records: carrier.members.length,
      predicted: lane.target,
      hashKey: () => hashKeyOfCarrier(carrier),
      isUniform: lane.placement === "hash-key",
      isSurelyByKey: this.#options.isSurelyByKey,
      hashKeys: () => hashKeysOf(carrier),
    };
  }

  #remember(carrier: Carrier, call: CallOutcome, failure: ApiFailure | undefined): void {
    const { startedAtMs, endedAtMs } = call;
    const attempt: Attempt = {
      delayMs: startedAtMs - carrier.waitingSinceMs,
      durationMs: endedAtMs - startedAtMs,
      ...(failure === undefined ? {} : { failure }),
    };
    carrier.waitingSinceMs = endedAtMs;
    carrier.attempts = carrier.attempts.followedBy(logOf(attempt));
  }
}

/** Every carrier that is predicted a shard says where it belongs. */
function hashKeyOfCarrier({ entry }: Carrier): bigint {
  return BigInt(entry.explicitHashKey ?? 0);
}

/** A carrier was stored in vain, or perhaps in vain: its last attempt counts as failed. */
function blame(carrier: Carrier, failure: ApiFailure): void {
  carrier.attempts = carrier.attempts.blamedFor(failure);
}

function isOutcome(outcome: PutRecordsOutcome | undefined): boolean {
  return outcome?.kind === "stored" || outcome?.kind === "failed";
}
