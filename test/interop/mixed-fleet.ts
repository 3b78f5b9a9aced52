// Workers of both sides, each in a process of its own, and the traffic that they share.
import { setInterval as everySo } from "node:timers/promises";
import { silentLogger } from "@shardline/core";
import type { EmulatorClientConfig } from "@shardline/emulator";
import { createProducer, type Producer } from "@shardline/producer";
import { onTestFinished } from "vitest";
import type { Delivery } from "./delivery.ts";
import { eventually } from "./eventually.ts";
import { type KclOptions, KclWorkers } from "./kcl-workers.ts";
import { LeaseHistory } from "./lease-history.ts";
import { Ledger } from "./ledger.ts";
import { NativeProcess } from "./native-process.ts";
import { STREAM, type Stage } from "./stage.ts";
import { workpieceOf } from "./workload.ts";
import type { WorkerProgram } from "./worker-program.ts";

const APPLICATION = "mixed";
const RECORDS_A_SECOND = 500;
const TICK_MS = 100;

export interface FleetOptions {
  readonly stage: Stage;
  readonly failoverMs: number;
  /** Where the lease table is: the emulator's unless told otherwise. */
  readonly dynamodb?: EmulatorClientConfig;
}

export class MixedFleet {
  readonly ledger = new Ledger();
  readonly history: LeaseHistory;
  /** Workers of the KCL that were started, also those that were killed. */
  readonly kcl: KclWorkers[] = [];
  /** Names of workers that were started and have handed out no record yet. */
  readonly idle = new Set<string>();
  readonly #options: FleetOptions;
  readonly #dynamodb: EmulatorClientConfig;
  readonly #running = new Map<string, WorkerProgram>();

  constructor(options: FleetOptions) {
    this.#options = options;
    this.#dynamodb = options.dynamodb ?? options.stage.emulator.clientConfig("dynamodb");
    this.history = new LeaseHistory(APPLICATION, this.#dynamodb);
  }

  startKcl(workers: readonly string[], options: Partial<KclOptions> = {}): void {
    const { failoverMs, stage } = this.#options;
    for (const worker of workers) {
      const program = new KclWorkers({
        application: APPLICATION,
        stream: STREAM,
        kinesis: stage.emulator.endpoint,
        dynamodb: this.#dynamodb.endpoint,
        workers: [worker],
        failoverMs,
        onDelivery: (delivery) => this.#note(delivery, worker),
        ...options,
      });
      this.kcl.push(program);
      this.#add(worker, program);
    }
  }

  startOurs(...workers: readonly string[]): void {
    const { failoverMs, stage } = this.#options;
    for (const worker of workers) {
      const program = new NativeProcess({
        application: APPLICATION,
        stream: STREAM,
        worker,
        failoverMs,
        kinesis: stage.emulator.clientConfig("kinesis"),
        dynamodb: this.#dynamodb,
        onDelivery: (delivery) => this.#note(delivery, worker),
      });
      this.#add(worker, program);
    }
  }

  async kill(...workers: readonly string[]): Promise<void> {
    for (const worker of workers) {
      await this.#running.get(worker)?.kill();
      this.#running.delete(worker);
    }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#running.values()].map((program) => program.stop()));
    this.#running.clear();
  }

  /** Resolves when each worker that runs has a lease. */
  untilAllTakePart(withinMs: number): Promise<void> {
    return eventually(() => this.#shares().every((share) => share > 0), {
      withinMs,
      telling: () => this.#state(),
    });
  }

  /** Resolves when the workers that run have all leases, and none has two more than another. */
  untilFair(withinMs: number): Promise<void> {
    return eventually(() => this.#isFair(), {
      withinMs,
      telling: () => this.#state(),
    });
  }

  #add(worker: string, program: WorkerProgram): void {
    this.idle.add(worker);
    this.#running.set(worker, program);
  }

  #note(delivery: Delivery, worker: string): void {
    this.idle.delete(worker);
    this.ledger.note(delivery);
  }

  #isFair(): boolean {
    const shares = this.#shares();
    const taken = shares.reduce((sum, share) => sum + share, 0);
    const isAll = taken === this.#options.stage.openShards.length;
    return isAll && Math.max(...shares) - Math.min(...shares) <= 1;
  }

  #shares(): readonly number[] {
    const { counts } = this.history;
    return [...this.#running.keys()].map((worker) => counts[worker] ?? 0);
  }

  #state(): string {
    const logs = [...this.#running].map(([worker, { log }]) => `${worker}: ${log}`);
    return [JSON.stringify(this.history.counts), ...logs].join("\n");
  }
}

/** Puts the same number of records in each moment, until it is stopped. */
export class Traffic {
  readonly #producer: Producer;
  readonly #stopping = new AbortController();
  readonly #done: Promise<void>;
  readonly failures: unknown[] = [];
  #put = 0;

  constructor(stage: Stage) {
    const kinesis = stage.emulator.clientConfig("kinesis");
    this.#producer = createProducer({ stream: STREAM, kinesis, logger: silentLogger });
    this.#done = this.#run();
    onTestFinished(async () => void (await this.stop()));
  }

  /** Answers how many records were put, when all of them are stored. */
  async stop(): Promise<number> {
    this.#stopping.abort();
    await this.#done;
    await this.#producer.close();
    return this.#put;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    for await (const _ of everySo(TICK_MS)) {
      if (signal.aborted) return;
      for (let count = 0; count < (RECORDS_A_SECOND * TICK_MS) / 1000; count += 1) this.#write();
    }
  }

  #write(): void {
    const { data, ...keys } = workpieceOf(this.#put);
    this.#put += 1;
    this.#producer.put({ ...keys, data: Buffer.from(data) }).catch((error) => {
      this.failures.push(error);
    });
  }
}
