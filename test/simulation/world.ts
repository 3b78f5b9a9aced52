// One world: real producers and real consumers in simulated processes, on one virtual clock, against the emulator and a
// lease table that behaves like DynamoDB. First everything goes wrong that the odds say; then the faults are healed, and
// all must come to rest within a bound that is stated.
import type { Lease } from "@shardline/consumer";
import type { Shard } from "@shardline/core";
import { SeededRandom, VirtualClock } from "@shardline/core/testing";
import { Emulator } from "@shardline/emulator";
import { checkersOf } from "./checkers.ts";
import { laggingLeases } from "./checkers/caught-up.ts";
import { EVERYTHING, uncovered } from "./checkers/coverage.ts";
import { uselessLeases } from "./checkers/cleaned-up.ts";
import { askedLeaseTable } from "./evidence/asked-lease-table.ts";
import { watchRejections } from "./checkers/no-rejection.ts";
import { isEnded } from "./checkers/lease-facts.ts";
import { BrokenInvariant, Journal, type JournalEntry, type Phase } from "./evidence/journal.ts";
import { StoredRecords } from "./evidence/stored-records.ts";
import { storyOf, WORLD } from "./evidence/story.ts";
import { WatchedCalls } from "./evidence/watched-calls.ts";
import { WatchedKinesis } from "./evidence/watched-kinesis.ts";
import { WatchedLeaseTable } from "./evidence/watched-lease-table.ts";
import { watchReads } from "./evidence/watched-reads.ts";
import { FaultCounts } from "./faults/fault-counts.ts";
import { type Befall, bringAbout } from "./faults/incidents.ts";
import { armKinesisFaults } from "./faults/kinesis-faults.ts";
import { longestCallMs, Network } from "./faults/network.ts";
import { ProcessIncidents } from "./faults/process-incidents.ts";
import { ServiceIncidents } from "./faults/service-incidents.ts";
import { runBesideWire, WiredKinesis } from "./faults/wired-kinesis.ts";
import { drawDrift, Fleet } from "./fleet/fleet.ts";
import { SimProcess } from "./fleet/sim-process.ts";
import { SimProducer } from "./fleet/sim-producer.ts";
import { startWorker, type Worker } from "./fleet/worker.ts";
import { isOfKcl, workerName } from "./fleet/worker-name.ts";
import { drawOdds, type Odds, type OddsPatch, patchOdds } from "./odds.ts";
import { track } from "./track.ts";

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
  readonly faults: ReadonlyMap<string, number>;
  /** Simulated time that workers spent running. */
  readonly workerHours: number;
}

const STREAM = "orders";
const FAILOVER_MS = 10_000;
const HOUR_MS = 3_600_000;
/** The phase with faults: ten minutes. */
const USUAL_HOURS = 1 / 6;
/** After the faults are healed, everything stored is handled, and no useless lease left, within this time. */
const LIVENESS_MS = 120_000;
/** With workers of the KCL: they look for leases every 20 s, and every 10 s whether a shard's parents are done. */
const KCL_LIVENESS_MS = 400_000;
/** Then the world is left alone for so long. */
const QUIET_MS = 90_000;
/** The whole state is looked at whenever so many timers have fired. */
const STEPS_BETWEEN_LOOKS = 1000;

export class World {
  readonly #seed: number;
  readonly #odds: Odds;
  readonly #safetyMs: number;
  readonly #clock = new VirtualClock();
  readonly #random: SeededRandom;
  readonly #faults = new FaultCounts();
  readonly #journal: Journal;
  readonly #emulator: Emulator;
  /** The way of all calls to the emulator, in worlds that have one. */
  readonly #wire: WiredKinesis | undefined;
  readonly #kinesis: WatchedKinesis;
  readonly #calls: WatchedCalls;
  readonly #table: WatchedLeaseTable;
  readonly #network: Network;
  readonly #stored = new StoredRecords();
  readonly #processes = new Map<string, SimProcess>();
  readonly #chaos = new SimProcess("chaos", this.#clock);
  readonly #workers: Fleet<Worker>;
  readonly #producers: Fleet<SimProducer>;
  readonly #processIncidents: ProcessIncidents<Worker>;
  readonly #livenessMs: number;
  #steps = 0;
  #isHealed = false;

