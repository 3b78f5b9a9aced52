// Where a world plays: one clock, a journal and its checkers, the emulator and a lease table with what watches them, a
// network before them; and how the processes come into being that use them.
import type { KinesisApi, Shard } from "@shardline/core";
import { type SeededRandom, VirtualClock } from "@shardline/core/testing";
import { Emulator } from "@shardline/emulator";
import { checkersOfLife, laneCheckersOf, lastingCheckersOf, type WorldView } from "./checkers.ts";
import type { LiveProducer } from "./checkers/producer-memory.ts";
import { askedLeaseTable } from "./evidence/asked-lease-table.ts";
import { watchedUnderNames } from "./evidence/named-reads.ts";
import { NamedStreams } from "./evidence/named-streams.ts";
import { ShardNames, simStreams } from "./evidence/shard-names.ts";
import { type Checker, Journal } from "./evidence/journal.ts";
import { RunningWorkers } from "./evidence/running-workers.ts";
import { StoredRecords } from "./evidence/stored-records.ts";
import { WORLD } from "./evidence/story.ts";
import { StreamLives } from "./evidence/stream-lives.ts";
import { WatchedCalls } from "./evidence/watched-calls.ts";
import { WatchedKinesis } from "./evidence/watched-kinesis.ts";
import { WatchedLeaseTable } from "./evidence/watched-lease-table.ts";
import { watchReads } from "./evidence/watched-reads.ts";
import { FaultCounts } from "./faults/fault-counts.ts";
import { withStaleListingsCounted } from "./faults/kinesis-faults.ts";
import { LONGEST_CALL_MS, Network } from "./faults/network.ts";
import { OpenSubscriptions } from "./faults/open-subscriptions.ts";
import { StreamRoster } from "./faults/stream-roster.ts";
import { runBesideWire, WiredKinesis } from "./faults/wired-kinesis.ts";
import { drawDrift } from "./fleet/fleet.ts";
import { SimProcess } from "./fleet/sim-process.ts";
import { SimProducer } from "./fleet/sim-producer.ts";
import { startWorker, type Worker } from "./fleet/worker.ts";
import type { Odds } from "./odds.ts";

export const STREAM = "orders";
/** Those of a world that has many. */
const STREAMS = [STREAM, "invoices", "returns"] as const;
export const FAILOVER_MS = 10_000;

/** What services and processes go by; what befalls them is no matter of theirs. */
export type StageOdds = Omit<Odds, "incidents" | "recreation">;

interface StageParts {
  readonly odds: StageOdds;
  /** Also for whatever else a world draws. */
  readonly random: SeededRandom;
  /** The only checker that counts; all do unless it is given. */
  readonly heeded?: string | undefined;
}

/** Those of whom checkers have to know more than the journal says. */
export interface Cast {
  /** Whether a process was not killed. */
  readonly isAlive: (process: string) => boolean;
  /** Those that were not killed. */
  readonly producers: () => readonly LiveProducer[];
}

export class Stage {
  readonly clock: VirtualClock = new VirtualClock();
  readonly faults: FaultCounts = new FaultCounts();
  readonly stored: StoredRecords = new StoredRecords();
  readonly journal: Journal;
  readonly network: Network;
  readonly emulator: Emulator;
  readonly table: WatchedLeaseTable;
  readonly lives: StreamLives;
  readonly names: ShardNames;
  readonly roster: StreamRoster;
  readonly workers: RunningWorkers = new RunningWorkers((process) => process.startsWith("worker-"));
  readonly streams: NamedStreams;
  readonly subscriptions: OpenSubscriptions = new OpenSubscriptions();
  readonly #odds: StageOdds;
  readonly #random: SeededRandom;
  /** The way of the processes' calls to the emulator, in worlds that have one. */
  readonly #wire: WiredKinesis | undefined;
  readonly #kinesis: WatchedKinesis;
  readonly #calls: WatchedCalls;
  readonly #processes = new Map<string, SimProcess>();

  constructor({ heeded, odds, random }: StageParts) {
    const { clock, faults } = this;
    const { kinesis, network, push, streams, table, wire } = odds;
    const names = STREAMS.slice(0, streams.streams);
    this.#odds = odds;
    this.#random = random;
    this.journal = new Journal(() => clock.nowMs(), heeded);
    this.network = new Network({ odds: network, push, random: random.fork(), clock, faults });
    this.emulator = new Emulator({
      clock,
      random: random.fork(),
      limits: "aws",
      streams: Object.fromEntries(names.map((name) => [name, streamOf(kinesis)])),
      transitions: { updateMs: kinesis.updateMs, consumerMs: push.consumerMs },
    });
    const { accountId } = this.emulator.caller;
    this.names = new ShardNames(simStreams(names, accountId, clock.wallTimeMs()));
    this.streams = new NamedStreams(this.names, () => this.workers.names);
    this.roster = this.#newRoster(random);
    this.#wire = wire.form === "none" ? undefined : new WiredKinesis(this.emulator, wire.form);
    this.#kinesis = this.#watchedKinesis();
    this.#calls = new WatchedCalls(this.journal);
    this.table = new WatchedLeaseTable(table, clock, random.fork(), this.journal);
    this.lives = new StreamLives(this.stored, this.table);
  }

