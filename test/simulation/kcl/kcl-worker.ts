// A model of a worker of the KCL 2.7.2, as a process of a simulated world: its rules were read in its source and measured
// by test/interop. It shares nothing with the code under test but the ports. This is its Scheduler and its
// DynamoDBLeaseCoordinator: what runs when, and how it starts and ends.
import { setMaxListeners } from "node:events";
import type { LeaseTable } from "@shardline/consumer";
import { type KinesisApi, type Random, sleep } from "@shardline/core";
import type { SimProcess } from "../fleet/sim-process.ts";
import { initialize } from "./initialization.ts";
import { KclTable } from "./kcl-table.ts";
import { LeaderDecider } from "./leader-decider.ts";
import { LeaseCleanUp } from "./lease-clean-up.ts";
import { LeaseRenewer } from "./lease-renewer.ts";
import { LeaseTaker } from "./lease-taker.ts";
import type { RecordProcessorOptions } from "./record-processor.ts";
import { atFixedRate, type Repetition, withFixedDelay } from "./repeat.ts";
import { DISPATCH_MS } from "./shard-consumer.ts";
import { ShardConsumers } from "./shard-consumers.ts";
import { ShardSync } from "./shard-sync.ts";

export interface KclWorkerOptions
  extends Pick<RecordProcessorOptions, "batchRecords" | "deliver" | "passedOver"> {
  readonly process: SimProcess;
  readonly stream: string;
  readonly kinesis: KinesisApi;
  readonly leaseTable: LeaseTable;
  readonly random: Random;
  readonly failoverMs: number;
  /** @defaultValue TRIM_HORIZON */
  readonly initialPosition?: "TRIM_HORIZON" | "LATEST";
  /** What becomes of leases. */
  readonly told: (what: "leaseTaken" | "leaseLost" | "shardEnded", shardId: string) => void;
}

/** `epsilonMillis`. */
const EPSILON_MS = 25;
/** `leaseCleanupIntervalMillis`. */
const CLEAN_UP_MS = 60_000;
/** `leasesRecoveryAuditorExecutionFrequencyMillis`, and the delay before. */
const AUDIT_MS = 120_000;
const FIRST_AUDIT_MS = 60_000;
/** Whoever stops it waits no longer. */
const GRACE_MS = 10_000;

export class KclWorker {
  readonly process: SimProcess;
  readonly done: Promise<void>;
  readonly #options: KclWorkerOptions;
  readonly #end = new AbortController();
  readonly #endOfTaking = new AbortController();
  readonly #table: KclTable;
  readonly #taker: LeaseTaker;
  readonly #renewer: LeaseRenewer;
  readonly #leader: LeaderDecider;
  readonly #sync: ShardSync;
  readonly #cleanUp: LeaseCleanUp;
  readonly #consumers: ShardConsumers;
  #hasLed = false;
  #isStopping = false;
  #fail: (fault: unknown) => void = () => undefined;

  constructor(options: KclWorkerOptions) {
    const {
      failoverMs,
      initialPosition = "TRIM_HORIZON",
      kinesis,
      process,
      stream,
      told,
    } = options;
    const { signal } = this.#end;
    const [clock, worker] = [process, process.name];
    const table = new KclTable(options.leaseTable, signal);
    const start = (work: Promise<unknown>): void => this.#start(work);
    // As many as it has threads, and each pauses until it ends.
    setMaxListeners(Number.POSITIVE_INFINITY, signal);
    this.process = process;
    this.#options = options;
    this.#table = table;
    this.#taker = new LeaseTaker({ worker, table, clock, random: options.random, failoverMs });
    this.#renewer = new LeaseRenewer({ worker, table, clock, failoverMs });
    this.#leader = new LeaderDecider({ worker, table, clock, signal, start });
    const reading = { stream, kinesis, table, clock, signal };
    this.#sync = new ShardSync({ ...reading, initialPosition, start });
    this.#cleanUp = new LeaseCleanUp(reading);
    const ending = { renewer: this.#renewer, cleanUp: this.#cleanUp };
    this.#consumers = new ShardConsumers({
      parts: { ...options, ...reading, ...ending },
      start,
      told,
    });
    this.done = this.#run();
  }

  /** In good order, as far as it goes; the leases keep its name. */
  stop(): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    // By a timer, because a process that stands still does not hear of it.
    this.process.startTimer(0, () => this.#start(this.#shutDown()));
  }

  async #run(): Promise<void> {
    const fault = new Promise<never>((_, reject) => {
      this.#fail = reject;
    });
    const ended = new Promise<void>((resolve) => {
      this.#end.signal.addEventListener("abort", () => resolve(), { once: true });
    });
    this.#start(this.#work());
    try {
      await Promise.race([fault, ended]);
    } finally {
      this.#end.abort();
      this.process.kill();
    }
  }

  /** Runs until the worker ends; any fault of the model ends it. */
  #start(work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      const isEnd = this.#end.signal.aborted || error === this.#endOfTaking.signal.reason;
      if (!isEnd) this.#fail(error);
    });
  }

  async #work(): Promise<void> {
    const { process: clock } = this;
    const { failoverMs, random } = this.#options;
    const { signal } = this.#end;
    const [table, renewer, sync] = [this.#table, this.#renewer, this.#sync];
    await initialize({ table, renewer, sync, clock, random, signal });
    const every = (delayMs: number, initialDelayMs = 0): Repetition => {
      return { clock, signal, delayMs, initialDelayMs };
    };
    const passes = { ...every(2 * (failoverMs + EPSILON_MS)), signal: this.#endOfTaking.signal };
    const renewals = every(Math.floor(failoverMs / 3) - EPSILON_MS);
    this.#start(withFixedDelay(passes, () => this.#take()));
    this.#start(atFixedRate(renewals, () => renewer.renewAll()));
    this.#start(atFixedRate(every(CLEAN_UP_MS), () => this.#cleanUp.run()));
    this.#start(withFixedDelay(every(AUDIT_MS, FIRST_AUDIT_MS), () => this.#audit()));
    this.#start(withFixedDelay(every(DISPATCH_MS), () => this.#dispatch()));
  }

  async #take(): Promise<void> {
    const taken = await this.#taker.takeLeases();
    if (this.#end.signal.aborted) return;
    this.#renewer.add(taken);
    for (const { lease } of taken) this.#options.told("leaseTaken", lease.shardId);
  }

  async #audit(): Promise<void> {
    if ((await this.#leader.isLeader()) && this.#hasLed) await this.#sync.audit();
  }

  async #dispatch(): Promise<void> {
    this.#consumers.attend(this.#renewer.held());
    this.#hasLed = await this.#leader.isLeader();
  }

  /** Takes no more, asks every consumer to end, waits a little, and ends the process. */
  async #shutDown(): Promise<void> {
    this.#endOfTaking.abort();
    const grace = sleep(this.process, GRACE_MS, this.#end.signal);
    await Promise.race([this.#consumers.shutDown(), grace]);
    this.#end.abort();
  }
}
