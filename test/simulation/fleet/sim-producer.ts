// A simulated producer process: the real producer, put to at random in every way there is, each key's records numbered.
import {
  hashKeyOf,
  type KinesisApi,
  KinesisError,
  type Random,
  silentLogger,
  type UserRecord,
} from "@shardline/core";
import {
  createProducer,
  type Producer,
  type ProducerStats,
  type Receipt,
} from "@shardline/producer";
import type { Journal } from "../evidence/journal.ts";
import type { ProducerNews } from "../evidence/outcomes.ts";
import type { ShardNames } from "../evidence/shard-names.ts";
import { encodeRecord, simRecord, type SimRecord } from "../evidence/sim-record.ts";
import { drawDelayMs } from "../odds.ts";
import type { ProducerOdds } from "./producer-odds.ts";
import type { SimProcess } from "./sim-process.ts";

export interface SimProducerOptions {
  readonly process: SimProcess;
  readonly stream: string;
  readonly names: ShardNames;
  readonly kinesis: KinesisApi;
  readonly random: Random;
  readonly journal: Journal;
  readonly odds: ProducerOdds;
}

/** A record to be put, and what it is to the checkers. */
interface NextRecord {
  readonly record: SimRecord;
  readonly userRecord: UserRecord;
}

/** Puts come in bursts of up to so many. */
const MAX_BURST = 20;
/** Of a source that waits for room so many records wait at most; it loses others. */
const MAX_OWED = 2000;
/** Whoever takes a put back does so within this time. */
const MAX_PATIENCE_MS = 3000;
/** A deployment gives a producer so long to close; in a hurry less than this. */
const PATIENT_MS = 30_000;
const MAX_HURRY_MS = 2000;
/** Data and partition key, as large as a stream takes. */
const HUGE_BYTES = 1_048_576;

export class SimProducer {
  readonly process: SimProcess;
  readonly #options: SimProducerOptions;
  readonly #producer: Producer;
  readonly #numbers = new Map<string, number>();
  readonly #sources = new Set<Disposable>();
  /** Those of `putMany` that are at it. */
  readonly #pulling = new Set<Promise<void>>();
  /** Sizes of the records that a polite source has not put yet. */
  readonly #owed: number[] = [];
  #isFeeding = false;
  #finished: Promise<void> | undefined;
  #tellDone = (): void => undefined;
  /** When it was told to stop and has settled everything. */
  readonly done = new Promise<void>((resolve) => {
    this.#tellDone = resolve;
  });

