import { KinesisError } from "@shardline/core";
import { SeededRandom, VirtualClock } from "@shardline/core/testing";
import { expect, test } from "vitest";
import { SimProcess } from "../fleet/sim-process.ts";
import type { NetworkOdds } from "../odds.ts";
import { track } from "../track.ts";
import { FaultCounts } from "./fault-counts.ts";
import { Network } from "./network.ts";
import { SOUND_PUSHES } from "./push-odds.ts";

const FINE: NetworkOdds = {
  maxLatencyMs: 100,
  lostRequest: 0,
  lostAnswer: 0,
  lateRequest: 0,
  repeatedRequest: 0,
  slowCall: 0,
  throttledTable: 0,
};

/** A process that writes to a service which remembers what arrived when. */
function newWriter(odds: Partial<NetworkOdds> = {}, service: "kinesis" | "leases" = "kinesis") {
  const clock = new VirtualClock();
  const faults = new FaultCounts();
  const random = new SeededRandom(1);
  const network = new Network({
    odds: { ...FINE, ...odds },
    push: SOUND_PUSHES,
    random,
    clock,
    faults,
  });
  const process = new SimProcess("p", clock);
  const arrived: { readonly atMs: number; readonly bytes: string }[] = [];
  const port = network.between(process, service, {
    putRecords: async (data: Uint8Array, signal: AbortSignal): Promise<string> => {
      signal.throwIfAborted();
      arrived.push({ atMs: clock.nowMs(), bytes: data.join() });
      return "stored";
    },
  });
  const stop = new AbortController();
  const bytes = new Uint8Array([1, 2, 3]);
  const write = () => {
    const answer = port.putRecords(bytes, stop.signal);
    return { answer, ...track(answer) };
  };
  return { arrived, bytes, clock, faults, network, process, stop, write };
}

test("a request that has left arrives although its sender is killed at once", async () => {
  const { arrived, clock, faults, network, process, write } = newWriter();
  const answer = write();
  process.kill();
  expect(network.isQuiet).toBe(false);
  await clock.advance(100);
  expect(arrived).toHaveLength(1);
  expect(network.isQuiet).toBe(true);
  expect(faults.all.get("request that outlives its sender")).toBe(1);
  await clock.advance(60_000);
  expect(answer.isDone()).toBe(false);
});

test("a request of a process that stands still arrives in time, and its answer when it runs again", async () => {
  const { arrived, clock, process, write } = newWriter();
  const answer = write();
  process.freeze(5000);
  await clock.advance(4999);
  expect(arrived[0]?.atMs).toBeLessThan(100);
  expect(answer.isDone()).toBe(false);
  await clock.advance(1);
  expect(answer.isDone()).toBe(true);
});

test("a request that its sender takes back arrives all the same, with the bytes that were sent", async () => {
  const { arrived, bytes, clock, network, stop, write } = newWriter();
  const answer = write();
  stop.abort();
  await clock.advance(0);
  bytes.fill(9);
  expect(answer.isDone()).toBe(true);
  expect(network.isQuiet).toBe(false);
  await clock.advance(100);
  expect(arrived.map((each) => each.bytes)).toEqual(["1,2,3"]);
});

test.each([
  ["kinesis", 6000],
  ["leases", 5000],
] as const)(
  "a slow call of %s is given up after %i ms, or takes seconds; its request arrives in any case",
  async (service, timeoutMs) => {
    const { arrived, clock, write } = newWriter({ slowCall: 1 }, service);
    const tookMs: number[] = [];
    let givenUp = 0;
    for (let calls = 0; calls < 40; calls += 1) {
      const sentAtMs = clock.nowMs();
      const note = (): number => tookMs.push(clock.nowMs() - sentAtMs);
      write().answer.then(note, (error: unknown) => {
        givenUp += KinesisError.is(error, "API_CALL_FAILED") ? 1 : 0;
        note();
      });
      await clock.advance(20_000);
    }
    expect(tookMs).toHaveLength(40);
    expect(Math.max(...tookMs)).toBe(timeoutMs);
    expect(givenUp).toBeGreaterThan(0);
    expect(givenUp).toBeLessThan(20);
    expect(tookMs.filter((ms) => ms > 1000).length).toBeGreaterThan(givenUp);
    expect(arrived).toHaveLength(40);
  },
);

test("the end of an earlier storm does not calm a later one", async () => {
  const { arrived, clock, network, write } = newWriter();
  const earlier = network.beginStorm("kinesis", { kind: "throttling", share: 1 });
  const later = network.beginStorm("kinesis", { kind: "away" });
  earlier[Symbol.dispose]();
  write();
  await clock.advance(10_000);
  expect(arrived).toEqual([]);
  later[Symbol.dispose]();
  write();
  await clock.advance(10_000);
  expect(arrived).toHaveLength(1);
});
