// One stream's way from `put` to the receipt, top to bottom:
//
//   check -> admit -> predict -> lane (chunk) -> plan -> seal -> send -> judge -> settle, or back into a lane
//
// Nothing here polls. Whatever changes what could be sent (a put, an answer, a map, a flush, the one timer) leads
// to a pump, which sends all that the plan allows and then sets the timer for the next moment that matters.
import {
  apiFailureOf,
  type BackoffPlan,
  type Clock,
  type Events,
  type KinesisApi,
  LinkedSignal,
  md5Words,
  type Random,
  sleep,
  TaskGroup,
  type UserRecord,
  writeHashKeyWords,
} from "@shardline/core";
import { Admission } from "./intake/admission.ts";
import { AnswerDesk, type Cargo } from "./call/answer-desk.ts";
import { Alarm } from "./alarm.ts";
import { type BatchLimits, type BatchPlan, planBatch } from "./lane/batch-plan.ts";
import { unpack, unpackUnanswered } from "./record/carrier.ts";
import { type CheckedRecord, checkRecord } from "./intake/check-record.ts";
import { FlushBarrier } from "./settle/flush-barrier.ts";
import { LaneSet } from "./lane/lane-set.ts";
import { lanePolicyOf } from "./lane/lane-policy.ts";
import type { ProducerSettings } from "./settings.ts";
import { isExpired, type LooseRecord, type PendingRecord } from "./record/pending-record.ts";
import type { ProducerEvents } from "./producer-events.ts";
import type { Receipt } from "./record/receipt.ts";
import { type CallOutcome, Sender } from "./call/sender.ts";
import { Settlement } from "./settle/settlement.ts";
import type { MappedShard, ShardMap } from "./shard-map/shard-map.ts";
import { ShardMapRefresher } from "./shard-map/shard-map-refresher.ts";

/** A record that was put and is not in a lane yet. */
interface Newcomer {
  readonly record: CheckedRecord;
  readonly pending: PendingRecord;
  readonly bytes: number;
}

/** What is left of a producer when it is closed. */
export interface PipelineClosed {
  readonly stored: number;
  readonly failed: number;
  readonly abandoned: readonly LooseRecord[];
}

export interface PipelineOptions {
  readonly settings: ProducerSettings;
  readonly kinesis: KinesisApi;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: Events<ProducerEvents>;
}

/** What a record costs beside its bytes, for the objects that keep it. */
const RECORD_OVERHEAD_BYTES = 200;
/** How long records wait for a shard map, when there is none, before they go without one. */
const FIRST_MAP_WAIT_MS = 5000;
/** Between probes while calls fail as a whole. */
const OUTAGE_BACKOFF: BackoffPlan = { baseMs: 100, maxMs: 5000 };
/** Records that fall due within this share of the delay go along with a call that leaves anyway, as in the KPL. */
const LINGER_SHARE = 0.2;
const MAX_LINGER_MS = 50;
const NO_ATTEMPTS = Object.freeze([]);

export class Pipeline {
  readonly #setup: PipelineOptions;
  readonly #stop = new LinkedSignal();
  readonly #calls: TaskGroup;
  readonly #underWay = new Set<readonly Cargo[]>();
  readonly #barrier = new FlushBarrier();
  readonly #admission: Admission<Newcomer>;
  readonly #lanes: LaneSet;
  readonly #settlement: Settlement;
  readonly #sender: Sender;
  readonly #desk: AnswerDesk;
  readonly #refresher: ShardMapRefresher;
  readonly #alarm: Alarm;
  readonly #words = new Uint32Array(4);
  readonly #batchLimits: BatchLimits;
  #isPumpDue = false;

