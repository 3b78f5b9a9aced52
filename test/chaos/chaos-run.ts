// One run: producers, a stream and a fleet of workers in processes of their own; incidents as they were planned; then
// peace, until everything was delivered; and the verdict.
import { setTimeout as sleep } from "node:timers/promises";
import { SeededRandom } from "@shardline/core/testing";
import { EmulatorClient } from "./emulator-client.ts";
import { type FleetRead, READ_MODES } from "./fleet-read.ts";
import { planIncidents } from "./incident-plan.ts";
import { machineMs } from "./machine-time.ts";
import { ProducerFleet } from "./producer-fleet.ts";
import { Referee } from "./referee.ts";
import type { StoredRecords } from "./stored-records.ts";
import { type StrikeLog, Strikes } from "./strikes.ts";
import type { Verdict } from "./verdict.ts";
import { type Entry, WorkerFleet } from "./worker-fleet.ts";
import { Workload } from "./workload.ts";

export interface ChaosOptions {
  readonly runMs: number;
  readonly records: number;
  readonly seed: number;
  readonly workers: number;
  readonly producers: number;
  readonly failoverMs: number;
  readonly read: FleetRead;
  readonly signal: AbortSignal;
  /** Something happened, or time has passed. */
  readonly onNews: (atMs: number, what: string) => void;
}

/** Everything that was seen. */
export interface ChaosOutcome extends StrikeLog {
  readonly read: FleetRead;
  readonly put: number;
  readonly acknowledged: number;
  /** Puts that ended with an error. */
  readonly refused: number;
  /** User records in the stream, each as often as it is there. */
  readonly stored: number;
  readonly verdict: Verdict;
  /** In the order of time. */
  readonly entries: readonly Entry[];
  /** Workers that gave up before they had begun, while calls went wrong. */
  readonly failedStarts: number;
  /** What went wrong beside the records. */
  readonly failures: readonly string[];
  readonly startedAtMs: number;
  readonly tookMs: number;
}

interface Parts {
  readonly emulator: EmulatorClient;
  readonly workers: WorkerFleet;
  readonly producers: ProducerFleet;
  readonly strikes: Strikes;
}

const PROGRESS_MS = 5000;
const POLL_MS = 500;
/** Of the run. */
const PUT_OVER = 0.97;
/** Without another record for so long, what is missing is lost: a subscription may fall silent, and be refused again. */
const PATIENCE_MS = 60_000;
/** Producers that have not settled everything in this time of peace never will. */
const SETTLE_MS = 60_000;
/** Calls that the emulator holds back when peace comes take effect within this time. */
const AFTERMATH_MS = 10_000;
/** A worker that could not start is started again after this time, as by whatever runs containers. */
const AGAIN_MS = 500;
/** A start that fails so long after a fault does so because of it. */
const FAILED_START_MS = 15_000;

export class ChaosRun {
  readonly #options: ChaosOptions;
  readonly #random: SeededRandom;
  readonly #referee: Referee;
  readonly #entries: Entry[] = [];
  readonly #failures: string[] = [];
  /** Aborts with the run's own signal, and when a part breaks without which nothing goes on. */
  readonly #ending = new AbortController();
  readonly #startedAtMs = machineMs();
  #failedStarts = 0;
  #names = 0;

