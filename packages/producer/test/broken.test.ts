// A fault of our own in the middle of anything: memory runs out, the clock or chance throws, an answer cannot be read.
// The producer stops, and whatever it was doing, nobody is left waiting and nobody is told twice.
import { type Clock, type KinesisApi, type Random, silentLogger } from "@shardline/core";
import { SeededRandom } from "@shardline/core/testing";
import { createProducer, type Producer } from "@shardline/producer";
import { afterEach, expect, it, vi } from "vitest";
import { intercept, type Interceptors } from "../../../test/support/intercept.ts";
import { failedCall, failureOf, refusing, slow } from "./support/failures.ts";
import { Fault } from "./support/fault.ts";
import { newRig, type Rig, STREAM, watch } from "./support/rig.ts";
import { reshard } from "./support/weather.ts";

/** What can be made to fail, and how many of its uses lie between two that are tried. */
const PLACES = {
  memory: 4,
  "the clock": 19,
  "a timer": 1,
  chance: 1,
  "an answer": 7,
  "the log": 3,
} as const;
type Place = keyof typeof PLACES;

const allocate = Buffer.allocUnsafeSlow.bind(Buffer);

interface Told {
  count: number;
}

/** Some calls fail, some entries are throttled, and all of them take their time. */
function stormy(clock: Clock): Interceptors<KinesisApi> {
  let calls = 0;
  return {
    putRecords: async (next, request, signal) => {
      calls += 1;
      const call = calls;
      if (call === 3) throw failedCall("transient");
      if (call === 4) throw failedCall("rejected", { reason: "refused" });
      let entries = 0;
      const refuse = refusing(() => {
        entries += 1;
        return call < 8 && entries % 3 === 0 ? failureOf("throttled") : undefined;
      });
      return refuse((...args) => slow(clock, 20)(next, ...args), request, signal);
    },
  };
}

function newBrittle({ clock, kinesis }: Rig, place: Place, fault: Fault): Producer {
  const at = <T>(here: Place, next: () => T): T => (here === place ? fault.pass(next) : next());
  vi.spyOn(Buffer, "allocUnsafeSlow").mockImplementation((size) =>
    at("memory", () => allocate(size)),
  );
  const log = (): void => at("the log", () => undefined);
  return createProducer({
    stream: STREAM,
    logger: { ...silentLogger, error: log, warn: log },
    clock: intercept<Clock>(clock, {
      nowMs: (next) => at("the clock", next),
      startTimer: (next, ...args) => at("a timer", () => next(...args)),
    }),
    random: intercept<Random>(new SeededRandom(1), { next: (next) => at("chance", next) }),
    kinesis: intercept(intercept(kinesis, stormy(clock)), {
      putRecords: async (next, ...args) => {
        const { outcomes } = await next(...args);
        return {
          outcomes: place === "an answer" ? outcomes.map((each) => fault.brittle(each)) : outcomes,
        };
      },
    }),
    aggregation: { maxRecords: 5 },
    batch: { maxRecords: 3 },
    buffer: { maxRecords: 60 },
    recordTtlMs: 400,
    maxInFlightRequests: 2,
  });
}

/** By a callback, with a promise, or with a signal. */
function putOne(producer: Producer, i: number, signal: AbortSignal): Told {
  const told: Told = { count: 0 };
  const tell = (): void => {
    told.count += 1;
  };
  const tellAndThrow = (): void => {
    tell();
    throw new Error("told");
  };
  const record = { partitionKey: `key-${i % 9}`, data: "x".repeat(i * 3), context: i };
  if (i % 3 === 0) producer.write(record, tellAndThrow);
  else producer.put(record, i % 3 === 1 ? {} : { signal }).then(tell, tell);
  return told;
}

/** Puts in waves, while shards change and signals abort; answers whether the fault struck. */
async function run(place: Place, fault: Fault): Promise<boolean> {
  const rig = newRig({ shards: 4 });
  const { clock } = rig;
  const producer = newBrittle(rig, place, fault);
  let isBroken = false;
  producer.on("broken", () => {
    isBroken = true;
  });
  const told: Told[] = [];
  let accepted = 0;
  const stop = new AbortController();
  const putMany = (): void => {
    for (let i = 0; i < 40; i += 1) {
      if (!isBroken) accepted += 1;
      told.push(putOne(producer, i, stop.signal));
    }
  };
  // A clock that fails at the door lets nobody in.
  const wave = (): void => (place === "the clock" ? fault.spare(putMany) : fault.strike(putMany));
  const random = new SeededRandom(3);
  const change = (): void => fault.spare(() => void reshard(rig, random));
  wave();
  const flushed = watch(producer.flush());
  const steps = [wave, change, () => fault.spare(() => stop.abort()), change, wave];
  for (const [i, act] of steps.entries()) {
    await clock.advance(i * 15);
    act();
  }
  await clock.advance(3000);
  fault.disarm();
  const closed = watch(producer.close({ timeoutMs: 0 }));
  await clock.advance(0);
  const summary = closed();
  const { hasStruck, where } = fault;
  if (summary.kind !== "resolved") throw new Error(`close does not end: ${where}`);
  const { abandoned, failed, stored } = summary.value;
  expect(told, where).toEqual(told.map(() => ({ count: 1 })));
  expect(flushed().kind, where).toBe("resolved");
  expect(stored + failed, where).toBe(accepted);
  expect(abandoned.length, where).toBeLessThanOrEqual(failed);
  const nothing = { outstandingRecords: 0, outstandingBytes: 0, inFlightCalls: 0 };
  expect(producer.stats(), where).toMatchObject(nothing);
  expect(clock.pendingTimers, where).toBe(0);
  return hasStruck;
}

afterEach(() => void vi.restoreAllMocks());

it.each(Object.keys(PLACES) as Place[])(
  "when %s fails at any one time, every record is settled exactly once all the same",
  async (place) => {
    let at = 0;
    while (await run(place, new Fault(at))) at += PLACES[place];
    expect(at).toBeGreaterThan(2);
  },
);

it("a port that writes into the bytes that it is handed costs the records of its call, and nobody else is left waiting", async () => {
  const rig = newRig({
    between: () => ({
      putRecords: async (_next, { entries }) => {
        for (const { data } of entries) data.fill(0);
        throw failedCall("rejected");
      },
    }),
  });
  await rig.clock.advance(0);
  const told: unknown[] = [];
  rig.producer.on("broken", ({ error }) => told.push(error));
  const scribbled = ["a", "b"].map((data) => watch(rig.producer.put({ partitionKey: "k", data })));
  await rig.clock.advance(100);
  expect(told).toMatchObject([{ code: "INVARIANT_BROKEN" }]);
  for (const put of scribbled) {
    expect(put()).toMatchObject({ kind: "rejected", error: { code: "PRODUCER_CLOSED" } });
  }
  expect(rig.producer.stats()).toMatchObject({ outstandingRecords: 0, outstandingBytes: 0 });
  expect(await rig.producer.close()).toMatchObject({ stored: 0, failed: 2 });
});