  /** From here on every invariant is held. */
  check(cast: Cast): void {
    const view = this.#viewOf(cast);
    const viewOfLife = { ...view, table: this.lives.table };
    const ofLife = (): readonly Checker[] => checkersOfLife(viewOfLife);
    this.journal.watch(...lastingCheckersOf(view), this.lives);
    this.#watchLife([...laneCheckersOf(viewOfLife), ...ofLife()]);
    this.journal.watch({
      name: "next life",
      sights: { reborn: () => this.#watchLife(ofLife()) },
    });
  }

  /** The stream was created again under its name, at some time in epoch seconds. */
  beginAnew(streamEpoch: number): void {
    this.#kinesis.beginAnew();
    this.journal.write({ kind: "reborn", process: WORLD, streamEpoch });
  }

  /** Fires timer after timer, until a time or a condition. */
  async runUntil(atMs: number, isDone: () => boolean): Promise<void> {
    await runBesideWire(this.clock, this.#wire, atMs, isDone);
  }

  /** Of the kind that it is named after; `mayEndWith`: with which errors, of itself. */
  startWorker(name: string, mayEndWith: (error: unknown) => boolean = () => false): Worker {
    const { application, concurrency, fleet, handlers, producers, reading } = this.#odds;
    const process = this.#startProcess(name);
    const kinesis = this.#kinesisOf(process);
    const leaseTable = this.network.between(process, "leases", this.table.of(name));
    return startWorker({
      process,
      stream: STREAM,
      streams: this.#odds.streams.streams > 1 ? this.roster.optionOf(process) : undefined,
      names: this.names,
      kinesis: watchedUnderNames(kinesis, this.names, (port) =>
        watchReads(port, process, this.journal),
      ),
      leaseTable: askedLeaseTable(leaseTable, process, this.journal),
      random: this.#random.fork(),
      journal: this.journal,
      faults: this.faults,
      failoverMs: FAILOVER_MS,
      batchRecords: fleet.batchRecords,
      keys: producers.producers * producers.keys,
      application,
      handlers,
      concurrency,
      reading,
      mayEndWith,
    });
  }

  /** Puts to one of the streams. */
  startProducer(name: string, stream: string = STREAM): SimProducer {
    const process = this.#startProcess(name);
    const port = this.#kinesisOf(process);
    return new SimProducer({
      process,
      stream,
      names: this.names,
      kinesis: this.#calls.of(process, port),
      random: this.#random.fork(),
      journal: this.journal,
      odds: this.#odds.producers,
    });
  }

  /** Those of all streams, under their names. */
  shards(): readonly Shard[] {
    const { streams } = this.names;
    return streams.flatMap((stream) =>
      this.names.shardsOf(stream, this.emulator.shards(stream.name)),
    );
  }

  #newRoster(random: SeededRandom): StreamRoster {
    const { application, streams: odds } = this.#odds;
    return new StreamRoster({
      odds,
      startAt: application.startAt,
      streams: this.names.streams,
      // In worlds of one stream nothing is drawn for it.
      random: odds.streams > 1 ? random.fork() : random,
      journal: this.journal,
      faults: this.faults,
    });
  }

  #startProcess(name: string): SimProcess {
    const process = new SimProcess(name, this.clock, drawDrift(this.#odds.fleet, this.#random));
    this.#processes.set(name, process);
    this.journal.write({ kind: "life", process: name, what: "started", forMs: 0 });
    return process;
  }

  #viewOf(cast: Cast): WorldView {
    const { concurrency, handlers, kcl, kinesis, network, producers, reading, streams, table } =
      this.#odds;
    return {
      ...cast,
      ...reading,
      maxStaleMs: table.maxStaleMs,
      roundTripMs: 2 * network.maxLatencyMs,
      producerOdds: producers,
      handlers,
      concurrency,
      isServiceManaged: kinesis.isServiceManaged,
      longestCallMs: LONGEST_CALL_MS,
      clock: this.clock,
      table: this.table,
      stored: this.stored,
      workers: this.workers,
      streams: this.streams,
      streamOdds: streams,
      isReadNow: (place) => this.lives.isReadNow(place),
      shards: () => this.#placedShards(),
      isOursAlone: kcl.workers === 0,
      failoverMs: FAILOVER_MS,
      ownTimeMs: (process) => this.#processes.get(process)?.nowMs() ?? 0,
    };
  }

  #watchLife(checkers: readonly Checker[]): void {
    this.journal.watch(...this.lives.duringThisLife(checkers));
  }

  #kinesisOf(process: SimProcess): KinesisApi {
    const port = this.#kinesis.of(process.name);
    const shardsNow = (stream: string) => this.emulator.shards(stream);
    const counted = withStaleListingsCounted(port, shardsNow, this.faults);
    return this.network.between(process, "kinesis", this.subscriptions.between(counted));
  }

  #watchedKinesis(): WatchedKinesis {
    const { emulator, names } = this;
    const storedAfter = (shardName: string, last: string | undefined) =>
      emulator.recordsAfter(names.streamOf(shardName).name, names.idOf(shardName), last);
    return new WatchedKinesis({
      kinesis: this.#wire?.api ?? this.emulator.kinesis(),
      shardsNow: () => this.#placedShards(),
      names,
      ...(this.#wire === undefined ? {} : { storedAfter }),
      journal: this.journal,
    });
  }

  /** Where the service places records, nobody is told of ranges, and nobody goes by them. */
  #placedShards(): readonly Shard[] {
    const shards = this.shards();
    if (!this.#odds.kinesis.isServiceManaged) return shards;
    return shards.map(({ shardId, startingSequenceNumber }) => ({
      shardId,
      startingSequenceNumber,
    }));
  }
}

function streamOf({
  isServiceManaged,
  shards,
}: Odds["kinesis"]): number | { readonly shards: number; readonly distribution: "AUTO" } {
  return isServiceManaged ? { shards, distribution: "AUTO" } : shards;
}
