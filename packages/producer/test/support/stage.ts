// A producer against the emulator in the same process, on a clock that stands still until a test moves it.
import { type KinesisApi, silentLogger, type UserRecord } from "@shardline/core";
import { SeededRandom, type VirtualClock } from "@shardline/core/testing";
import { Emulator } from "@shardline/emulator";
import {
  createProducer,
  type Producer,
  type ProducerOptions,
  type Receipt,
} from "@shardline/producer";
import { onTestFinished } from "vitest";
import { type Interceptors, intercept } from "../../../../test/support/intercept.ts";
import { quietClock } from "../../../../test/support/quiet-clock.ts";
import { type ReadRecord, readAsKcl } from "./kcl-reader.ts";

export const STREAM = { name: "orders" };

/** What a test says about its stage. */
export interface StageOptions {
  /** @defaultValue 4 */
  readonly shards?: number;
  /** Stands between the producer and the emulator. */
  readonly faults?: (clock: VirtualClock) => Interceptors<KinesisApi>;
  readonly limits?: "off" | "aws";
  readonly producer?: Partial<ProducerOptions>;
  readonly seed?: number;
}

/** What became of a put. */
export type Outcome =
  | { readonly kind: "stored"; readonly receipt: Receipt }
  | { readonly kind: "failed"; readonly error: Error & { code: string; details: never } };

export class Stage {
  readonly clock: VirtualClock = quietClock();
  readonly kinesis: KinesisApi;
  readonly emulator: Emulator;
  readonly producer: Producer;
  readonly events: { readonly type: string; readonly payload: object }[] = [];
  /** How many PutRecords calls were made, and with how many entries each. */
  readonly calls: number[] = [];

  constructor(options: StageOptions) {
    const random = new SeededRandom(options.seed ?? 1);
    this.emulator = new Emulator({
      clock: this.clock,
      random: random.fork(),
      limits: options.limits ?? "off",
      streams: { [STREAM.name]: options.shards ?? 4 },
    });
    this.kinesis = this.emulator.kinesis();
    const counted = intercept(this.kinesis, {
      putRecords: (next, request, signal) => {
        this.calls.push(request.entries.length);
        return next(request, signal);
      },
    });
    this.producer = createProducer({
      stream: STREAM.name,
      kinesis: intercept(counted, options.faults?.(this.clock) ?? {}),
      clock: this.clock,
      random: random.fork(),
      logger: silentLogger,
      ...options.producer,
    });
    for (const type of EVENTS) {
      this.producer.on(type, (payload) => this.events.push({ type, payload }));
    }
  }

  /** Puts a record; the outcome is collected, never thrown. */
  put(record: UserRecord): Promise<Outcome> {
    return this.producer.put(record).then(
      (receipt) => ({ kind: "stored", receipt }) as const,
      (error: unknown) => ({ kind: "failed", error: error as never }) as const,
    );
  }

  /** Moves time on until a promise settles. */
  async until<T>(promise: Promise<T>, limitMs = 3_600_000): Promise<T> {
    let isSettled = false;
    const settle = (): void => {
      isSettled = true;
    };
    promise.then(settle, settle);
    const deadlineMs = this.clock.nowMs() + limitMs;
    await this.clock.advance(0);
    while (!isSettled && this.clock.nextTimerAtMs <= deadlineMs) await this.clock.fireNext();
    if (!isSettled) throw new Error(`not settled after ${limitMs} ms`);
    return promise;
  }

  /** Moves time on until every put is settled. */
  outcomes(puts: readonly Promise<Outcome>[]): Promise<Outcome[]> {
    return this.until(Promise.all(puts));
  }

  /** Everything in the stream, as a worker of the KCL reads it. */
  stored(): readonly ReadRecord[] {
    return readAsKcl(this.emulator.inspect(STREAM.name));
  }

  /** Kinesis records of all shards. */
  carriers(): number {
    const shards = this.emulator.inspect(STREAM.name)?.shards ?? [];
    return shards.reduce((sum, { records }) => sum + records.length, 0);
  }

  seen(type: string): object[] {
    return this.events.flatMap((event) => (event.type === type ? [event.payload] : []));
  }
}

const EVENTS = [
  "shardMapChanged",
  "shardMapFailed",
  "callAnswered",
  "callFailed",
  "throttled",
  "misplaced",
  "troubled",
  "recovered",
  "recordsFailed",
  "closed",
] as const;

/** Sets a stage; the producer is closed and the emulator gone when the test is over. */
export function setStage(options: StageOptions = {}): Stage {
  const stage = new Stage(options);
  onTestFinished(async () => {
    await stage.until(stage.producer.close({ timeoutMs: 0 }));
    stage.emulator.close();
  });
  return stage;
}
