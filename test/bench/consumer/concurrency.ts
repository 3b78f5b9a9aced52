// What handlers side by side come to: one shard with a thousand keys, a handler that waits, and how long a record takes
// from the first call to the last return.
import { AggregateBuilder } from "@shardline/aggregation";
import { type ConsumerOptions, createConsumer, MemoryLeaseTable } from "@shardline/consumer";
import { systemClock, systemRandom } from "@shardline/core";
import { Emulator } from "@shardline/emulator";
import type { Comparison, Goal } from "../suite.ts";

const HANDLER_MS = 10;
const KEYS = 1000;
const STREAM = "bench";

interface Contestant {
  readonly name: string;
  readonly options: Pick<ConsumerOptions, "concurrency" | "ordering">;
  /** Of one sample: about a second. */
  readonly rounds: number;
  readonly perRound: number;
}

const ONE: Contestant = { name: "concurrency 1", options: {}, rounds: 1, perRound: 100 };
const MANY: Contestant = {
  name: "concurrency 64",
  options: { concurrency: 64, ordering: "partition-key" },
  rounds: 6,
  perRound: KEYS,
};

const GOAL: Goal = {
  id: "concurrency.64",
  what: "time of a record, concurrency 1 as a multiple of concurrency 64",
  direction: "higher",
  of: MANY.name,
  against: ONE.name,
  must: 40,
  stretch: 58,
};

/** The goal on `concurrency: 64`. */
export function concurrencyComparison(): Comparison {
  return {
    title: `one shard, ${KEYS} keys, a handler of ${HANDLER_MS} ms`,
    unit: "ms per record",
    variants: [ONE, MANY].map((contestant) => ({
      name: contestant.name,
      role: "ours" as const,
      sample: () => msPerRecord(contestant),
    })),
    goals: [GOAL],
    // Every sample looks at the order of each key.
    check: () => {},
  };
}

async function msPerRecord({ options, perRound, rounds }: Contestant): Promise<number> {
  const emulator = new Emulator({
    clock: systemClock,
    random: systemRandom,
    streams: { [STREAM]: 1 },
  });
  const ending = new AbortController();
  await putRounds(emulator, rounds, perRound, ending.signal);
  const handled = new Map<string, number>();
  let [left, startedAtMs, endedAtMs] = [rounds * perRound, 0, 0];
  const consumer = createConsumer({
    application: "bench",
    stream: STREAM,
    startAt: "TRIM_HORIZON",
    kinesis: emulator.kinesis(),
    leaseTable: new MemoryLeaseTable(),
    ...options,
    processRecord: async ({ data, partitionKey = "" }) => {
      if (startedAtMs === 0) startedAtMs = systemClock.nowMs();
      const round = data[0] ?? 0;
      if ((handled.get(partitionKey) ?? 0) !== round) throw new Error("a key is out of order");
      await new Promise((resolve) => setTimeout(resolve, HANDLER_MS));
      handled.set(partitionKey, round + 1);
      left -= 1;
      if (left > 0) return;
      endedAtMs = systemClock.nowMs();
      ending.abort();
    },
  });
  let failure: { readonly error: unknown } | undefined;
  consumer.on("batchFailed", ({ error }) => {
    failure = { error };
    ending.abort();
  });
  await consumer.run({ signal: ending.signal });
  emulator.close();
  if (failure !== undefined) throw failure.error;
  return (endedAtMs - startedAtMs) / (rounds * perRound);
}

/** In each round one record of each key, in one aggregate. */
async function putRounds(
  emulator: Emulator,
  rounds: number,
  keys: number,
  signal: AbortSignal,
): Promise<void> {
  const kinesis = emulator.kinesis();
  for (let round = 0; round < rounds; round += 1) {
    const builder = new AggregateBuilder();
    for (let key = 0; key < keys; key += 1) {
      builder.add(`key-${key}`, undefined, new Uint8Array([round]));
    }
    const entries = [{ partitionKey: "a", data: builder.encode() }];
    await kinesis.putRecords({ stream: { name: STREAM }, entries }, signal);
  }
}
