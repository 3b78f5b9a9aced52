// The main job, on a stage of its own: a producer aggregates records into an emulated stream, over real sockets; worker
// processes share the shards through a lease table; a shard is split, two are merged, and a worker is killed while
// records flow; and everything that comes out is compared with what went in.
import { setTimeout as pause } from "node:timers/promises";
import { openKinesis } from "@shardline/aws";
import { type KinesisApi, silentLogger, type StreamRef } from "@shardline/core";
import { type RunningEmulator, startEmulator } from "@shardline/emulator";
import { createProducer } from "@shardline/producer";
import type { Connection } from "../connection.ts";
import { type Failing, failsOn } from "./failing.ts";
import { Fleet } from "./fleet.ts";
import { type Handling, restingPartOf } from "./handling.ts";
import { type Incident, Incidents, mergeTwo, openShards, splitOne } from "./incidents.ts";
import type { DemoInput } from "./input.ts";
import { LeaseLog } from "./lease-log.ts";
import { LostLeases } from "./lost-leases.ts";
import { type LeasePlace, leasesBeside, leasesIn, openLeases } from "./lease-place.ts";
import { putAtPace } from "./pace.ts";
import type { DemoResult } from "./report.ts";
import { Verifier } from "./verifier.ts";

export interface DemoOptions {
  readonly input: DemoInput;
  readonly shards: number;
  readonly workers: number;
  readonly recordsPerSecond: number;
  /** Lines on which the workers' handlers fail. */
  readonly failing: Failing | undefined;
  /** How the workers read and handle. */
  readonly handling: Handling;
  /** What the emulator holds shards and callers to. */
  readonly limits: "aws" | "off";
  /** Where the leases are kept; `undefined` for beside the stream. */
  readonly dynamodb: Connection | undefined;
  readonly signal: AbortSignal;
  /** So many lines were put, and so many have come out. */
  readonly onProgress: (put: number, processed: number) => void;
  /** A line came out for the first time. */
  readonly onLine: (line: Buffer) => void;
  /** Something happened that is worth a line. */
  readonly onEvent: (atMs: number, what: string) => void;
  /** The stream is there, at an emulator with this address. */
  readonly onStage: (endpoint: string) => void;
  /** All is done; the emulator is there until this resolves. */
  readonly onDone: (outcome: DemoOutcome) => Promise<void>;
}

/** What came of it. */
export interface DemoOutcome {
  readonly result: DemoResult;
  readonly leases: LeaseLog;
}

const STREAM: StreamRef = { name: "demo" };
const FAILOVER_MS = 2000;
/** After the last put, what has not come out by then is lost. */
const PATIENCE_MS = 45_000;
const POLL_MS = 20;
/** Each rests for a second at a time, and is told again. */
const MAX_TOLD_HALTS = 5;
/** At these shares of the input. */
const SPLIT_AT = 0.2;
const MERGE_AT = 0.4;
const KILL_AT = 0.6;

/** Runs the demo; everything it started is ended when it resolves or rejects. */
export async function runDemo(options: DemoOptions): Promise<DemoOutcome> {
  const { dynamodb, input, limits, shards, signal } = options;
  if (input.lines.length === 0) throw new Error("the input holds no lines");
  await using emulator = await startEmulator({ streams: { [STREAM.name]: shards }, limits });
  options.onStage(emulator.endpoint);
  const place =
    dynamodb === undefined
      ? leasesBeside(emulator.clientConfig("dynamodb"))
      : await leasesIn(dynamodb, signal);
  const kinesis = openKinesis(emulator.clientConfig("kinesis"));
  try {
    const outcome = await new DemoRun(options, emulator, kinesis.api, place).run();
    await options.onDone(outcome);
    return outcome;
  } finally {
    kinesis.close();
  }
}

class DemoRun {
  readonly #options: DemoOptions;
  readonly #emulator: RunningEmulator;
  readonly #kinesis: KinesisApi;
  readonly #place: LeasePlace;
  readonly #startedAt = performance.now();
  readonly #leases = new LeaseLog(() => this.#nowMs());
  readonly #lostLeases = new LostLeases();
  readonly #verifier: Verifier;
  readonly #fleet: Fleet;
  readonly #failures: string[] = [];
  #put = 0;
  #putFailed = 0;
  #sentAgain = 0;
  #halts = 0;
  readonly #delivered = { polling: 0, "fan-out": 0 };
  #kill: Kill | undefined;

