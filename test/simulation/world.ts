// One world: real producers and real consumers in simulated processes, on one virtual clock, against the emulator and a
// lease table that behaves like DynamoDB. First everything goes wrong that the odds say; then the faults are healed, and
// all must come to rest within a bound that is stated.
import { SeededRandom } from "@shardline/core/testing";
import { watchRejections } from "./checkers/no-rejection.ts";
import { BrokenInvariant } from "./evidence/journal.ts";
import type { JournalEntry, Phase, StormNews } from "./evidence/journal-entry.ts";
import { storyOf, WORLD } from "./evidence/story.ts";
import { WorkTime } from "./evidence/work-time.ts";
import { type Befall, bringAbout } from "./faults/incidents.ts";
import type { FaultName } from "./faults/fault-names.ts";
import { armKinesisFaults } from "./faults/kinesis-faults.ts";
import { awaitLostConsumer } from "./faults/lost-consumer.ts";
import { LostLease } from "./faults/lost-lease.ts";
import { ProcessIncidents } from "./faults/process-incidents.ts";
import { Recreation } from "./faults/recreation.ts";
import { Strikes } from "./faults/strikes.ts";
import { ServiceIncidents } from "./faults/service-incidents.ts";
import { Fleet } from "./fleet/fleet.ts";
import { SimProcess } from "./fleet/sim-process.ts";
import type { SimProducer } from "./fleet/sim-producer.ts";
import type { Worker } from "./fleet/worker.ts";
import { isOfKcl, OPERATOR, workerName } from "./fleet/worker-name.ts";
import {
  drawOdds,
  mayBeRecreated,
  type Odds,
  type OddsPatch,
  patchOdds,
  settleStreams,
} from "./odds.ts";
import { livenessMsOf, RestWatch } from "./rest.ts";
import { Stage, STREAM } from "./stage.ts";
import { track } from "./track.ts";
import { WorldStreams } from "./world-streams.ts";

/** Which world. */
export interface WorldPlan {
  readonly seed: number;
  /** Instead of those that the seed draws. */
  readonly odds?: OddsPatch;
  /** How long faults go on, in simulated hours. @defaultValue 1/6 */
  readonly hours?: number;
  /** The only checker that counts. @defaultValue all of them do */
  readonly heeded?: string;
}

/** What a world came to. */
export interface WorldReport {
  readonly seed: number;
  readonly odds: Odds;
  readonly broken: BrokenInvariant | undefined;
  readonly story: readonly string[];
  readonly put: number;
  /** Records that have one. */
  readonly receipts: number;
  readonly delivered: number;
  readonly reshards: number;
  /** How often each kind of fault fired. */
  readonly faults: ReadonlyMap<FaultName, number>;
  /** How often something else happened. */
  readonly events: ReadonlyMap<string, number>;
  /** Simulated time in which our workers ran: the sum of them. */
  readonly workerHours: number;
}

const HOUR_MS = 3_600_000;
/** The phase with faults: ten minutes. */
const USUAL_HOURS = 1 / 6;
/** A stream that is deleted when the faults end is there again, and the leases of an earlier one gone, within this time. */
const ANEW_MS = 60_000;
/** Then the world is left alone, for so long after each thing that befalls it. */
const QUIET_MS = 45_000;
/** Where it has many streams one of them is in trouble for so long: others take over meanwhile, and read, what is not of it. */
const TROUBLE_MS = 90_000;
const NEVER = Number.POSITIVE_INFINITY;

export class World {
  readonly #seed: number;
  readonly #odds: Odds;
  readonly #safetyMs: number;
  readonly #livenessMs: number;
  readonly #random: SeededRandom;
  readonly #stage: Stage;
  /** What befalls the others is of a process that dies when the faults are over. */
  readonly #chaos: SimProcess;
  readonly #workers: Fleet<Worker>;
  readonly #workTime = new WorkTime();
  readonly #producers: Fleet<SimProducer>;
  readonly #strikes: Strikes;
  readonly #workerIncidents: ProcessIncidents<Worker>;
  readonly #producerIncidents: ProcessIncidents<SimProducer>;
  /** In worlds whose stream is deleted. */
  readonly #recreation: Recreation | undefined;
  readonly #streams: WorldStreams;
  #isHealed = false;

