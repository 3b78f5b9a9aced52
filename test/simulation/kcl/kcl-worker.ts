// A model of a worker of the KCL 2.7.2, as a process of a simulated world: its rules were read in its source and measured
// by test/interop. It shares nothing with the code under test but the ports. This is its Scheduler and its
// DynamoDBLeaseCoordinator: what runs when, and how it starts and ends.
import { setMaxListeners } from "node:events";
import type { Lease, LeaseTable } from "@shardline/consumer";
import { type KinesisApi, type Random, sleep } from "@shardline/core";
import type { SimProcess } from "../fleet/sim-process.ts";
import { LeaseCleanUp } from "./lease-clean-up.ts";
import type { KclRecord } from "./kcl-records.ts";
import { KclTable } from "./kcl-table.ts";
import { LeaderDecider } from "./leader-decider.ts";
import { type HeldLease, LeaseRenewer } from "./lease-renewer.ts";
import { LeaseTaker } from "./lease-taker.ts";
import { atFixedRate, forgiving, isThrownInJava, withFixedDelay } from "./repeat.ts";
import { type Application, DISPATCH_MS, ShardConsumer } from "./shard-consumer.ts";
import { ShardSync } from "./shard-sync.ts";

export interface KclWorkerOptions {
  readonly process: SimProcess;
  readonly stream: string;
  readonly kinesis: KinesisApi;
  readonly leaseTable: LeaseTable;
  readonly random: Random;
  readonly failoverMs: number;
  /** @defaultValue TRIM_HORIZON */
  readonly initialPosition?: "TRIM_HORIZON" | "LATEST";
  /** The application makes a checkpoint after so many user records. */
  readonly batchRecords: number;
  readonly deliver: Application;
  /** Told of the records of each aggregate of two shards. */
  readonly passedOver: (records: readonly KclRecord[], lease: Lease) => void;
  /** What becomes of leases. */
  readonly told: (what: "leaseTaken" | "leaseLost" | "shardEnded", shardId: string) => void;
}

/** `epsilonMillis`. */
const EPSILON_MS = 25;
const INITIALIZATION_TRIES = 20;
const INITIALIZATION_BACKOFF_MS = 1000;
/** Whoever finds no leases looks for so long, by chance, whether another worker makes them. */
const MIN_WAIT_FOR_LEASES_MS = 1000;
const MAX_WAIT_FOR_LEASES_MS = 30_000;
const BETWEEN_LOOKS_MS = 3000;
const CLEAN_UP_MS = 60_000;
const FIRST_AUDIT_MS = 60_000;
const AUDIT_MS = 120_000;
/** Whoever stops it waits no longer, because of a shard that has ended it would wait for ever. */
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
  /** By lease and token. */
  readonly #consumers = new Map<string, ShardConsumer>();
  #hasLed = false;
  #isStopping = false;
  #fail: (fault: unknown) => void = () => undefined;

  constructor(options: KclWorkerOptions) {
    const { failoverMs, initialPosition = "TRIM_HORIZON", kinesis, process, stream } = options;
    const clock = process;
    const worker = process.name;
    const { signal } = this.#end;
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
    const clock = this.process;
    const { signal } = this.#end;
    const { failoverMs } = this.#options;
    await this.#initialize();
    const renewals = { clock, signal, initialDelayMs: 0 };
    const renewalMs = Math.floor(failoverMs / 3) - EPSILON_MS;
    this.#start(atFixedRate({ ...renewals, delayMs: renewalMs }, () => this.#renewer.renewAll()));
    this.#start(atFixedRate({ ...renewals, delayMs: CLEAN_UP_MS }, () => this.#cleanUp.run()));
    const takes = { clock, signal: this.#endOfTaking.signal, initialDelayMs: 0 };
    const passMs = 2 * (failoverMs + EPSILON_MS);
    this.#start(withFixedDelay({ ...takes, delayMs: passMs }, () => this.#take()));
    const audits = { clock, signal, initialDelayMs: FIRST_AUDIT_MS, delayMs: AUDIT_MS };
    this.#start(withFixedDelay(audits, () => this.#audit()));
    const dispatch = { clock, signal, initialDelayMs: 0, delayMs: DISPATCH_MS };
    this.#start(withFixedDelay(dispatch, () => this.#dispatch()));
  }

  async #initialize(): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        await this.#table.ensure();
        if (await this.#shallMakeLeases()) await this.#sync.sync();
        await this.#renewer.initialize();
        return;
      } catch (error) {
        if (tries === INITIALIZATION_TRIES || !isThrownInJava(error)) throw error;
        await sleep(this.process, INITIALIZATION_BACKOFF_MS, this.#end.signal);
      }
    }
  }

  async #shallMakeLeases(): Promise<boolean> {
    const range = MAX_WAIT_FOR_LEASES_MS - MIN_WAIT_FOR_LEASES_MS;
    const waitMs = MIN_WAIT_FOR_LEASES_MS + this.#options.random.next() * range;
    const untilMs = this.process.nowMs() + waitMs;
    while (this.process.nowMs() < untilMs) {
      if ((await this.#table.list()).length > 0) return false;
      await sleep(this.process, BETWEEN_LOOKS_MS, this.#end.signal);
    }
    return true;
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

  /** One run of the loop that starts, looks after and ends the consumers of shards. */
  async #dispatch(): Promise<void> {
    const assigned = new Set<string>();
    for (const held of this.#renewer.held()) {
      const id = `${held.lease.key}#${held.token}`;
      assigned.add(id);
      const existing = this.#consumers.get(id);
      const isLost = existing?.isDone === true && existing.reason === "lease-lost";
      if (existing === undefined || isLost) this.#consumers.set(id, this.#consume(held));
    }
    for (const [id, consumer] of this.#consumers) {
      if (assigned.has(id)) continue;
      consumer.leaseLost();
      if (consumer.isDone) this.#consumers.delete(id);
    }
    this.#hasLed = await this.#leader.isLeader();
  }

  #consume(held: HeldLease): ShardConsumer {
    const { told } = this.#options;
    const { shardId } = held.lease;
    const consumer = new ShardConsumer({
      ...this.#options,
      held,
      table: this.#table,
      renewer: this.#renewer,
      cleanUp: this.#cleanUp,
      clock: this.process,
      signal: this.#end.signal,
    });
    this.#start(
      consumer.done.then(() => {
        told(consumer.reason === "shard-end" ? "shardEnded" : "leaseLost", shardId);
      }),
    );
    return consumer;
  }

  /** Takes no more, asks every consumer to end, waits a little, and ends the process. */
  async #shutDown(): Promise<void> {
    this.#endOfTaking.abort();
    const notified = [...this.#consumers.values()].map((consumer) => {
      consumer.shutdownRequested();
      return consumer.done;
    });
    await forgiving(async () => {
      await Promise.race([Promise.all(notified), sleep(this.process, GRACE_MS, this.#end.signal)]);
    });
    this.#end.abort();
  }
}
