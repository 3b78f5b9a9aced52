// One run: a producer, a stream and a fleet of workers in processes of their own; incidents as they were planned; then
// peace, until everything was delivered; and the verdict.
import { setTimeout as sleep } from "node:timers/promises";
import { SeededRandom } from "@shardline/core/testing";
import { EmulatorClient } from "./emulator-client.ts";
import type { Blow, Span } from "./handovers.ts";
import { type Incident, planIncidents } from "./incident-plan.ts";
import { machineMs } from "./machine-time.ts";
import { ProducerClient } from "./producer-client.ts";
import { Referee, type Verdict } from "./referee.ts";
import { type Entry, WorkerFleet, type WorkerProcess } from "./worker-fleet.ts";
import { Workload } from "./workload.ts";

export interface ChaosOptions {
  readonly runMs: number;
  readonly records: number;
  readonly seed: number;
  readonly workers: number;
  readonly failoverMs: number;
  readonly signal: AbortSignal;
  /** Something happened, or time has passed. */
  readonly onNews: (atMs: number, what: string) => void;
}

/** Everything that was seen. */
export interface ChaosOutcome {
  readonly put: number;
  readonly stored: number;
  readonly verdict: Verdict;
  /** In the order of time. */
  readonly entries: readonly Entry[];
  readonly kills: readonly Blow[];
  readonly freezes: readonly Blow[];
  readonly throttled: readonly Span[];
  readonly throttledCalls: number;
  readonly reshards: readonly number[];
  /** What went wrong beside the records. */
  readonly failures: readonly string[];
  readonly startedAtMs: number;
  readonly tookMs: number;
}

const PROGRESS_MS = 5000;
const POLL_MS = 100;
/** Of the run. */
const PUT_OVER = 0.97;
/** Without another record for so long, what is missing is lost. */
const PATIENCE_MS = 45_000;

export class ChaosRun {
  readonly #options: ChaosOptions;
  readonly #random: SeededRandom;
  readonly #referee: Referee;
  readonly #entries: Entry[] = [];
  readonly #kills: Blow[] = [];
  readonly #freezes: Blow[] = [];
  readonly #throttled: Span[] = [];
  readonly #reshards: number[] = [];
  readonly #failures: string[] = [];
  /** Aborts with the run's own signal, and when a part breaks without which nothing goes on. */
  readonly #ending = new AbortController();
  readonly #startedAtMs = machineMs();
  #throttledCalls = 0;
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
    const { failoverMs, records, runMs, seed, workers } = this.#options;
    const onEnd = (reason: string): void => this.#ending.abort(new Error(reason));
    await using emulator = await EmulatorClient.start(onEnd);
    const { client } = emulator;
    const fleet = new WorkerFleet({
      setup: { client, failoverMs },
      onEntry: (entry) => this.#hear(entry),
      onFailure: (reason) => void this.#failures.push(reason),
    });
    try {
      for (let i = 0; i < workers; i += 1) fleet.start(this.#newName());
      const setup = { client, records, seed, overMs: runMs * PUT_OVER };
      await using producer = new ProducerClient(setup, (reason) => {
        if (!producer.progress.isDone) onEnd(reason);
      });
      await this.#cause(emulator, fleet, producer);
      await this.#untilDelivered(producer);
      await fleet.drain();
      return this.#outcomeOf(producer);
    } finally {
      await fleet.killAll();
    }
  }

