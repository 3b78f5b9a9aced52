// Every fault of the emulator that a subscription can meet: reading goes on, in order, without gap or duplicate.
import type { FaultEffect } from "@shardline/emulator";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { newFanOut } from "../support/fan-out.ts";
import { ANY_SIGNAL } from "../support/held.ts";
import { range } from "../support/lease-views.ts";
import { shardIdOf } from "../support/leases.ts";

const FAULTS: readonly FaultEffect[] = [
  { kind: "delayEvents", ms: 3000 },
  { kind: "delayEvents", ms: 25_000 },
  { kind: "dropHeartbeats" },
  { kind: "silence" },
  { kind: "silence", afterEvents: 1 },
  { kind: "silence", afterEvents: 7 },
  { kind: "failEvents" },
  { kind: "failEvents", afterEvents: 3 },
  { kind: "failEvents", type: "ResourceInUseException", afterEvents: 1 },
  { kind: "failEvents", type: "ResourceNotFoundException", afterEvents: 2 },
  { kind: "failEvents", type: "KMSAccessDeniedException", afterEvents: 2 },
  { kind: "failEvents", type: "LimitExceededException" },
  { kind: "endEvents" },
  { kind: "endEvents", afterEvents: 1 },
  { kind: "endEvents", afterEvents: 5 },
  { kind: "takeOver" },
  { kind: "takeOver", afterEvents: 4 },
  { kind: "staleContinuation" },
  { kind: "cutFrames", how: "clean", afterFrames: 3 },
  { kind: "cutFrames", how: "dirty", afterFrames: 3 },
  { kind: "cutFrames", how: "truncated", afterFrames: 3 },
  { kind: "cutFrames", how: "resetStream", afterFrames: 3 },
  { kind: "badChecksum", afterFrames: 2 },
  { kind: "splitFrames", bytes: 7 },
  { kind: "error", type: "InternalFailureException" },
  { kind: "error", type: "ResourceInUseException" },
  { kind: "error", type: "ResourceNotFoundException" },
  { kind: "error", type: "AccessDeniedException" },
  { kind: "throttle" },
  { kind: "latency", ms: 2000 },
  { kind: "hang" },
  { kind: "unavailable" },
  { kind: "reset" },
  { kind: "resetStream" },
  { kind: "goAway" },
  { kind: "commitThenDrop" },
];
const MODES = ["fan-out", "auto"] as const;
const SUBSCRIBE = { operations: "SubscribeToShard" };

describe.each(MODES)("mode %s", (mode) => {
  test.each(FAULTS.map((effect) => [JSON.stringify(effect), effect] as const))(
    "%s: records come once and in order, and go on coming when the fault is over",
    async (_, effect) => {
      const { clock, emulator, put, read } = newFanOut({ mode });
      const { texts } = read();
      const all: string[] = [];
      const putFor = async (seconds: number): Promise<void> => {
        for (let i = 0; i < seconds; i += 1) {
          all.push(`r${all.length}`);
          await put(`r${all.length - 1}`);
          await clock.advance(1000);
        }
      };
      await putFor(10);
      const rule = emulator.faults.add({ effect, match: SUBSCRIBE });
      // The subscription that there is goes on until its time is over.
      await putFor(400);
      expect(rule.hits).toBeGreaterThan(0);
      rule.remove();
      await clock.advance(660_000);
      await putFor(20);
      await clock.advance(5000);
      expect(texts()).toEqual(all);
    },
  );
});

test.each(MODES)("ten minutes of all faults mixed, in mode %s", async (mode) => {
  const { clock, emulator, put, read } = newFanOut({ mode });
  for (const effect of FAULTS) {
    emulator.faults.add({ effect, match: { ...SUBSCRIBE, probability: 1 / FAULTS.length } });
  }
  const { texts } = read();
  const all = range(600).map((i) => `r${i}`);
  for (const text of all) {
    await put(text);
    await clock.advance(1000);
  }
  emulator.faults.clear();
  await clock.advance(660_000);
  expect(texts()).toEqual(all);
});

test("whatever faults come, the shard is read to its end: each record once, in order, and its children told", async () => {
  const step = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant("put" as const),
        count: fc.integer({ min: 1, max: 5 }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant("fault" as const),
        index: fc.nat(FAULTS.length - 1),
        times: fc.integer({ min: 1, max: 6 }),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant("wait" as const),
        ms: fc.integer({ min: 1, max: 90_000 }),
      }),
    },
    { weight: 1, arbitrary: fc.constant({ kind: "stall" as const }) },
    { weight: 1, arbitrary: fc.constant({ kind: "deregister" as const }) },
    { weight: 1, arbitrary: fc.constant({ kind: "clear" as const }) },
  );
  const plan = fc.record({
    mode: fc.constantFrom(...MODES),
    steps: fc.array(step, { maxLength: 25 }),
  });
  await fc.assert(
    fc.asyncProperty(plan, async ({ mode, steps }) => {
      const { asked, clock, done, emulator, fetches, kinesis, put, stallFor, texts } =
        readOne(mode);
      const all: string[] = [];
      for (const each of steps) {
        if (each.kind === "put") {
          const texts = range(each.count).map((i) => `r${all.length + i}`);
          all.push(...texts);
          await put(...texts);
        } else if (each.kind === "wait") await clock.advance(each.ms);
        else if (each.kind === "stall") stallFor(300_000);
        else if (each.kind === "clear") emulator.faults.clear();
        else if (each.kind === "fault") {
          const effect = FAULTS[each.index] as FaultEffect;
          emulator.faults.add({ effect, match: SUBSCRIBE, times: each.times });
        } else {
          const consumerArn = asked.at(-1)?.consumerArn;
          const gone = consumerArn && kinesis.deregisterStreamConsumer({ consumerArn }, ANY_SIGNAL);
          await (gone as Promise<void>)?.catch(() => undefined);
        }
      }
      await kinesis.splitShard(
        { stream: { name: "s" }, shardId: shardIdOf(0), newStartingHashKey: 2n ** 127n },
        ANY_SIGNAL,
      );
      emulator.faults.clear();
      await clock.advance(1_500_000);
      expect(texts()).toEqual(all);
      expect(done.state()).toBe("resolved");
      expect(fetches.at(-1)?.next).toMatchObject({ kind: "shard-end", childShards: [{}, {}] });
    }),
    { numRuns: 60 },
  );
});

/** One reading, whose consumer can be told to take nothing for a while. */
function readOne(mode: (typeof MODES)[number]) {
  const fanOut = newFanOut({ mode });
  const { clock } = fanOut;
  let untilMs = 0;
  const handle = async (): Promise<void> => {
    const leftMs = untilMs - clock.nowMs();
    if (leftMs > 0) await new Promise<void>((resolve) => clock.startTimer(leftMs, resolve));
  };
  const stallFor = (ms: number): void => {
    untilMs = clock.nowMs() + ms;
  };
  return { ...fanOut, ...fanOut.read({ handle }), stallFor };
}