  constructor(options: SimProducerOptions) {
    const { kinesis, odds, process, random, stream } = options;
    this.process = process;
    this.#options = options;
    this.#producer = createProducer({
      ...odds.options,
      stream,
      kinesis,
      clock: process,
      random,
      logger: silentLogger,
    });
    this.#listen();
    this.#scheduleBurst();
    if (odds.surge.records > 0) this.#scheduleSurge();
  }

  stats(): ProducerStats {
    return this.#producer.stats();
  }

  /** Puts no more; resolves when everything that was put is settled. */
  async finish(): Promise<void> {
    this.#finished ??= this.#finish((producer) => producer.flush());
    return this.#finished;
  }

  /** As a deployment does it: at times in a hurry, so that what is under way is given up. */
  stop(): void {
    const { random } = this.#options;
    const [isFlushed, isHurried] = [random.next() < 0.3, random.next() < 0.3];
    const timeoutMs = isHurried ? random.next() * MAX_HURRY_MS : PATIENT_MS;
    const close = async (producer: Producer): Promise<void> => {
      if (isFlushed) await producer.flush();
      else await producer.close({ timeoutMs });
    };
    this.#finished ??= this.#finish(close);
  }

  /** It hears of it when it runs. */
  async #finish(close: (producer: Producer) => Promise<unknown>): Promise<void> {
    await new Promise<void>((resolve) => this.process.startTimer(0, resolve));
    for (const source of this.#sources) source[Symbol.dispose]();
    this.#owed.length = 0;
    await Promise.all(this.#pulling);
    await close(this.#producer);
    const { failed, stored } = await this.#producer.close();
    this.#options.journal.write({ kind: "closed", process: this.process.name, stored, failed });
    this.#tellDone();
  }

  #listen(): void {
    const named = (ids: readonly string[]) => ids.map((id) => this.#nameOf(id));
    this.#producer.on("shardMapChanged", ({ added, removed }) =>
      this.#tell({ kind: "other shards", added: named(added), removed: named(removed) }),
    );
    this.#producer.on("distributionChanged", ({ distribution }) =>
      this.#tell({ kind: "other distribution", distribution }),
    );
  }

  #tell(news: ProducerNews): void {
    const localMs = this.process.nowMs();
    this.#options.journal.write({ kind: "told", process: this.process.name, localMs, news });
  }

  #scheduleBurst(): void {
    const { odds, random } = this.#options;
    const count = 1 + Math.floor(random.next() * MAX_BURST);
    const perSecond = odds.putsPerSecond / odds.producers;
    this.#after((count / perSecond) * 1000, () => {
      this.#bring(Array.from({ length: count }, () => this.#usualBytes()));
      this.#scheduleBurst();
    });
  }

  #scheduleSurge(): void {
    const { odds, random } = this.#options;
    const { bytes, everyMs, records } = odds.surge;
    this.#after(drawDelayMs(everyMs, random), () => {
      this.#bring(Array<number>(records).fill(bytes));
      this.#scheduleSurge();
    });
  }

  #after(delayMs: number, act: () => void): void {
    const source = this.process.startTimer(delayMs, () => {
      this.#sources.delete(source);
      act();
    });
    this.#sources.add(source);
  }

  #usualBytes(): number {
    const { odds, random } = this.#options;
    return random.next() < odds.huge ? HUGE_BYTES : odds.recordBytes;
  }

  /** Records of such sizes have come. */
  #bring(sizes: readonly number[]): void {
    const { isPolite, putMany } = this.#options.odds;
    if (this.#options.random.next() < putMany) {
      const pulling = this.#putMany(sizes).finally(() => this.#pulling.delete(pulling));
      this.#pulling.add(pulling);
    } else if (isPolite) void this.#feed(sizes);
    else for (const bytes of sizes) this.#put(bytes);
  }

  /** Asks for room before each; nobody else puts meanwhile, but for `putMany`, which asks as well. */
  async #feed(sizes: readonly number[]): Promise<void> {
    this.#owed.push(...sizes.slice(0, MAX_OWED - this.#owed.length));
    if (this.#isFeeding) return;
    this.#isFeeding = true;
    while (this.#owed.length > 0) {
      await this.#producer.ready();
      const bytes = this.#owed.shift();
      if (bytes !== undefined) this.#put(bytes);
    }
    this.#isFeeding = false;
  }

  #put(bytes: number): void {
    const { odds, random } = this.#options;
    const next = this.#next(bytes);
    if (random.next() < odds.written) {
      this.#producer.write(next.userRecord, (error, receipt) => {
        if (receipt === undefined) this.#noteFailed(next.record, error);
        else this.#noteStored(next.record, receipt);
      });
    } else this.#putOne(next, random.next() < odds.aborted);
  }

  #putOne({ record, userRecord }: NextRecord, isTakenBack: boolean): void {
    const stop = new AbortController();
    const timer = isTakenBack ? this.#abortSoon(stop) : undefined;
    this.#producer
      .put(userRecord, timer && { signal: stop.signal })
      .finally(() => timer?.[Symbol.dispose]())
      .then(
        (receipt) => this.#noteStored(record, receipt),
        (error: unknown) => this.#noteFailed(record, error),
      );
  }

  #abortSoon(stop: AbortController): Disposable {
    const patienceMs = this.#options.random.next() * MAX_PATIENCE_MS;
    return this.process.startTimer(patienceMs, () => stop.abort(new Error("taken back")));
  }

  async #putMany(sizes: readonly number[]): Promise<void> {
    const records: SimRecord[] = [];
    const pull = function* (this: SimProducer): Generator<UserRecord> {
      for (const bytes of sizes) {
        const { record, userRecord } = this.#next(bytes);
        records.push(record);
        yield userRecord;
      }
    };
    for await (const outcome of this.#producer.putMany(pull.call(this))) {
      const record = records.shift() as SimRecord;
      if (outcome.kind === "stored") this.#noteStored(record, outcome.receipt);
      else this.#noteFailed(record, outcome.error);
    }
  }

  /** The next record of a random key, which is put at once. */
  #next(minBytes: number): NextRecord {
    const { journal, odds, random } = this.#options;
    const { name } = this.process;
    const place = Math.floor(random.next() * odds.keys);
    const key = `${name}-${place}`;
    const number = this.#numbers.get(key) ?? 0;
    this.#numbers.set(key, number + 1);
    const record = simRecord(key, number);
    const data = encodeRecord(record, Math.min(minBytes, HUGE_BYTES - key.length));
    const bytes = data.length + key.length;
    journal.write({ kind: "put", process: name, localMs: this.process.nowMs(), record, bytes });
    const userRecord = { partitionKey: key, data };
    // Another place for all the records of a key, because order is kept by hash key.
    if (place >= odds.explicitKeys) return { record, userRecord };
    return { record, userRecord: { ...userRecord, explicitHashKey: hashKeyOf(`not ${key}`) } };
  }

  #nameOf(shardId: string): string {
    const { names, stream } = this.#options;
    return names.nameOf(shardId, stream);
  }

  #noteStored(record: SimRecord, given: Receipt): void {
    const { name } = this.process;
    const localMs = this.process.nowMs();
    const receipt = { ...given, shardId: this.#nameOf(given.shardId) };
    this.#options.journal.write({ kind: "stored", process: name, localMs, record, receipt });
  }

  #noteFailed(record: SimRecord, error: unknown): void {
    const code = KinesisError.is(error) ? error.code : String(error);
    const details = KinesisError.is(error) ? error.details : {};
    const mayHaveBeenWritten =
      "mayHaveBeenWritten" in details && details.mayHaveBeenWritten === true;
    const { name } = this.process;
    this.#options.journal.write({
      kind: "failed",
      process: name,
      record,
      code,
      mayHaveBeenWritten,
    });
  }
}
