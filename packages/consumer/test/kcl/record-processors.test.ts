// Record processors of aws-kcl in a consumer, on the virtual clock with the emulator behind them.
import {
  type CompleteCallback,
  fromRecordProcessor,
  type ProcessorCheckpointer,
  type ProcessRecordsInput,
  type ShardRecordProcessor,
} from "@shardline/consumer/kcl";
import { KinesisError } from "@shardline/core";
import { expect, test } from "vitest";
import { Fleet, type WorkerSetup } from "../support/fleet.ts";
import { aggregateOf } from "../support/kinesis-records.ts";
import { positionOf, shardIdOf } from "../support/leases.ts";
import { newGate } from "../support/promises.ts";

type Overrides = Partial<ShardRecordProcessor>;

const text = ({ data }: { readonly data: string }): string =>
  Buffer.from(data, "base64").toString();

interface Noted {
  /** What the processors heard, in order, each with its number. */
  readonly calls: string[];
  readonly setup: WorkerSetup;
}

/** Processors that call back, as the sample of aws-kcl does, and checkpoint where one must. */
function noting(own: Overrides = {}): Noted {
  const calls: string[] = [];
  let count = 0;
  const create = (): ShardRecordProcessor => {
    count += 1;
    const name = count;
    const noted = (call: string): void => void calls.push(`${name} ${call}`);
    return {
      initialize({ sequenceNumber, shardId }, done) {
        noted(`initialize ${shardId} ${sequenceNumber}`);
        done();
      },
      leaseLost(_, done) {
        noted("leaseLost");
        done();
      },
      shardEnded({ checkpointer }, done) {
        noted("shardEnded");
        void checkpointer.checkpoint(done);
      },
      shutdownRequested({ checkpointer }, done) {
        noted("shutdownRequested");
        void checkpointer.checkpoint(done);
      },
      ...own,
      processRecords(input, done) {
        noted(`processRecords ${input.records.map(text).join(" ")}`);
        if (own.processRecords === undefined) done();
        else return own.processRecords(input, done);
        return undefined;
      },
    };
  };
  return { calls, setup: fromRecordProcessor(create) };
}

test("aws-kcl records: data in base64, numbers as numbers, and nothing that it has not", async () => {
  const fleet = new Fleet(1);
  await fleet.putData(
    aggregateOf([
      { key: "a", text: "one" },
      { key: "b", text: "two" },
    ]),
  );
  const seen: ProcessRecordsInput[] = [];
  const { setup } = noting({
    processRecords(input, done) {
      seen.push(input);
      done();
    },
  });
  fleet.start("a", setup);
  await fleet.clock.advance(1500);
  const [{ millisBehindLatest, records, signal } = {} as ProcessRecordsInput] = seen;
  const sequenceNumber = expect.stringMatching(/^\d+$/) as string;
  const approximateArrivalTimestamp = fleet.emulatorStartMs;
  expect(records).toEqual([
    {
      data: "b25l",
      partitionKey: "a",
      sequenceNumber,
      subSequenceNumber: 0,
      approximateArrivalTimestamp,
    },
    {
      data: "dHdv",
      partitionKey: "b",
      sequenceNumber,
      subSequenceNumber: 1,
      approximateArrivalTimestamp,
    },
  ]);
  expect([millisBehindLatest, signal.aborted]).toEqual([0, false]);
});

test("one processor serves one shard under one lease, from initialize to leaseLost", async () => {
  const fleet = new Fleet(2);
  await fleet.put(["x"]);
  const { calls, setup } = noting();
  const a = fleet.start("a", setup);
  await fleet.clock.advance(1500);
  a.stop();
  await fleet.clock.advance(1500);
  const ofBoth = [1, 2].map((n) =>
    calls.filter((call) => call.startsWith(`${n} `)).map((call) => call.slice(2)),
  );
  const whole = (shard: number, ...between: string[]): string[] => [
    `initialize ${shardIdOf(shard)} TRIM_HORIZON`,
    ...between,
    "shutdownRequested",
    "leaseLost",
  ];
  const shards = ofBoth.map(([first = ""]) => Number(first.includes(shardIdOf(1))));
  expect(new Set(shards)).toEqual(new Set([0, 1]));
  const reader = ofBoth.find((heard) => heard.includes("processRecords x")) ?? [];
  const idle = ofBoth.find((heard) => heard !== reader) ?? [];
  expect(reader).toEqual(whole(shards[ofBoth.indexOf(reader)] ?? 9, "processRecords x"));
  expect(idle).toEqual(whole(shards[ofBoth.indexOf(idle)] ?? 9));
});