  /** Lets every incident happen at its time; resolves when the last one is over. */
  async #cause(
    emulator: EmulatorClient,
    fleet: WorkerFleet,
    producer: ProducerClient,
  ): Promise<void> {
    const { failoverMs, runMs } = this.#options;
    const { signal } = this.#ending;
    const progress = setInterval(() => this.#tellProgress(producer), PROGRESS_MS);
    const happening: Promise<void>[] = [];
    try {
      for (const incident of planIncidents({ failoverMs, runMs }, this.#random.fork())) {
        const waitMs = this.#startedAtMs + incident.atMs - machineMs();
        await sleep(Math.max(0, waitMs), undefined, { signal });
        const done = this.#happen(incident, emulator, fleet);
        done.catch((error: unknown) => this.#ending.abort(error));
        happening.push(done);
      }
      await Promise.all(happening);
      while (!producer.progress.isDone) await sleep(POLL_MS, undefined, { signal });
    } finally {
      clearInterval(progress);
      await Promise.allSettled(happening);
    }
  }

  async #happen(incident: Incident, emulator: EmulatorClient, fleet: WorkerFleet): Promise<void> {
    const { signal } = this.#ending;
    switch (incident.kind) {
      case "kill":
        return this.#kill(incident, fleet);
      case "freeze":
        return this.#freeze(incident, fleet);
      case "reshard":
        this.#tell(`${incident.shards} shards from now on`);
        await emulator.reshard(incident.shards, signal);
        this.#reshards.push(incident.shards);
        return;
      case "throttle": {
        const fromMs = machineMs();
        const percent = Math.round(100 * incident.probability);
        this.#tell(`the lease table refuses ${percent} % for ${seconds(incident.forMs)}`);
        this.#throttledCalls += await emulator.throttle(
          incident.probability,
          incident.forMs,
          signal,
        );
        this.#throttled.push({ fromMs, untilMs: machineMs() });
      }
    }
  }

  async #kill(
    { isSameName, restartMs }: Extract<Incident, { kind: "kill" }>,
    fleet: WorkerFleet,
  ): Promise<void> {
    const victim = await this.#victim(fleet);
    const { size } = victim.shardIds;
    this.#kills.push({ atMs: machineMs(), process: victim });
    await fleet.kill(victim);
    const name = isSameName ? victim.name : this.#newName();
    this.#tell(`SIGKILL to ${victim.name} with ${size} leases; ${name} in ${seconds(restartMs)}`);
    await sleep(restartMs, undefined, { signal: this.#ending.signal });
    fleet.start(name);
  }

  async #freeze(
    { forMs }: Extract<Incident, { kind: "freeze" }>,
    fleet: WorkerFleet,
  ): Promise<void> {
    const victim = await this.#victim(fleet);
    const { size } = victim.shardIds;
    this.#tell(`SIGSTOP to ${victim.name} with ${size} leases for ${seconds(forMs)}`);
    const atMs = await fleet.freeze(victim, forMs, this.#ending.signal);
    if (atMs === undefined) return;
    this.#freezes.push({ atMs, process: victim });
    this.#tell(`SIGCONT to ${victim.name}`);
  }

  /** A worker to strike: one with leases where there is one. */
  async #victim(fleet: WorkerFleet): Promise<WorkerProcess> {
    for (;;) {
      const { working } = fleet;
      const holders = working.filter(({ shardIds }) => shardIds.size > 0);
      const candidates = holders.length > 0 ? holders : working;
      const victim = candidates[Math.floor(this.#random.next() * candidates.length)];
      if (victim !== undefined) return victim;
      await sleep(POLL_MS, undefined, { signal: this.#ending.signal });
    }
  }

  async #untilDelivered(producer: ProducerClient): Promise<void> {
    const { signal } = this.#ending;
    let unique = -1;
    let sinceMs = machineMs();
    while (this.#referee.unique < producer.progress.stored && machineMs() - sinceMs < PATIENCE_MS) {
      if (this.#referee.unique > unique) {
        unique = this.#referee.unique;
        sinceMs = machineMs();
      }
      await sleep(POLL_MS, undefined, { signal });
    }
    this.#tellProgress(producer);
  }

  #hear(entry: Entry): void {
    this.#entries.push(entry);
    this.#referee.see(entry);
  }

  #outcomeOf({ progress }: ProducerClient): ChaosOutcome {
    return {
      put: progress.put,
      stored: progress.stored,
      verdict: this.#referee.judge(),
      entries: this.#entries.sort((a, b) => a.atMs - b.atMs),
      kills: this.#kills,
      freezes: this.#freezes,
      throttled: this.#throttled,
      throttledCalls: this.#throttledCalls,
      reshards: this.#reshards,
      failures: [...progress.failures, ...this.#failures],
      startedAtMs: this.#startedAtMs,
      tookMs: machineMs() - this.#startedAtMs,
    };
  }

  #newName(): string {
    this.#names += 1;
    return `worker-${this.#names}`;
  }

  #tellProgress({ progress }: ProducerClient): void {
    this.#tell(`${count(progress.put)} put, ${count(this.#referee.unique)} delivered`);
  }

  #tell(what: string): void {
    this.#options.onNews(machineMs() - this.#startedAtMs, what);
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}
