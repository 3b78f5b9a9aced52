// One stream's way from `put` to the receipt, top to bottom:
//
//   check -> admit -> predict -> lane (chunk) -> plan -> seal -> send -> judge -> settle, or back into a lane
//
// Nothing here polls. Whatever changes what could be sent (a put, an answer, a map, a flush, the one timer) leads
// to a pump, which sends all that the plan allows and then sets the timer for the next moment that matters.
import {
  type KinesisError,
  LinkedSignal,
  sleep,
  type StreamRef,
  TaskGroup,
  type UserRecord,
} from "@shardline/core";
import { Intake } from "./intake/intake.ts";
import type { Destination, WaitingRecord } from "./intake/waiting-record.ts";
import { AnswerDesk, type Cargo } from "./call/answer-desk.ts";
import { Alarm } from "./alarm.ts";
import { batchLimitsOf } from "./lane/batch-limits.ts";
import { nextLookMs, planBatch } from "./lane/batch-plan.ts";
import { FlushBarrier, type FlushSummary } from "./settle/flush-barrier.ts";
import { LaneSet } from "./lane/lane-set.ts";
import { lanePolicyOf } from "./lane/lane-policy.ts";
import { type AbortableReceipt, isAborted } from "./record/abortable-receipt.ts";
import { AbortWatch } from "./record/abort-watch.ts";
import { writeMissingDigests } from "./record/carrier.ts";
import { wordsOf } from "./record/hashed-key.ts";
import type { Members } from "./record/members.ts";
import type { NewRecord } from "./record/new-record.ts";
import type { PendingRecord, RecordContent } from "./record/pending-record.ts";
import { userRecordOf } from "./record/user-record.ts";
import type { Sink } from "./record/sink.ts";
import type { PipelineClosed, PipelineOptions } from "./pipeline-options.ts";
import type { Receipt } from "./record/receipt.ts";
import { FailureClassifier } from "./call/failure-classifier.ts";
import { describeCall, reportCall } from "./call/report-call.ts";
import { Sender } from "./call/sender.ts";
import { settleExpired } from "./call/settle-waiting.ts";
import { triesOf } from "./call/tries.ts";
import { producerClosed } from "./settle/undelivered.ts";
import { Settlement } from "./settle/settlement.ts";
import { changeOf } from "./shard-map/map-change.ts";
import type { ShardMap } from "./shard-map/shard-map.ts";
import { ShardMapRefresher } from "./shard-map/shard-map-refresher.ts";
import { StreamMeasure } from "./stream-measure.ts";
import { Whereabouts } from "./call/whereabouts.ts";
import { StreamFollower } from "./stream-follower.ts";
import { assumedFacts, needsShardMap } from "./stream/stream-facts.ts";

/** What the next pump has to do; a microtask for it is under way. */
type Due = "nothing" | "pump" | "sweep and pump";

export class Pipeline implements Destination {
  readonly stream: StreamRef;
  readonly #setup: PipelineOptions;
  readonly #stop = new LinkedSignal();
  readonly #calls: TaskGroup;
  readonly #barrier = new FlushBarrier();
  readonly #aborts = new AbortWatch<AbortableReceipt>(() => this.#sweepSoon());
  readonly #measure: StreamMeasure;
  readonly #intake: Intake;
  readonly #lanes: LaneSet;
  readonly #settlement: Settlement;
  readonly #classifier: FailureClassifier;
  readonly #sender: Sender;
  readonly #desk: AnswerDesk;
  readonly #whereabouts: Whereabouts;
  readonly #refresher: ShardMapRefresher;
  readonly #follower: StreamFollower;
  readonly #alarm: Alarm;
  readonly #words = new Uint32Array(4);
  #abandoned: readonly UserRecord[] = [];
  #due: Due = "nothing";
  /** Nothing can be put any more; the signal would cost each record more to look at. */
  #isOver = false;

