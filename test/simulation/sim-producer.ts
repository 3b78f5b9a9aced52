// A simulated producer process: the real producer, put to at random, each key's records numbered.
import { type KinesisApi, KinesisError, silentLogger } from "@shardline/core";
import type { SeededRandom } from "@shardline/core/testing";
import { createProducer, type Producer } from "@shardline/producer";
import type { Journal } from "./journal.ts";
import type { SimProcess } from "./sim-process.ts";

export interface SimProducerOptions {
  readonly process: SimProcess;
  readonly stream: string;
  readonly kinesis: KinesisApi;
  readonly random: SeededRandom;
  readonly journal: Journal;
  readonly putsPerSecond: number;
}

const KEYS = 40;
/** Puts come in bursts of up to so many. */
const MAX_BURST = 20;

export class SimProducer {
  readonly #options: SimProducerOptions;
  readonly #producer: Producer;
  readonly #random: SeededRandom;
  readonly #numbers = new Map<string, number>();
  #nextBurst: Disposable | undefined;

  constructor(options: SimProducerOptions) {
    const { kinesis, process, random, stream } = options;
    this.#options = options;
    this.#random = random.fork();
    this.#producer = createProducer({
      stream,
      kinesis,
      recordTtlMs: Number.POSITIVE_INFINITY,
      clock: process,
      random: random.fork(),
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
    const { process, putsPerSecond } = this.#options;
    const count = 1 + Math.floor(this.#random.next() * MAX_BURST);
    this.#nextBurst = process.startTimer((count / putsPerSecond) * 1000, () => {
      for (let i = 0; i < count; i += 1) this.#put();
      this.#scheduleBurst();
    });
  }

  #put(): void {
    const { journal } = this.#options;
    const key = `key-${Math.floor(this.#random.next() * KEYS)}`;
    const number = this.#numbers.get(key) ?? 0;
    this.#numbers.set(key, number + 1);
    const record = { key, number };
    journal.write({ kind: "put", record });
    this.#producer.put({ partitionKey: key, data: JSON.stringify(record) }).then(
      ({ shardId }) => journal.write({ kind: "stored", record, shardId }),
      (error: unknown) => {
        const code = KinesisError.is(error) ? error.code : String(error);
        journal.write({ kind: "failed", record, code });
      },
    );
  }
}
