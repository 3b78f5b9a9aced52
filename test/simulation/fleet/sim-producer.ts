// A simulated producer process: the real producer, put to at random, each key's records numbered.
import { type KinesisApi, KinesisError, type Random, silentLogger } from "@shardline/core";
import { createProducer, type Producer } from "@shardline/producer";
import type { Journal } from "../evidence/journal.ts";
import { encodeRecord } from "../evidence/sim-record.ts";
import type { ProducerOdds } from "../odds.ts";
import type { SimProcess } from "./sim-process.ts";

export interface SimProducerOptions {
  readonly process: SimProcess;
  readonly stream: string;
  readonly kinesis: KinesisApi;
  readonly random: Random;
  readonly journal: Journal;
  readonly odds: ProducerOdds;
}

const KEYS = 40;
/** Puts come in bursts of up to so many. */
const MAX_BURST = 20;

export class SimProducer {
  readonly process: SimProcess;
  readonly #options: SimProducerOptions;
  readonly #producer: Producer;
  readonly #numbers = new Map<string, number>();
  #nextBurst: Disposable | undefined;

  constructor(options: SimProducerOptions) {
    const { kinesis, odds, process, random, stream } = options;
    this.process = process;
    this.#options = options;
    this.#producer = createProducer({
      stream,
      kinesis,
      recordTtlMs: odds.recordTtlMs,
      buffer: { maxRecords: odds.bufferRecords },
      clock: process,
      random,
      logger: silentLogger,
    });
    this.#scheduleBurst();
  }

  /** Puts no more; resolves when everything that was put is settled. */
  async finish(): Promise<void> {
    this.#nextBurst?.[Symbol.dispose]();
    await this.#producer.flush();
    await this.#producer.close();
  }

  #scheduleBurst(): void {
    const { odds, process, random } = this.#options;
    const count = 1 + Math.floor(random.next() * MAX_BURST);
    const perSecond = odds.putsPerSecond / odds.producers;
    this.#nextBurst = process.startTimer((count / perSecond) * 1000, () => {
      for (let i = 0; i < count; i += 1) this.#put();
      this.#scheduleBurst();
    });
  }

  #put(): void {
    const { journal, odds, random } = this.#options;
    const { name } = this.process;
    const key = `${name}-${Math.floor(random.next() * KEYS)}`;
    const number = this.#numbers.get(key) ?? 0;
    this.#numbers.set(key, number + 1);
    const record = { key, number };
    const data = encodeRecord(record, odds.recordBytes);
    journal.write({ kind: "put", process: name, record });
    this.#producer.put({ partitionKey: key, data }).then(
      ({ sequenceNumber, shardId }) =>
        journal.write({ kind: "stored", process: name, record, shardId, sequenceNumber }),
      (error: unknown) => {
        const code = KinesisError.is(error) ? error.code : String(error);
        journal.write({ kind: "failed", process: name, record, code });
      },
    );
  }
}