  constructor(setup: PipelineOptions) {
    const { clock, events, settings, stream } = setup;
    this.#setup = setup;
    this.stream = stream;
    this.#calls = new TaskGroup((error) => this.#break(error));
    this.#alarm = new Alarm(clock, () => this.#pump());
    this.#lanes = new LaneSet(lanePolicyOf(settings, assumedFacts(settings)), clock.nowMs());
    const shardIdOf = (record: RecordContent): string | undefined => this.#lanes.shardIdOf(record);
    this.#measure = new StreamMeasure({ ...setup, stream: setup.stream.name, shardIdOf });
    this.#settlement = this.#newSettlement();
    this.#follower = new StreamFollower({
      ...setup,
      signal: this.#stop.signal,
      lanes: this.#lanes,
      settlement: this.#settlement,
      refresher: () => this.#refresher,
      onMoved: () => this.#pumpSoon(),
    });
    this.#intake = this.#newIntake();
    this.#classifier = new FailureClassifier({
      classify: settings.retry.classify,
      onFault: (error) => events.emit("classifyFailed", { stream: stream.name, error }),
    });
    this.#sender = this.#newSender();
    this.#refresher = this.#newRefresher();
    this.#desk = this.#newDesk();
    this.#whereabouts = new Whereabouts({
      lanes: this.#lanes,
      desk: this.#desk,
      settlement: this.#settlement,
    });
  }

  /** PutRecords calls under way. */
  get inFlight(): number {
    return this.#sender.inFlight;
  }

  /** When the oldest record was put that has room and is not settled; Infinity if all are. Costs nothing per record. */
  get oldestAtMs(): number {
    return Math.min(this.#whereabouts.oldestAtMs, this.#intake.oldestUnjudgedAtMs);
  }

  /**
   * Resolves with the receipt, or rejects with a KinesisError.
   * @throws KinesisError INVALID_RECORD, RECORD_TOO_LARGE, BUFFER_FULL, PRODUCER_CLOSED
   */
  put(userRecord: UserRecord, signal: AbortSignal | undefined): Promise<Receipt> {
    if (this.#isOver) throw producerClosed(userRecord);
    return this.#intake.put(userRecord, signal);
  }

  /**
   * Puts a record of which `sink` hears.
   * @throws KinesisError INVALID_RECORD, RECORD_TOO_LARGE, BUFFER_FULL, PRODUCER_CLOSED
   */
  write(userRecord: UserRecord, sink: Sink, ticket: number): void {
    if (this.#isOver) throw producerClosed(userRecord);
    this.#intake.write(userRecord, sink, ticket);
  }

  /** Resolves when everything put so far is settled. */
  flush(): Promise<FlushSummary> {
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
    this.#abandon();
    // What went wrong in them was told when it happened.
    await Promise.allSettled([this.#calls.join(), this.#refresher.done, this.#follower.done]);
    const { failed, stored } = this.#settlement;
    return { stored, failed, abandoned: this.#abandoned };
  }

  /** There is room: the record is predicted a shard and encoded into its lane. */
  accept(record: NewRecord, pending: PendingRecord): Members {
    const nowMs = pending.acceptedAtMs;
    const words = record.explicitWords ?? wordsOf(record.key, this.#words);
    const lane = this.#lanes.laneFor(words, nowMs);
    const dueAtMs = lane.add(record, pending);
    const { newest } = lane;
    try {
      // Not for every record: when a chunk begins, and while it is full.
      if (dueAtMs !== Number.POSITIVE_INFINITY) this.#follower.want(nowMs);
      if (dueAtMs <= nowMs) this.#lanes.wake(lane);
      if (dueAtMs <= nowMs || pending.epoch < this.#barrier.epoch) this.#pumpSoon();
      else this.#alarm.setNoLaterThan(dueAtMs);
    } catch (error) {
      // It is in: whoever put it hears of it like all the others.
      this.break(error);
    }
    return newest;
  }

  drop(pending: PendingRecord): void {
    this.#settlement.drop(pending);
  }

  waited(pending: PendingRecord): void {
    this.#measure.waited(pending);
  }

  refuse(waiting: WaitingRecord, error: KinesisError): void {
    this.#settlement.refuse(waiting.loosen(), error);
    // It may have been all that the alarm was set for.
    this.#pumpSoon();
  }

  expire(waiting: WaitingRecord): void {
    this.#giveUp("RECORD_EXPIRED", waiting, this.#setup.clock.nowMs());
  }

  /** One pump for all the puts of a turn, so that they travel together. */
  #pumpSoon(): void {
    if (this.#due !== "nothing") return;
    this.#due = "pump";
    queueMicrotask(() => this.#pump());
  }

  #pump(): void {
    try {
      this.#sendAll();
    } catch (error) {
      this.#break(error);
    }
  }

  /** Sends all that may be sent now, then sets the alarm. */
  #sendAll(): void {
    const due = this.#due;
    this.#due = "nothing";
    const { clock, settings } = this.#setup;
    const nowMs = clock.nowMs();
    // What was aborted in this turn must not leave in it.
    if (due === "sweep and pump") this.#sweepAborted(nowMs);
    const limits = batchLimitsOf(settings, this.#lanes.policy);
    this.#desk.giveUpHolding(nowMs);
    this.#expire(settings.recordTtlMs, nowMs);
    for (;;) {
      const offers = this.#lanes.offers(nowMs, this.#barrier.epoch, limits.lingerMs);
      const plan = planBatch(offers, nowMs, limits);
      if (plan.kind !== "send") {
        this.#sender.stepBack();
        return this.#rest(Math.min(nextLookMs(plan), this.#lanes.nextLookMs));
      }
      const turnAtMs = this.#sender.turnAtMs();
      if (turnAtMs > nowMs) return this.#rest(turnAtMs);
      const cargoes = this.#whereabouts.depart(plan.picks, nowMs, this.#barrier.epoch);
      this.#calls.add(this.#call(cargoes));
    }
  }

  /** Nothing more leaves now: until the alarm, or until something changes. */
  #rest(sendAtMs: number): void {
    const { recordTtlMs } = this.#setup.settings;
    const oldestAtMs = Math.min(this.#lanes.oldestFromMs, this.#intake.oldestAtMs);
    this.#alarm.set(Math.min(sendAtMs, oldestAtMs + recordTtlMs, this.#desk.nextDeadlineMs));
    this.#measure.tell();
  }

  async #call(cargoes: readonly Cargo[]): Promise<void> {
    const carriers = cargoes.map(({ carrier }) => carrier);
    writeMissingDigests(carriers);
    const outcome = await this.#sender.send(
      carriers.map(({ entry }) => entry),
      () => Math.max(...carriers.map(triesOf)),
      () => describeCall(this.#setup, cargoes),
    );
    if (this.#stop.signal.aborted) return;
    if (outcome.kind === "failed") this.#follower.description.learn(outcome.failure);
    this.#desk.receive(cargoes, outcome);
    this.#whereabouts.arrive(cargoes);
    reportCall(this.#setup, cargoes, outcome);
    this.#pump();
  }

  /** Settles what still waits although its time is over: first what waits for the room that others then leave. */
  #expire(ttlMs: number, nowMs: number): void {
    this.#intake.expire(ttlMs, nowMs);
    this.#lanes.changeExpired(ttlMs, nowMs, (lane) =>
      settleExpired(lane, this.#settlement, ttlMs, nowMs),
    );
  }

  #sweepSoon(): void {
    this.#pumpSoon();
    this.#due = "sweep and pump";
  }

  #sweepAborted(nowMs: number): void {
    for (const waiting of this.#intake.waiting()) {
      if (isAborted(waiting.pending.sink)) this.#giveUp("RECORD_ABORTED", waiting, nowMs);
    }
    this.#whereabouts.sweep(this.#aborts.takeAborted(), nowMs);
  }

  #giveUp(code: "RECORD_ABORTED" | "RECORD_EXPIRED", waiting: WaitingRecord, nowMs: number): void {
    const record = waiting.loosen();
    if (this.#intake.withdraw(waiting)) this.#settlement.fail(code, [record], nowMs);
  }

  #onMap(map: ShardMap, listedAtMs: number): void {
    const { clock, events, stream } = this.#setup;
    const before = this.#lanes.map?.shards ?? [];
    events.emit("shardMapRefreshed", { stream: stream.name, shards: map.shards.length });
    this.#lanes.adopt(map, clock.nowMs());
    const change = changeOf(before, map.shards);
    if (change !== undefined) events.emit("shardMapChanged", { stream: stream.name, ...change });
    this.#desk.judgeHeldAgain(listedAtMs);
    this.#pumpSoon();
  }

  /** In a turn of its own, because who finds out may be in the middle of settling others. */
  break(error: unknown): void {
    queueMicrotask(() => this.#break(error));
  }

  /** Something is wrong here, or with the port: nothing more is sent, and nobody is left waiting. */
  #break(error: unknown): void {
    const { events, stream } = this.#setup;
    events.emit("broken", { stream: stream.name, error });
    this.#abandon();
  }

  /** Settles everything that is outstanding as closed, and stops all background work. */
  #abandon(): void {
    if (this.#stop.signal.aborted) return;
    const nowMs = this.#setup.clock.nowMs();
    const waiting = this.#intake.waiting().filter((each) => this.#intake.withdraw(each));
    const abandoned = [...this.#whereabouts.takeAll(), ...waiting.map((each) => each.loosen())];
    this.#isOver = true;
    this.#stop.abort(producerClosed());
    this.#alarm.set(Number.POSITIVE_INFINITY);
    this.#settlement.fail("PRODUCER_CLOSED", abandoned, nowMs);
    this.#measure.tell();
    this.#abandoned = abandoned.map((each) => userRecordOf(each, this.#setup.calledBy));
  }

  #newIntake(): Intake {
    const { admission, calledBy, clock, settings, stream } = this.#setup;
    return new Intake({
      stream: stream.name,
      calledBy,
      clock,
      admission,
      onFull: settings.buffer.onFull,
      rules: this.#follower,
      measure: this.#measure,
      enter: () => this.#barrier.enter(),
      destination: this,
      onWait: ({ acceptedAtMs }) => this.#alarm.setNoLaterThan(acceptedAtMs + settings.recordTtlMs),
      aborts: this.#aborts,
    });
  }

  #newSettlement(): Settlement {
    const { admission, calledBy, events, stream } = this.#setup;
    return new Settlement({
      stream: stream.name,
      calledBy,
      barrier: this.#barrier,
      measure: this.#measure,
      onRoom: (records, bytes) => admission.leave(records, bytes),
      onFailed: ({ code, message }, records) =>
        events.emit("recordsFailed", { stream: stream.name, code, records, reason: message }),
    });
  }

  #newSender(): Sender {
    return new Sender({
      ...this.#setup,
      classifier: this.#classifier,
      signal: this.#stop.signal,
      onTurn: () => this.#pumpSoon(),
    });
  }

  #newRefresher(): ShardMapRefresher {
    const { admission, clock, kinesis, random, settings, stream } = this.#setup;
    return new ShardMapRefresher({
      clock,
      kinesis,
      random,
      signal: this.#stop.signal,
      stream,
      refreshMs: settings.shardMap.refreshMs,
      isNeeded: () => needsShardMap(settings, this.#follower.description.facts.distribution),
      isWanted: () => admission.outstanding > 0,
      puzzledSinceMs: () => this.#desk.puzzledSinceMs,
      onMap: (map, listedAtMs) => this.#onMap(map, listedAtMs),
      onFailure: (error) => this.#follower.missMap(error),
    });
  }

  #newDesk(): AnswerDesk {
    const { clock, events, random, settings, stream } = this.#setup;
    const { description } = this.#follower;
    return new AnswerDesk({
      classifier: this.#classifier,
      clock,
      events,
      random,
      stream: stream.name,
      recordTtlMs: settings.recordTtlMs,
      retry: settings.retry,
      isSurelyByKey: settings.distribution === "partition-key",
      lanes: this.#lanes,
      settlement: this.#settlement,
      onContradiction: (sinceMs) => this.#refresher.contradict(sinceMs),
      onOtherStream: (sinceMs) => this.#follower.distrustMap(sinceMs),
      onDoubt: () => description.doubt(),
      onAstray: () => description.noteServicePlacement(),
    });
  }
}