test("what is checkpointed in shutdownRequested is where the next worker begins, and a lease taken again is a new processor", async () => {
  const fleet = new Fleet(1);
  await fleet.put(["x", "y"]);
  const { calls, setup } = noting();
  const a = fleet.start("a", setup);
  await fleet.clock.advance(1500);
  a.stop();
  await fleet.clock.advance(100);
  const { sequenceNumber = "" } = fleet.table.snapshot()[0]?.checkpoint ?? {};
  fleet.start("b", setup);
  await fleet.clock.advance(3000);
  expect(calls.slice(-2)).toEqual([
    "1 leaseLost",
    `2 initialize ${shardIdOf(0)} ${sequenceNumber}`,
  ]);
});

test("a processor without shutdownRequested hears leaseLost, and nothing is checkpointed for it", async () => {
  const fleet = new Fleet(1);
  await fleet.put(["x"]);
  const { calls, setup } = noting({ shutdownRequested: undefined as never });
  const a = fleet.start("a", setup);
  await fleet.clock.advance(1500);
  a.stop();
  await fleet.clock.advance(1500);
  expect(calls.at(-1)).toBe("1 leaseLost");
  expect(fleet.table.snapshot()[0]?.checkpoint).toEqual(positionOf("TRIM_HORIZON"));
});

test("leaseLost comes once when another worker has the lease, and no checkpoint works in it or after it", async () => {
  const fleet = new Fleet(1);
  await fleet.put(["x"]);
  const errors: unknown[] = [];
  let kept: ProcessorCheckpointer | undefined;
  const { calls, setup } = noting({
    processRecords({ checkpointer }, done) {
      kept = checkpointer;
      done();
    },
    leaseLost: async () => {
      await kept?.checkpoint().catch((error: unknown) => errors.push(error));
      calls.push("1 leaseLost");
    },
  });
  fleet.start("a", setup);
  await fleet.clock.advance(1500);
  await stealLease(fleet);
  await fleet.clock.advance(5000);
  await kept?.checkpoint().catch((error: unknown) => errors.push(error));
  expect(calls.filter((call) => call.endsWith("leaseLost"))).toHaveLength(1);
  expect(errors.map((error) => KinesisError.is(error, "LEASE_LOST"))).toEqual([true, true]);
});

test("leaseLost after shutdownRequested may not checkpoint either, although the lease is still ours", async () => {
  const fleet = new Fleet(1);
  await fleet.put(["x"]);
  const errors: unknown[] = [];
  let kept: ProcessorCheckpointer | undefined;
  const { setup } = noting({
    processRecords({ checkpointer }, done) {
      kept = checkpointer;
      done();
    },
    shutdownRequested: (_, done) => done(),
    leaseLost: (_, done) => void kept?.checkpoint((error) => done(errors.push(error) < 0)),
  });
  const a = fleet.start("a", setup);
  await fleet.clock.advance(1500);
  a.stop();
  await fleet.clock.advance(1000);
  expect(errors.map((error) => KinesisError.is(error, "LEASE_LOST"))).toEqual([true]);
  expect(fleet.table.snapshot()[0]?.checkpoint).toEqual(positionOf("TRIM_HORIZON"));
});

test("shardEnded is repeated until it has checkpointed, and only then the children are begun", async () => {
  const fleet = new Fleet(1);
  await fleet.put(["x"]);
  let endings = 0;
  const { calls, setup } = noting({
    shardEnded({ checkpointer }, done) {
      endings += 1;
      calls.push(`ending ${endings}`);
      if (endings < 3) done();
      else void checkpointer.checkpoint(done);
    },
  });
  fleet.start("a", setup);
  await fleet.clock.advance(1500);
  await fleet.split(0, 2n ** 127n);
  await fleet.clock.advance(10_000);
  const begun = calls.findIndex((call) => call.startsWith("2 initialize"));
  expect(calls.slice(0, begun)).toEqual([
    `1 initialize ${shardIdOf(0)} TRIM_HORIZON`,
    "1 processRecords x",
    "ending 1",
    "ending 2",
    "ending 3",
  ]);
  expect(calls).not.toContain("1 leaseLost");
});

test.each([
  [
    "throws",
    () => {
      throw new Error("poison");
    },
  ],
  ["rejects", () => Promise.reject(new Error("poison"))],
  [
    "rejects although it calls back",
    async (_: unknown, done: CompleteCallback) => {
      await Promise.resolve();
      if (done.length > 9) done();
      throw new Error("poison");
    },
  ],
  ["calls back with an error", (_: unknown, done: CompleteCallback) => done(new Error("poison"))],
] satisfies [string, ShardRecordProcessor["processRecords"]][])(
  "records on which processRecords %s come again and are never skipped, as they are by the KCL",
  async (_, fail) => {
    const fleet = new Fleet(1);
    await fleet.put(["x"]);
    let failures = 2;
    const { calls, setup } = noting({
      processRecords(input, done) {
        failures -= 1;
        if (failures >= 0) return fail(input, done);
        return void input.checkpointer.checkpoint(done);
      },
    });
    const { told } = fleet.start("a", setup);
    await fleet.clock.advance(5000);
    expect(calls.slice(1)).toEqual(Array(3).fill("1 processRecords x"));
    expect(told("batchFailed")).toMatchObject([{ error: new Error("poison") }, { next: "retry" }]);
    const sequenceNumber = expect.stringMatching(/^\d+$/) as string;
    expect(fleet.table.snapshot()[0]?.checkpoint).toMatchObject({ sequenceNumber });
  },
);

