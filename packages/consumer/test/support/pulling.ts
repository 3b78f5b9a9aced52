// A consumer whose batches are pulled by hand.
import type { Logger } from "@shardline/core";
import { SeededRandom } from "@shardline/core/testing";
import { type Consumer, createConsumer } from "../../src/consumer.ts";
import type { PulledBatch } from "../../src/handling/pull-desk.ts";
import type { ConsumerOptions } from "../../src/options.ts";
import type { RunOptions } from "../../src/run-options.ts";
import { type Fleet, STREAM } from "./fleet.ts";
import { textOf } from "./kinesis-records.ts";
import { type Tracked, track } from "./promises.ts";

const nothing = (): void => undefined;
const SILENCE: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };

export interface Pulling {
  readonly consumer: Consumer;
  /** Pulls and gives it a second. */
  readonly pull: () => Promise<Tracked<IteratorResult<PulledBatch, void>>>;
  /** The batch of a pull that has come. */
  readonly next: () => Promise<PulledBatch>;
  /** Leaves the loop. */
  readonly leave: () => Tracked<unknown>;
  readonly ending: AbortController;
}

export function pullFrom(
  fleet: Fleet,
  options: Partial<ConsumerOptions> = {},
  run: RunOptions = {},
): Pulling {
  const consumer = createConsumer({
    application: "billing",
    stream: STREAM,
    startAt: "TRIM_HORIZON",
    workerId: "puller",
    logger: SILENCE,
    clock: fleet.clock,
    random: new SeededRandom(7),
    kinesis: fleet.kinesis,
    leaseTable: fleet.table,
    ...options,
  });
  const ending = new AbortController();
  const batches = consumer.batches({ signal: ending.signal, ...run });
  const pull = async () => {
    const pulled = track(batches.next());
    await fleet.clock.advance(1000);
    return pulled;
  };
  return {
    consumer,
    ending,
    pull,
    leave: () => track(batches.return()),
    next: async () => {
      const pulled = (await pull()).value();
      if (pulled.done === true) throw new Error("the iteration has ended");
      return pulled.value;
    },
  };
}

/** What is in a batch. */
export function textsOf({ records }: PulledBatch): string {
  return records.map(textOf).join("+");
}