  constructor(options: ChaosOptions) {
    this.#options = options;
    this.#random = new SeededRandom(options.seed);
    this.#referee = new Referee(new Workload(options.records, options.seed));
    const { signal } = options;
    if (signal.aborted) this.#ending.abort(signal.reason);
    signal.addEventListener("abort", () => this.#ending.abort(signal.reason), { once: true });
  }

  /** All processes that it started are gone when it resolves or rejects. */
  async run(): Promise<ChaosOutcome> {
    const onEnd = (reason: string): void => this.#ending.abort(new Error(reason));
    await using emulator = await EmulatorClient.start(this.#options.seed, onEnd);
    const parts = this.#partsAround(emulator);
    const { producers, workers } = parts;
    try {
      for (let i = 0; i < this.#options.workers; i += 1) await workers.start(this.#newName());
      await producers.start();
      await this.#cause(parts);
      const stored = await this.#untilDelivered(parts);
      await Promise.all(workers.all.map((worker) => workers.drain(worker)));
      return this.#outcomeOf(parts, stored);
    } finally {
      this.#ending.abort(new Error("the run is over"));
      await Promise.all([workers.killAll(), producers.killAll()]);
    }
  }

  #partsAround(emulator: EmulatorClient): Parts {
    const { failoverMs, producers: slots, read, records, runMs, seed } = this.#options;
    const { client } = emulator;
    const onFailure = (reason: string): void => void this.#failures.push(reason);
    const workers = new WorkerFleet({
      client,
      failoverMs,
      readModes: READ_MODES[read],
      onEntry: (entry) => {
        this.#entries.push(entry);
        this.#referee.see(entry);
      },
      onStartFailed: (name, reason) => void this.#startAgain(parts, name, reason),
      onFailure,
    });
    const startMs = machineMs();
    const overMs = runMs * PUT_OVER;
    const load = { client, records, seed, slots, startMs, overMs };
    const producers = new ProducerFleet({ ...load, onFailure });
    const strikes = new Strikes({
      emulator,
      workers,
      producers,
      newName: () => this.#newName(),
      random: this.#random.fork(),
      signal: this.#ending.signal,
      tell: (what) => this.#tell(what),
    });
    const parts = { emulator, workers, producers, strikes };
    return parts;
  }

  async #startAgain({ strikes, workers }: Parts, name: string, reason: string): Promise<void> {
    if (strikes.isFaulty(FAILED_START_MS)) this.#failedStarts += 1;
    else this.#failures.push(`${name} could not start: ${reason}`);
    this.#tell(`${name} could not start: ${reason}`);
    const { signal } = this.#ending;
    const isOver = await sleep(AGAIN_MS, false, { signal }).catch(() => true);
    if (!isOver) await workers.start(name);
  }

  /** Lets every incident happen at its time; resolves when the last one is over, and everything is put. */
  async #cause({ producers, strikes }: Parts): Promise<void> {
    const { failoverMs, read, runMs } = this.#options;
    const { signal } = this.#ending;
    const progress = setInterval(() => this.#tellProgress(producers), PROGRESS_MS);
    const happening: Promise<void>[] = [];
    try {
      for (const incident of planIncidents({ failoverMs, read, runMs }, this.#random.fork())) {
        const waitMs = this.#startedAtMs + incident.atMs - machineMs();
        await sleep(Math.max(0, waitMs), undefined, { signal });
        const done = strikes.happen(incident);
        done.catch((error: unknown) => this.#ending.abort(error));
        happening.push(done);
      }
      await Promise.all(happening);
      await this.#untilSettled(producers);
    } finally {
      clearInterval(progress);
      await Promise.allSettled(happening);
    }
  }

  async #untilSettled(producers: ProducerFleet): Promise<void> {
    const { signal } = this.#ending;
    const untilMs = Math.max(machineMs(), this.#startedAtMs + this.#options.runMs) + SETTLE_MS;
    while (!producers.isDone && machineMs() < untilMs) {
      await sleep(POLL_MS, undefined, { signal });
    }
    if (!producers.isDone) this.#failures.push("not every put was settled in time");
  }

  /** Resolves with all that is stored once that was delivered, or nothing more is. */
  async #untilDelivered({ emulator, producers }: Parts): Promise<StoredRecords> {
    const { signal } = this.#ending;
    this.#tell("peace");
    await sleep(AFTERMATH_MS, undefined, { signal });
    const stored = await emulator.stored(signal);
    let missing = Number.POSITIVE_INFINITY;
    let sinceMs = machineMs();
    for (;;) {
      const now = this.#referee.missing(stored);
      if (now === 0 || machineMs() - sinceMs > PATIENCE_MS) break;
      if (now < missing) sinceMs = machineMs();
      missing = now;
      await sleep(POLL_MS, undefined, { signal });
    }
    this.#tellProgress(producers);
    return stored;
  }

  #outcomeOf({ producers, strikes }: Parts, stored: StoredRecords): ChaosOutcome {
    const { acknowledged } = producers;
    return {
      ...strikes.log,
      read: this.#options.read,
      put: producers.put,
      acknowledged: producers.stored,
      refused: producers.failed,
      stored: stored.places.length,
      verdict: this.#referee.judge({ stored, acknowledged }),
      entries: this.#entries.sort((a, b) => a.atMs - b.atMs),
      failedStarts: this.#failedStarts,
      failures: this.#failures,
      startedAtMs: this.#startedAtMs,
      tookMs: machineMs() - this.#startedAtMs,
    };
  }

  #newName(): string {
    this.#names += 1;
    return `worker-${this.#names}`;
  }

  #tellProgress({ put, stored }: ProducerFleet): void {
    const { places } = this.#referee;
    this.#tell(`${count(put)} put, ${count(stored)} acknowledged, ${count(places)} delivered`);
  }

  #tell(what: string): void {
    this.#options.onNews(machineMs() - this.#startedAtMs, what);
  }
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}