test("a processor that initialize fails for is asked again, and gets no record before", async () => {
  const fleet = new Fleet(1);
  await fleet.put(["x"]);
  let failures = 1;
  const { calls, setup } = noting({
    initialize(_, done) {
      calls.push("1 initialize");
      failures -= 1;
      done(failures === 0 ? new Error("not yet") : undefined);
    },
  });
  fleet.start("a", setup);
  await fleet.clock.advance(3000);
  expect(calls).toEqual(["1 initialize", "1 initialize", "1 processRecords x"]);
});

test("methods in the style of promises are done when they resolve, and one call follows the other", async () => {
  const fleet = new Fleet(1);
  const gate = newGate();
  await fleet.put(["x"]);
  const { calls, setup } = noting();
  const modern = fromRecordProcessor(() => ({
    initialize: async () => void calls.push("initialize"),
    processRecords: async ({ checkpointer, records }: ProcessRecordsInput) => {
      calls.push(`begun ${records.map(text).join(" ")}`);
      await gate.opened;
      await checkpointer.checkpoint();
      calls.push("done");
    },
    leaseLost: async () => void calls.push("leaseLost"),
    shardEnded: ({ checkpointer }) => checkpointer.checkpoint(),
  }));
  const a = fleet.start("a", { ...setup, ...modern });
  await fleet.clock.advance(1500);
  await fleet.put(["y"]);
  await fleet.clock.advance(3000);
  expect(calls).toEqual(["initialize", "begun x"]);
  gate.open();
  await fleet.clock.advance(3000);
  a.stop();
  await fleet.clock.advance(1000);
  expect(calls.slice(2)).toEqual(["done", "begun y", "done", "leaseLost"]);
});

test("a method that takes a callback is not done before it calls that, also when it is an async function", async () => {
  const fleet = new Fleet(1);
  await fleet.put(["x"]);
  let finish: CompleteCallback = () => undefined;
  const { calls, setup } = noting({
    processRecords: async (_, done) => {
      finish = done;
    },
  });
  fleet.start("a", setup);
  await fleet.clock.advance(1500);
  await fleet.put(["y"]);
  await fleet.clock.advance(3000);
  expect(calls.slice(1)).toEqual(["1 processRecords x"]);
  finish();
  finish(new Error("twice means nothing"));
  await fleet.clock.advance(3000);
  expect(calls.slice(1)).toEqual(["1 processRecords x", "1 processRecords y"]);
  finish();
});

test("a processor that takes longer than onFailure.timeoutMs has its signal aborted, and gets the records again", async () => {
  const fleet = new Fleet(1);
  await fleet.put(["x"]);
  let tries = 0;
  const { setup } = noting({
    processRecords: ({ signal }, done) => {
      tries += 1;
      if (tries > 1) done();
      else signal.addEventListener("abort", () => done());
    },
  });
  fleet.start("a", { ...setup, onFailure: { timeoutMs: 1000 } });
  await fleet.clock.advance(5000);
  expect(tries).toBe(2);
});

test("a processor without a method is refused when it is made, and what makes none at once", async () => {
  const fleet = new Fleet(1);
  const { told } = fleet.start(
    "a",
    fromRecordProcessor(() => ({ initialize() {} }) as never),
  );
  await fleet.clock.advance(500);
  const [{ error } = {}] = told("hookFailed");
  expect(String(error)).toMatch(/no processRecords, no leaseLost, no shardEnded$/);
  expect(() => fromRecordProcessor({} as never)).toThrow("a function that makes a processor");
});

test("records come to a processor in the order of the shard, one batch at a time", () => {
  const { concurrency, ordering } = fromRecordProcessor(() => ({}) as never);
  expect({ concurrency, ordering }).toEqual({ concurrency: 1, ordering: "shard" });
});

/** Another worker has it. */
async function stealLease({ table }: Fleet): Promise<void> {
  const [lease] = table.snapshot();
  const { counter = 0, epoch = 0, key = "" } = lease ?? {};
  const patch = { owner: "thief", counter: counter + 1, epoch: epoch + 1 };
  await table.update(key, { expect: {}, patch }, new AbortController().signal);
}