  constructor({ heeded, hours = USUAL_HOURS, odds = {}, seed }: WorldPlan) {
    this.#seed = seed;
    this.#safetyMs = hours * HOUR_MS;
    this.#random = new SeededRandom(seed);
    this.#odds = settleStreams(patchOdds(drawOdds(this.#random.fork()), odds));
    this.#stage = new Stage({ odds: this.#odds, random: this.#random, heeded });
    const { fleet, kcl, producers, streams } = this.#odds;
    const { clock } = this.#stage;
    this.#livenessMs = livenessMsOf(this.#odds);
    this.#chaos = new SimProcess("chaos", clock);
    this.#streams = new WorldStreams(this.#stage, streams, this.#chaos, this.#random);
    this.#workers = new Fleet(fleet.workers + kcl.workers, (ordinal) => this.#startWorker(ordinal));
    this.#producers = new Fleet(producers.producers, (ordinal) =>
      this.#stage.startProducer(`producer-${ordinal}`, this.#streams.ofProducer(ordinal)),
    );
    const random = this.#random.fork();
    const befall = this.#befall;
    this.#strikes = new Strikes({
      random,
      befall,
      note: (process, what, forMs) => this.#live(process, what, forMs),
    });
    const shared = { strikes: this.#strikes, clock: this.#chaos, random, befall };
    this.#workerIncidents = new ProcessIncidents<Worker>({
      ...shared,
      prefix: "",
      fleet: this.#workers,
      replacing: clock,
      keepsName: ({ process }) => (isOfKcl(process.name) ? 0 : fleet.keepsName),
    });
    this.#producerIncidents = new ProcessIncidents<SimProducer>({
      ...shared,
      prefix: "producer ",
      fleet: this.#producers,
      // After the faults nobody begins to put: the world would come to rest without it.
      replacing: this.#chaos,
      // With other keys: what it had not been told is not known to anybody.
      keepsName: () => 0,
    });
    this.#stage.check({
      isAlive: (process) => !this.#strikes.wasKilled(process),
      producers: () => this.#producers.everyone,
    });
    this.#stage.journal.watch(this.#workTime, this.#lostLeases());
    if (this.#isRecreated) this.#recreation = this.#prepareRecreation();
  }

  #lostLeases(): LostLease {
    const stage = this.#stage;
    const { table } = stage;
    return new LostLease({
      leaseOf: (shardId) => table.get(shardId),
      shards: () => stage.shards(),
      table: table.of(OPERATOR),
      probability: this.#odds.table.deletedLease,
      clock: this.#chaos,
      random: new SeededRandom(this.#seed),
      befall: this.#befall,
    });
  }

  get #isRecreated(): boolean {
    return this.#odds.recreation.everyMs < NEVER && mayBeRecreated(this.#odds);
  }

  get odds(): Odds {
    return this.#odds;
  }

  /** Runs the world to its end, or to the first invariant that breaks. */
  async run(): Promise<WorldReport> {
    const { emulator, faults, journal } = this.#stage;
    using _ = watchRejections((broken) => journal.break(broken));
    const disarm = armKinesisFaults(emulator, this.#odds, faults);
    const { startAt } = this.#odds.application;
    if (startAt !== "LATEST") this.#producers.fill();
    this.#workers.fill();
    bringAbout(this.#incidents(), this.#odds.incidents, this.#chaos, this.#random.fork());
    this.#streams.begin(this.#befall);
    this.#recreation?.await();
    this.#awaitLostConsumer();
    if (startAt === "LATEST") {
      // Nothing is promised of what was put before.
      await this.#runUntil(this.#safetyMs, () => this.#streams.haveBegun());
      this.#producers.fill();
    }
    await this.#runUntil(this.#safetyMs, () => false);

    disarm();
    await this.#heal();
    const { everyone } = this.#producers;
    const finished = track(Promise.all(everyone.map((producer) => producer.finish())));
    await this.#comeToRest(() => finished.isDone());
    if (this.#odds.kcl.workers === 0) await this.#rest();
    await this.#stop();
    if (journal.broken === undefined) journal.end();
    return this.#report();
  }

  #awaitLostConsumer(): void {
    const { push, reading } = this.#odds;
    if (reading.mode === "polling") return;
    const { emulator } = this.#stage;
    const [befall, clock, random] = [this.#befall, this.#chaos, this.#random.fork()];
    const stream = (): string => this.#streams.any();
    awaitLostConsumer({ emulator, stream, afterMs: push.deregisteredMs, clock, random, befall });
  }

  /** Within the time that is stated; otherwise something is broken. */
  async #comeToRest(areProducersDone: () => boolean): Promise<void> {
    const isFormerDeleted = this.#odds.streams.deleteAfterMs < NEVER;
    const rest = new RestWatch(this.#stage, this.#workers, isFormerDeleted);
    const isAtRest = (): boolean => areProducersDone() && rest.isAtRest();
    await this.#runUntil(this.#stage.clock.nowMs() + this.#livenessMs, isAtRest);
    const reasons = areProducersDone() ? rest.reasons().join(", ") : "producers are not done";
    if (reasons === "") return;
    this.#break("rest", `not ${this.#livenessMs / 1000} s after the last fault: ${reasons}`);
  }

  async #heal(): Promise<void> {
    this.#isHealed = true;
    this.#chaos.kill();
    this.#stage.network.heal();
    for (const worker of this.#workers.everyone) worker.calm();
    this.#streams.heal();
    if (this.#recreation !== undefined) await this.#healStream(this.#recreation);
    this.#enter("healed");
  }

  /** As long as leases of an earlier stream are in the way of others, these have to wait. */
  async #healStream(recreation: Recreation): Promise<void> {
    const { clock, lives, table } = this.#stage;
    recreation.heal();
    const isAnew = (): boolean =>
      !recreation.isAway && table.snapshot().every(({ key }) => lives.isLeaseOfNow(key));
    await this.#runUntil(clock.nowMs() + ANEW_MS, isAnew);
  }

  /** Left alone, but for one worker that is replaced and one that is killed; then nothing moves any more. */
  async #rest(): Promise<void> {
    this.#enter("quiet");
    if (this.#streams.areMany) await this.#troubleInPeace();
    const producer = this.#producers.add();
    this.#workerIncidents.restart();
    await this.#runFor(QUIET_MS);
    this.#workerIncidents.crash();
    await this.#runFor(QUIET_MS / 2);
    const finished = track(producer.finish());
    await this.#runFor(QUIET_MS / 2);
    const { unhandled } = this.#stage.stored;
    if (!finished.isDone() || unhandled > 0)
      this.#break("rest", `after a crash in peace ${unhandled} records are not handled`);
    this.#enter("settled");
    await this.#runFor(QUIET_MS);
    this.#enter("ending");
  }

  /** One of many streams is in trouble by itself while another one is put to and a worker is killed; then one may be named. */
  async #troubleInPeace(): Promise<void> {
    const producer = this.#producers.add();
    this.#streams.trouble(TROUBLE_MS);
    await this.#runFor(TROUBLE_MS / 4);
    this.#workerIncidents.crash();
    await this.#runFor(TROUBLE_MS / 2);
    this.#streams.add();
    const finished = track(producer.finish());
    await this.#comeToRest(() => finished.isDone());
  }

  async #runFor(ms: number): Promise<void> {
    await this.#runUntil(this.#stage.clock.nowMs() + ms, () => false);
  }

  async #stop(): Promise<void> {
    const { everyone } = this.#workers;
    for (const worker of this.#workers.members) worker.stop();
    const stopped = track(Promise.all(everyone.map(({ done }) => done)));
    const isOver = (): boolean => stopped.isDone() && this.#stage.network.isQuiet;
    await this.#runUntil(this.#stage.clock.nowMs() + this.#livenessMs, isOver);
    if (!isOver()) this.#break("everything ends", "workers that were told to stop are still at it");
    this.#stage.emulator.close();
  }

  /** Fires timer after timer until a time, a condition, or a broken invariant. */
  async #runUntil(atMs: number, isDone: () => boolean): Promise<void> {
    const { journal } = this.#stage;
    await this.#stage.runUntil(atMs, () => {
      journal.step();
      return journal.broken !== undefined || isDone();
    });
  }

  #startWorker(ordinal: number): Worker {
    const kcl = this.#workers.members.filter(({ process }) => isOfKcl(process.name)).length;
    const kind = kcl < this.#odds.kcl.workers ? "kcl" : "ours";
    const name = workerName(kind, ordinal);
    const worker = this.#stage.startWorker(name, this.#endingOf(name));
    if (this.#isHealed) worker.calm();
    return worker;
  }

  /** A worker that ends because the stream is deleted is replaced, as by a supervisor. */
  #endingOf(process: string): (error: unknown) => boolean {
    const isExpected = this.#recreation?.endings();
    return (error) => {
      if (isExpected?.(error) !== true) return false;
      this.#stage.faults.note("worker ended by a deleted stream");
      this.#workerIncidents.replaceEnded(process);
      return true;
    };
  }

  #prepareRecreation(): Recreation {
    const { clock, emulator } = this.#stage;
    return new Recreation({
      emulator,
      stream: STREAM,
      odds: this.#odds.recreation,
      clock: this.#chaos,
      world: clock,
      random: this.#random.fork(),
      befall: this.#befall,
      onReborn: (streamEpoch) => this.#stage.beginAnew(streamEpoch),
    });
  }

  #incidents(): Parameters<typeof bringAbout>[0] {
    const [workers, producers] = [this.#workerIncidents, this.#producerIncidents];
    const { emulator, network } = this.#stage;
    const services = new ServiceIncidents({
      emulator,
      stream: () => this.#streams.any(),
      maxOpenShards: this.#streams.maxOpenShards,
      network,
      clock: this.#chaos,
      random: this.#random.fork(),
      befall: this.#befall,
      tell: (process, what) => this.#tell(process, what),
    });
    return {
      crashMs: () => workers.crash(),
      restartMs: () => workers.restart(),
      pauseMs: () => workers.pause(),
      rolloutMs: () => workers.rollOut(),
      producerCrashMs: () => producers.crash(),
      producerPauseMs: () => producers.pause(),
      producerRestartMs: () => producers.restart(),
      reshardMs: () => services.reshard(),
      expiryMs: () => services.expireIterators(),
      stormMs: () => services.storm(),
    };
  }

  readonly #befall: Befall = (process, fault, what, storm) => {
    // What is done to the world at rest, to see it move, is none.
    if (this.#isHealed) this.#stage.faults.note(`${fault} in peace`);
    else this.#stage.faults.add(fault);
    this.#tell(process, what, storm);
  };

  #enter(phase: Phase): void {
    this.#stage.journal.write({ kind: "phase", process: WORLD, phase });
  }

  #live(process: string, what: Extract<JournalEntry, { kind: "life" }>["what"], forMs = 0): void {
    this.#stage.journal.write({ kind: "life", process, what, forMs });
  }

  #tell(process: string, what: string, storm?: StormNews): void {
    const more = storm === undefined ? {} : { storm };
    this.#stage.journal.write({ kind: "world", process, what, ...more });
  }

  #break(invariant: string, what: string): void {
    this.#stage.journal.break(new BrokenInvariant(invariant, what));
  }

  #report(): WorldReport {
    const { clock, faults, journal } = this.#stage;
    const { broken, counts, recent } = journal;
    return {
      seed: this.#seed,
      odds: this.#odds,
      broken,
      story: broken === undefined ? [] : storyOf(recent, broken),
      put: counts.get("put") ?? 0,
      receipts: counts.get("stored") ?? 0,
      delivered: counts.get("delivered") ?? 0,
      reshards: faults.all.get("reshard") ?? 0,
      faults: faults.all,
      events: faults.events,
      workerHours: this.#workTime.untilMs(clock.nowMs()) / HOUR_MS,
    };
  }
}