  constructor(setup: PipelineOptions) {
    const { clock, events, kinesis, random, settings } = setup;
    const { stream } = settings;
    const { signal } = this.#stop;
    this.#setup = setup;
    const lingerMs = Math.min(MAX_LINGER_MS, settings.batch.maxDelayMs * LINGER_SHARE);
    this.#batchLimits = { ...settings.batch, lingerMs };
    this.#calls = new TaskGroup((error) => this.#break(error));
    this.#admission = new Admission(settings.buffer, (newcomer) => this.#accept(newcomer));
    this.#alarm = new Alarm(clock, () => this.#pump());
    this.#lanes = new LaneSet(lanePolicyOf(settings), clock.nowMs());
    this.#settlement = new Settlement({
      stream: stream.name,
      nowMs: () => clock.nowMs(),
      onSettled: (pending) => this.#onSettled(pending),
      onFailed: (code, records) =>
        events.emit("recordsFailed", { stream: stream.name, code, records }),
    });
    this.#sender = new Sender({
      clock,
      kinesis,
      random,
      signal,
      stream,
      maxInFlightRequests: settings.maxInFlightRequests,
      backoff: OUTAGE_BACKOFF,
      onTrouble: ({ awsName, reason }) =>
        events.emit("troubled", { stream: stream.name, awsName, reason }),
      onRecovery: (troubledForMs) =>
        events.emit("recovered", { stream: stream.name, troubledForMs }),
    });
    this.#refresher = new ShardMapRefresher({
      clock,
      kinesis,
      random,
      signal,
      stream,
      isWanted: () => this.#admission.outstanding > 0,
      puzzledSinceMs: () => this.#desk.puzzledSinceMs,
      onMap: (map) => this.#onMap(map),
      onFailure: (error) => this.#onMapFailure(error),
    });
    this.#desk = new AnswerDesk({
      clock,
      events,
      random,
      stream: stream.name,
      recordTtlMs: settings.recordTtlMs,
      lanes: this.#lanes,
      settlement: this.#settlement,
      onContradiction: (sinceMs) => this.#refresher.contradict(sinceMs),
      onMissing: (callStartedAtMs) => {
        const nowMs = clock.nowMs();
        this.#lanes.forgetMap(nowMs, nowMs + FIRST_MAP_WAIT_MS);
        this.#refresher.contradict(callStartedAtMs);
      },
    });
  }

  /** Resolves with the receipt, or rejects with a KinesisError. */
  put(userRecord: UserRecord): Promise<Receipt> {
    return new Promise((resolve, reject) => {
      const { maxRecordBytes, recordTtlMs } = this.#setup.settings;
      const record = checkRecord(userRecord, maxRecordBytes);
      const bytes = record.recordBytes + RECORD_OVERHEAD_BYTES;
      const acceptedAtMs = this.#setup.clock.nowMs();
      const pending: PendingRecord = {
        acceptedAtMs,
        bytes,
        epoch: this.#barrier.enter(),
        context: userRecord.context,
        earlierAttempts: NO_ATTEMPTS,
        waitingSinceMs: acceptedAtMs,
        resolve,
        reject,
      };
      if (this.#stop.signal.aborted) {
        this.#giveUp([{ record, pending, bytes }]);
        return;
      }
      const isWaiting = !this.#admission.isOpenFor(bytes);
      this.#admission.enter({ record: isWaiting ? ownCopyOf(record) : record, pending, bytes });
      this.#alarm.setNoLaterThan(acceptedAtMs + recordTtlMs);
    });
  }

  ready(signal: AbortSignal | undefined): Promise<void> {
    return this.#admission.ready(signal);
  }

  /** Resolves when everything put so far is settled. */
  flush(): Promise<void> {
    const done = this.#barrier.flush();
    this.#pumpSoon();
    return done;
  }

  /** Settles everything within `timeoutMs`, gives up the rest, and ends all background work. */
  async close(timeoutMs: number): Promise<PipelineClosed> {
    using over = new LinkedSignal();
    const timeout = sleep(this.#setup.clock, timeoutMs, over.signal).catch(() => undefined);
    await Promise.race([this.flush(), timeout]);
    over.abort(undefined);
    const abandoned = this.#abandon();
    // What went wrong in them was told when it happened.
    await Promise.allSettled([this.#calls.join(), this.#refresher.done]);
    const { failed, stored } = this.#settlement;
    return { stored, failed, abandoned };
  }

  /** There is room: the record is predicted a shard and encoded into its lane. */
  #accept({ record, pending }: Newcomer): void {
    const { clock } = this.#setup;
    const nowMs = clock.nowMs();
    if (record.explicitHashKey === undefined) md5Words(record.partitionKey, this.#words);
    else writeHashKeyWords(BigInt(record.explicitHashKey), this.#words, 0);
    const dueAtMs = this.#lanes.laneFor(this.#words).add(record, pending);
    this.#refresher.want(nowMs);
    this.#lanes.goWithoutMapBy(nowMs + FIRST_MAP_WAIT_MS);
    if (dueAtMs <= nowMs || pending.epoch < this.#barrier.epoch) this.#pumpSoon();
    else this.#alarm.setNoLaterThan(dueAtMs);
  }

  /** One pump for all the puts of a turn, so that they travel together. */
  #pumpSoon(): void {
    if (this.#isPumpDue) return;
    this.#isPumpDue = true;
    queueMicrotask(() => this.#pump());
  }

  /** Sends all that may be sent now, then sets the alarm. */
  #pump(): void {
    this.#isPumpDue = false;
    const { clock, settings } = this.#setup;
    const nowMs = clock.nowMs();
    this.#desk.giveUpHolding(nowMs);
    this.#expire(settings.recordTtlMs, nowMs);
    for (;;) {
      const plan = planBatch(
        this.#lanes.offers(nowMs, this.#barrier.epoch),
        nowMs,
        this.#batchLimits,
      );
      const { readyAtMs } = this.#sender;
      if (plan.kind !== "send" || readyAtMs > nowMs) {
        this.#setAlarm(Math.max(nextLookMs(plan), readyAtMs));
        return;
      }
      const cargoes = plan.picks.flatMap(({ lane, count }) =>
        lane.take(count, nowMs).map((carrier) => ({ lane, carrier })),
      );
      this.#calls.add(this.#call(cargoes));
    }
  }

  #setAlarm(sendAtMs: number): void {
    const { recordTtlMs } = this.#setup.settings;
    const waitingSinceMs = this.#admission.firstWaiting?.pending.acceptedAtMs ?? Infinity;
    const oldestAtMs = Math.min(this.#lanes.oldestAtMs(), waitingSinceMs);
    this.#alarm.set(Math.min(sendAtMs, oldestAtMs + recordTtlMs, this.#desk.nextDeadlineMs));
  }

  async #call(cargoes: readonly Cargo[]): Promise<void> {
    this.#underWay.add(cargoes);
    const outcome = await this.#sender.send(cargoes.map(({ carrier }) => carrier.entry));
    if (this.#stop.signal.aborted) return;
    this.#desk.receive(cargoes, outcome);
    this.#underWay.delete(cargoes);
    this.#report(cargoes, outcome);
    this.#pump();
  }

  /** Settles what still waits although its time is over. */
  #expire(ttlMs: number, nowMs: number): void {
    for (const lane of this.#lanes.lanes) this.#desk.expire(lane.takeExpired(ttlMs, nowMs));
    for (;;) {
      const newcomer = this.#admission.firstWaiting;
      if (newcomer === undefined || !isExpired(newcomer.pending, ttlMs, nowMs)) return;
      this.#admission.withdraw(newcomer);
      this.#settlement.fail("RECORD_EXPIRED", [looseOf(newcomer)]);
    }
  }

  #onSettled(pending: PendingRecord): void {
    this.#barrier.leave(pending.epoch);
    this.#admission.leave(pending);
  }

  #onMap(map: ShardMap): void {
    const { clock, events, settings } = this.#setup;
    const { stream } = settings;
    const before = this.#lanes.map?.shards ?? [];
    this.#lanes.adopt(map, clock.nowMs());
    const added = missingFrom(before, map.shards);
    const removed = missingFrom(map.shards, before);
    if (added.length + removed.length > 0) {
      events.emit("shardMapChanged", { stream: stream.name, added, removed });
    }
    this.#desk.judgeHeldAgain();
    this.#pumpSoon();
  }

  /** A listing that will not work soon is not waited for: what PutRecords says then is the better error. */
  #onMapFailure(error: unknown): void {
    const { clock, events, settings } = this.#setup;
    const { stream } = settings;
    const kind = apiFailureOf(error)?.kind;
    const reason = error instanceof Error ? error.message : String(error);
    events.emit("shardMapFailed", { stream: stream.name, reason });
    if (kind === "missing" || kind === "denied") this.#lanes.goWithoutMapBy(clock.nowMs());
    this.#pumpSoon();
  }

  #report(cargoes: readonly Cargo[], call: CallOutcome): void {
    const { events, settings } = this.#setup;
    const { stream } = settings;
    const carriers = cargoes.length;
    if (call.kind === "failed") {
      events.emit("callFailed", { stream: stream.name, carriers, ...call.failure });
      return;
    }
    if (!events.hasListeners("callAnswered")) return;
    events.emit("callAnswered", {
      stream: stream.name,
      carriers,
      failedCarriers: call.outcomes.filter(({ kind }) => kind === "failed").length,
      records: cargoes.reduce((sum, { carrier }) => sum + carrier.members.length, 0),
      bytes: cargoes.reduce((sum, { carrier }) => sum + carrier.bytes, 0),
      durationMs: call.endedAtMs - call.startedAtMs,
    });
  }

  /** Something is wrong here, or with the port: nothing more is sent, and nobody is left waiting. */
  #break(error: unknown): void {
    const { events, settings } = this.#setup;
    events.emit("broken", { stream: settings.stream.name, error });
    this.#abandon();
  }

  #giveUp(newcomers: readonly Newcomer[]): void {
    for (const newcomer of newcomers) this.#admission.withdraw(newcomer);
    this.#settlement.fail("PRODUCER_CLOSED", newcomers.map(looseOf));
  }

  /** Settles everything that is outstanding as closed, and stops all background work. */
  #abandon(): readonly LooseRecord[] {
    if (this.#stop.signal.aborted) return [];
    const waiting = this.#admission.waiting();
    for (const newcomer of waiting) this.#admission.withdraw(newcomer);
    const abandoned = [
      ...[...this.#underWay].flat().flatMap(({ carrier }) => unpackUnanswered(carrier)),
      ...this.#desk.takeHeld().flatMap(unpack),
      ...this.#lanes.lanes.flatMap((lane) => lane.drain()).flatMap(unpack),
      ...waiting.map(looseOf),
    ];
    this.#stop.abort(new Error("the producer is closed"));
    this.#alarm.set(Number.POSITIVE_INFINITY);
    this.#settlement.fail("PRODUCER_CLOSED", abandoned);
    return abandoned;
  }
}

function nextLookMs(plan: BatchPlan<unknown>): number {
  if (plan.kind === "wait") return plan.untilMs;
  return plan.kind === "idle" ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
}

function missingFrom(known: readonly MappedShard[], shards: readonly MappedShard[]): string[] {
  const ids = new Set(known.map(({ shardId }) => shardId));
  return shards.filter(({ shardId }) => !ids.has(shardId)).map(({ shardId }) => shardId);
}

/** A record that waits is not encoded yet, and the caller may use its buffer again. */
function ownCopyOf(record: CheckedRecord): CheckedRecord {
  const { data } = record;
  return typeof data === "string" ? record : { ...record, data: new Uint8Array(data) };
}

function looseOf({ record, pending }: Newcomer): LooseRecord {
  const { data, explicitHashKey, partitionKey } = record;
  const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
  const content = { partitionKey, data: bytes };
  return {
    content: explicitHashKey === undefined ? content : { ...content, explicitHashKey },
    pending,
  };
}