  constructor({ heeded, hours = USUAL_HOURS, odds = {}, seed }: WorldPlan) {
    this.#seed = seed;
    this.#safetyMs = hours * HOUR_MS;
    this.#random = new SeededRandom(seed);
    this.#odds = patchOdds(drawOdds(this.#random.fork()), odds);
    const { fleet, kcl, kinesis, network, producers, reading, table, wire } = this.#odds;
    const clock = this.#clock;
    this.#journal = new Journal(() => clock.nowMs(), heeded);
    this.#network = new Network({
      odds: network,
      random: this.#random.fork(),
      clock,
      faults: this.#faults,
    });
    this.#emulator = new Emulator({
      clock,
      random: this.#random.fork(),
      limits: "aws",
      streams: { [STREAM]: streamOf(kinesis) },
      transitions: { updateMs: kinesis.updateMs },
    });
    const shardsNow = (): readonly Shard[] => {
      const shards = this.#emulator.shards(STREAM);
      // Where the service places records, nobody is told of ranges, and nobody goes by them.
      if (!kinesis.isServiceManaged) return shards;
      return shards.map(({ shardId, startingSequenceNumber }) => ({
        shardId,
        startingSequenceNumber,
      }));
    };
    const isWired = wire.form !== "none";
    this.#wire = isWired ? new WiredKinesis(this.#emulator, wire.form) : undefined;
    this.#kinesis = new WatchedKinesis({
      kinesis: this.#wire?.api ?? this.#emulator.kinesis(),
      shardsNow,
      ...(isWired ? { storedNow: () => this.#emulator.inspect(STREAM)?.shards ?? [] } : {}),
      journal: this.#journal,
    });
    this.#calls = new WatchedCalls(this.#journal);
    this.#table = new WatchedLeaseTable(table, clock, this.#random.fork(), this.#journal);
    this.#livenessMs = kcl.workers === 0 ? LIVENESS_MS : KCL_LIVENESS_MS;
    this.#workers = new Fleet(fleet.workers + kcl.workers, (ordinal) => this.#startWorker(ordinal));
    this.#producers = new Fleet(producers.producers, (ordinal) => this.#startProducer(ordinal));
    this.#processIncidents = new ProcessIncidents({
      workers: this.#workers,
      producers: this.#producers,
      world: clock,
      clock: this.#chaos,
      random: this.#random.fork(),
      befall: this.#befall,
      note: (process, what, forMs) => this.#live(process, what, forMs),
    });
    const isAlive = (process: string): boolean => !this.#processIncidents.wasKilled(process);
    this.#journal.watch(
      ...checkersOf({
        producerOdds: producers,
        isServiceManaged: kinesis.isServiceManaged,
        longestCallMs: longestCallMs(network),
        clock,
        isAlive,
        table: this.#table,
        stored: this.#stored,
        shards: shardsNow,
        isOursAlone: kcl.workers === 0,
        failoverMs: FAILOVER_MS,
        ...reading,
        ownTimeMs: (process) => this.#processes.get(process)?.nowMs() ?? 0,
        producers: () => this.#producers.members,
      }),
    );
  }

  get odds(): Odds {
    return this.#odds;
  }

  /** Runs the world to its end, or to the first invariant that breaks. */
  async run(): Promise<WorldReport> {
    using _ = watchRejections((broken) => this.#journal.break(broken));
    const disarm = armKinesisFaults(this.#emulator, this.#odds, this.#faults);
    const { startAt } = this.#odds.application;
    if (startAt !== "LATEST") this.#producers.fill();
    this.#workers.fill();
    bringAbout(this.#incidents(), this.#odds.incidents, this.#chaos, this.#random.fork());
    if (startAt === "LATEST") {
      // Nothing is promised of what was put before.
      await this.#runUntil(this.#safetyMs, () => this.#hasBegun());
      this.#producers.fill();
    }
    await this.#runUntil(this.#safetyMs, () => false);

    disarm();
    this.#heal();
    const { members } = this.#producers;
    const finished = track(Promise.all(members.map((producer) => producer.finish())));
    const isAtRest = (): boolean => finished.isDone() && this.#isAtRest();
    await this.#runUntil(this.#safetyMs + this.#livenessMs, isAtRest);
    if (!isAtRest()) this.#journal.break(this.#unrest(finished.isDone()));
    if (this.#odds.kcl.workers === 0) await this.#rest();
    await this.#stop();
    if (this.#journal.broken === undefined) this.#journal.end();
    return this.#report();
  }

  #heal(): void {
    this.#isHealed = true;
    this.#chaos.kill();
    this.#network.heal();
    for (const worker of this.#workers.members) worker.calm();
    this.#enter("healed");
  }

  /** Left alone, but for one worker that is replaced; then nothing moves any more. */
  async #rest(): Promise<void> {
    this.#enter("quiet");
    this.#processIncidents.restart();
    await this.#runUntil(this.#clock.nowMs() + QUIET_MS / 2, () => false);
    this.#enter("settled");
    await this.#runUntil(this.#clock.nowMs() + QUIET_MS / 2, () => false);
    this.#enter("ending");
  }

  /** Whether every hash key has a lease. */
  #hasBegun(): boolean {
    return uncovered(EVERYTHING, this.#table.snapshot()).length === 0;
  }

  #isAtRest(): boolean {
    // One that stands still would wake up when nobody is there any more to take its leases.
    const isComplete = this.#workers.isComplete && this.#network.isQuiet;
    if (!isComplete || this.#stored.unhandled > 0 || !this.#areLeasesOwned()) return false;
    return this.#uselessLeases().length === 0 && this.#laggingLeases().length === 0;
  }

  /** The KCL keeps those that it holds for five minutes and more. */
  #uselessLeases(): string[] {
    return uselessLeases(this.#table.snapshot()).filter(
      (key) => !isOfKcl(this.#table.get(key)?.owner),
    );
  }

  /** The KCL checkpoints nothing that it passes over. */
  #laggingLeases(): string[] {
    const ours = this.#table.snapshot().filter(({ owner }) => !isOfKcl(owner));
    return laggingLeases(ours, this.#stored);
  }

  async #stop(): Promise<void> {
    const { members } = this.#workers;
    for (const worker of members) worker.stop();
    const stopped = track(
      Promise.all([...members, ...this.#processIncidents.leaving].map(({ done }) => done)),
    );
    await this.#runUntil(this.#clock.nowMs() + this.#livenessMs, () => stopped.isDone());
    this.#emulator.close();
  }

  /** Fires timer after timer until a time, a condition, or a broken invariant. */
  async #runUntil(atMs: number, isDone: () => boolean): Promise<void> {
    await runBesideWire(this.#clock, this.#wire, atMs, () => {
      this.#steps += 1;
      if (this.#steps % STEPS_BETWEEN_LOOKS === 0) this.#journal.look();
      return this.#journal.broken !== undefined || isDone();
    });
  }

  #startProducer(ordinal: number): SimProducer {
    const process = this.#startProcess(`producer-${ordinal}`);
    const port = this.#network.between(process, "kinesis", this.#kinesis.of(process.name));
    return new SimProducer({
      process,
      stream: STREAM,
      kinesis: this.#calls.of(process, port),
      random: this.#random.fork(),
      journal: this.#journal,
      odds: this.#odds.producers,
    });
  }

  #startWorker(ordinal: number): Worker {
    const kcl = this.#workers.members.filter(({ process }) => isOfKcl(process.name)).length;
    const kind = kcl < this.#odds.kcl.workers ? "kcl" : "ours";
    const process = this.#startProcess(workerName(kind, ordinal));
    const { name } = process;
    const kinesis = this.#network.between(process, "kinesis", this.#kinesis.of(name));
    const leaseTable = this.#network.between(process, "leases", this.#table.of(name));
    const worker = startWorker({
      process,
      stream: STREAM,
      kinesis: watchReads(kinesis, process, this.#journal),
      leaseTable: askedLeaseTable(leaseTable, process, this.#journal),
      random: this.#random.fork(),
      journal: this.#journal,
      faults: this.#faults,
      failoverMs: FAILOVER_MS,
      batchRecords: this.#odds.fleet.batchRecords,
      application: this.#odds.application,
      handlers: this.#odds.handlers,
      reading: this.#odds.reading,
    });
    if (this.#isHealed) worker.calm();
    return worker;
  }

  #startProcess(name: string): SimProcess {
    const process = new SimProcess(name, this.#clock, drawDrift(this.#odds.fleet, this.#random));
    this.#processes.set(name, process);
    this.#live(name, "started");
    return process;
  }

  #incidents(): Parameters<typeof bringAbout>[0] {
    const processes = this.#processIncidents;
    const services = new ServiceIncidents({
      emulator: this.#emulator,
      stream: STREAM,
      network: this.#network,
      clock: this.#chaos,
      random: this.#random.fork(),
      befall: this.#befall,
    });
    return {
      crashMs: () => processes.crash(),
      restartMs: () => processes.restart(),
      pauseMs: () => processes.pause(),
      rolloutMs: () => processes.rollOut(),
      producerCrashMs: () => processes.crashProducer(),
      reshardMs: () => services.reshard(),
      expiryMs: () => services.expireIterators(),
      stormMs: () => services.storm(),
    };
  }

  /** Every shard that is to be read has a live worker, and nobody's lease is a dead one's. */
  #areLeasesOwned(): boolean {
    const alive = new Set(this.#workers.members.map(({ process }) => process.name));
    return this.#table.snapshot().every((lease: Lease) => {
      const { owner } = lease;
      if (isEnded(lease)) return owner === undefined || isOfKcl(owner);
      return owner !== undefined && alive.has(owner);
    });
  }

  readonly #befall: Befall = (process, fault, what) => {
    this.#faults.add(fault);
    this.#tell(process, what);
  };

  #enter(phase: Phase): void {
    this.#journal.write({ kind: "phase", process: WORLD, phase });
  }

  #live(process: string, what: Extract<JournalEntry, { kind: "life" }>["what"], forMs = 0): void {
    this.#journal.write({ kind: "life", process, what, forMs });
  }

  #tell(process: string, what: string): void {
    this.#journal.write({ kind: "world", process, what });
  }

  #unrest(areProducersDone: boolean): BrokenInvariant {
    const reasons = [
      areProducersDone ? [] : ["producers are not done"],
      this.#stored.unhandled === 0 ? [] : [`${this.#stored.unhandled} records are not handled`],
      this.#workers.isComplete ? [] : ["workers are missing"],
      this.#uselessLeases().map((key) => `${key} is not deleted`),
      this.#laggingLeases().map((key) => `${key} has a checkpoint before its last record`),
      this.#areLeasesOwned() ? [] : ["a lease has no live owner"],
    ].flat();
    const what = `not at rest ${this.#livenessMs / 1000} s after the last fault: ${reasons.join(", ")}`;
    return new BrokenInvariant("rest", what);
  }

  #report(): WorldReport {
    const { broken, counts, recent } = this.#journal;
    return {
      seed: this.#seed,
      odds: this.#odds,
      broken,
      story: broken === undefined ? [] : storyOf(recent, broken),
      put: counts.get("put") ?? 0,
      receipts: counts.get("stored") ?? 0,
      delivered: counts.get("delivered") ?? 0,
      reshards: this.#faults.all.get("reshard") ?? 0,
      faults: this.#faults.all,
      workerHours: (this.#workers.size * this.#clock.nowMs()) / HOUR_MS,
    };
  }
}

function streamOf({
  isServiceManaged,
  shards,
}: Odds["kinesis"]): number | { readonly shards: number; readonly distribution: "AUTO" } {
  return isServiceManaged ? { shards, distribution: "AUTO" } : shards;
}