  constructor(
    options: DemoOptions,
    emulator: RunningEmulator,
    kinesis: KinesisApi,
    place: LeasePlace,
  ) {
    this.#options = options;
    this.#emulator = emulator;
    this.#kinesis = kinesis;
    this.#place = place;
    this.#verifier = new Verifier(options.input, options.onLine);
    this.#fleet = new Fleet({
      setup: {
        ...place,
        stream: STREAM.name,
        kinesis: emulator.clientConfig("kinesis"),
        failoverMs: FAILOVER_MS,
        failing: options.failing,
        handling: options.handling,
      },
      onGivenUp: (data) => {
        this.#verifier.giveUp(data);
        this.#progress();
      },
      onHalted: (shardId) => this.#onHalted(shardId),
      onBatch: (worker, { readMode, records, shardId }) => {
        this.#delivered[readMode ?? "polling"] += records.length;
        this.#verifier.see(worker, shardId, records);
        this.#progress();
      },
      onLease: (worker, shardId, isHeld) => this.#onLease(worker, shardId, isHeld),
      onLost: (worker, shardId) => {
        this.#lostLeases.lose(worker, shardId, this.#verifier.handed(worker, shardId));
        this.#tell(`${worker} has lost the lease of ${shardId}`);
      },
      onBegun: (...beginning) => this.#lostLeases.begin(...beginning),
      onFailure: (worker, reason) => {
        this.#failures.push(`${worker}: ${reason}`);
        this.#leases.end(worker);
      },
    });
  }

  async run(): Promise<DemoOutcome> {
    const { dynamodb, signal, workers } = this.#options;
    if (dynamodb !== undefined) {
      this.#tell(`leases are in table ${this.#place.application}, which stays`);
    }
    try {
      for (let i = 0; i < workers; i += 1) this.#fleet.start();
      const putSeconds = await this.#putAll();
      this.#mend();
      await this.#untilOut();
      const seconds = this.#nowMs() / 1000;
      const result = await this.#resultOf(putSeconds, seconds);
      return { result, leases: this.#leases };
    } finally {
      await (signal.aborted ? this.#fleet.killAll() : this.#fleet.stop());
    }
  }

  async #putAll(): Promise<number> {
    const { input, recordsPerSecond, signal } = this.#options;
    const incidents = new Incidents(this.#incidents());
    await using producer = createProducer({
      stream: STREAM.name,
      kinesis: this.#emulator.clientConfig("kinesis"),
      logger: silentLogger,
    });
    producer.on("misplaced", ({ records }) => {
      this.#sentAgain += records;
    });
    await putAtPace({
      input,
      producer,
      recordsPerSecond,
      signal,
      onPut: (count, outcome) => {
        this.#put = count;
        this.#progress();
        outcome.catch((error: unknown) => this.#onPutFailed(error));
        incidents.reach(count / input.lines.length);
      },
    });
    await producer.flush();
    await incidents.done();
    return this.#nowMs() / 1000;
  }

  /** Whoever watches mends the handler; until then halted shards wait, and nothing of them is skipped. */
  #mend(): void {
    const { failing, input } = this.#options;
    if (failing?.onFailure !== "halt") return;
    const waiting = input.lines.length - this.#verifier.findings.unique;
    this.#fleet.mend();
    this.#tell(`mended the handler; ${waiting} lines had waited for it`);
  }

  #incidents(): Incident[] {
    const { signal } = this.#options;
    return [
      {
        atShare: SPLIT_AT,
        run: async () => {
          this.#tell(`split ${await splitOne(this.#kinesis, STREAM, signal)}`);
        },
      },
      {
        atShare: MERGE_AT,
        run: async () => {
          const [first, second] = await mergeTwo(this.#kinesis, STREAM, signal);
          this.#tell(`merged ${first} and ${second}`);
        },
      },
      { atShare: KILL_AT, run: () => this.#killOne() },
    ];
  }

  /** The worker with the most leases goes, at once and without a word; another one is started. */
  async #killOne(): Promise<void> {
    const worker = await this.#holder();
    const atMs = this.#nowMs();
    const shardIds = this.#leases.shardsOf(worker);
    const uniqueBefore = this.#verifier.findings.unique;
    await this.#fleet.kill(worker);
    this.#leases.end(worker);
    const handedSinceCheckpoint = await this.#handedSinceCheckpoint(worker);
    const next = this.#fleet.start();
    this.#kill = { atMs, shardIds, uniqueBefore, handedSinceCheckpoint, takenOverAtMs: undefined };
    this.#tell(`killed ${worker}, which held ${shardIds.length} leases; started ${next}`);
  }

  /** The worker with the most leases, as soon as one has any. */
  async #holder(): Promise<string> {
    const deadlineMs = this.#nowMs() + PATIENCE_MS;
    for (;;) {
      const worker = this.#leases.busiest();
      if (worker !== undefined) return worker;
      if (this.#nowMs() > deadlineMs) throw new Error("no worker holds a lease to be killed with");
      await pause(POLL_MS, undefined, { signal: this.#options.signal });
    }
  }

  async #handedSinceCheckpoint(worker: string): Promise<number> {
    const table = openLeases(this.#place);
    try {
      const { leases } = await table.list(this.#options.signal);
      return leases
        .filter(({ owner }) => owner === worker)
        .map(({ checkpoint, shardId }) => this.#verifier.handedBeyond(worker, shardId, checkpoint))
        .reduce((sum, count) => sum + count, 0);
    } finally {
      table.close();
    }
  }

  #onLease(worker: string, shardId: string, isHeld: boolean): void {
    this.#leases.note(worker, shardId, isHeld);
    if (!isHeld && this.#options.handling.ordering !== "shard") this.#loseHoles(worker, shardId);
    const kill = this.#kill;
    if (kill === undefined || kill.takenOverAtMs !== undefined) return;
    if (!this.#leases.areTakenOver(kill.shardIds, kill.atMs)) return;
    kill.takenOverAtMs = this.#nowMs();
    const seconds = ((kill.takenOverAtMs - kill.atMs) / 1000).toFixed(1);
    this.#tell(`its leases are taken over, ${seconds} s after the kill`);
  }

  /** Side by side, what is done behind a record that is not comes again, also when a lease is handed over. */
  #loseHoles(worker: string, shardId: string): void {
    this.#lostLeases.lose(worker, shardId, this.#verifier.handed(worker, shardId));
  }

  #onHalted(shardId: string): void {
    this.#halts += 1;
    const { ordering } = this.#options.handling;
    if (this.#halts <= MAX_TOLD_HALTS) this.#tell(`${restingPartOf(shardId, ordering)} is halted`);
  }

  #onPutFailed(error: unknown): void {
    this.#putFailed += 1;
    this.#failures.push(error instanceof Error ? error.message : String(error));
  }

  /** Until every line has come out, or nobody waits for it any longer. */
  async #untilOut(): Promise<void> {
    const { input, signal } = this.#options;
    const deadlineMs = this.#nowMs() + PATIENCE_MS;
    const isOut = (): boolean => {
      const { givenUp, unique } = this.#verifier.findings;
      return unique + givenUp + this.#putFailed >= input.lines.length;
    };
    while (!isOut() && this.#nowMs() < deadlineMs) await pause(POLL_MS, undefined, { signal });
  }

  async #resultOf(putSeconds: number, seconds: number): Promise<DemoResult> {
    const { failing, handling, input, shards, signal } = this.#options;
    const { duplicates, givenUp, outOfOrder, unique } = this.#verifier.findings;
    const stored = this.#emulator.inspect(STREAM.name)?.shards ?? [];
    const kill = this.#kill;
    return {
      ...handling,
      input: input.lines.length,
      put: this.#put,
      putFailed: this.#putFailed,
      processedUnique: unique,
      lost: input.lines.length - unique - givenUp,
      givenUp,
      failing: input.lines.filter((_, index) => failsOn(failing, index)).length,
      onFailure: failing?.onFailure,
      halts: this.#halts,
      duplicates,
      duplicatesAllowed:
        (kill?.handedSinceCheckpoint ?? 0) + this.#lostLeases.handedAgain + this.#sentAgain,
      outOfOrderPerKey: outOfOrder,
      deliveredByPolling: this.#delivered.polling,
      deliveredByFanOut: this.#delivered["fan-out"],
      kinesisRecords: stored.reduce((sum, { records }) => sum + records.length, 0),
      shardsBefore: shards,
      shardsAfter: (await openShards(this.#kinesis, STREAM, signal)).length,
      shardsCreated: stored.length - shards,
      workersKilled: kill === undefined ? 0 : 1,
      killedHeldLeases: kill?.shardIds.length ?? 0,
      recordsAfterKill: unique - (kill?.uniqueBefore ?? unique),
      takeoverSeconds: ((kill?.takenOverAtMs ?? this.#nowMs()) - (kill?.atMs ?? 0)) / 1000,
      failoverSeconds: FAILOVER_MS / 1000,
      putSeconds,
      seconds,
      failures: this.#failures,
    };
  }

  #progress(): void {
    this.#options.onProgress(this.#put, this.#verifier.findings.unique);
  }

  #tell(what: string): void {
    this.#options.onEvent(this.#nowMs(), what);
  }

  #nowMs(): number {
    return performance.now() - this.#startedAt;
  }
}

/** A worker was killed. */
interface Kill {
  readonly atMs: number;
  readonly shardIds: readonly string[];
  readonly uniqueBefore: number;
  /** What it was handed and had not checkpointed. */
  readonly handedSinceCheckpoint: number;
  takenOverAtMs: number | undefined;
}
