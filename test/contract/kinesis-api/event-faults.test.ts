// What the faults of an event stream come to through the port: over the wire the AWS adapter reads it out of what comes,
// in the process a table of the emulator's says it. Both must say the same.
import type { KinesisApi } from "@shardline/core";
import type { FaultEffect } from "@shardline/emulator";
import { expect, test } from "vitest";
import { type End, newSubscriber, Reading, SHARD, textsOf } from "./pushed.ts";
import { reach, WAYS } from "./ways.ts";

const { signal } = new AbortController();
const stream = { name: "orders" };

const ENDING: readonly FaultEffect[] = [
  { kind: "endEvents", afterEvents: 1 },
  { kind: "failEvents", afterEvents: 1 },
  { kind: "failEvents", afterEvents: 1, type: "KMSDisabledException", message: "off" },
  { kind: "failEvents", afterEvents: 1, type: "KMSThrottlingException", message: "slow" },
  { kind: "failEvents", afterEvents: 1, type: "ResourceNotFoundException", message: "gone" },
  { kind: "failEvents", afterEvents: 1, type: "LimitExceededException", message: "slow" },
  { kind: "failEvents", afterEvents: 1, type: "SomethingNewException", message: "new" },
  { kind: "takeOver", afterEvents: 1 },
  { kind: "cutFrames", how: "clean", afterFrames: 2 },
  { kind: "cutFrames", how: "dirty", afterFrames: 2 },
  { kind: "cutFrames", how: "truncated", afterFrames: 2 },
  { kind: "cutFrames", how: "resetStream", afterFrames: 2 },
  { kind: "badChecksum", afterFrames: 2 },
];

/** Codes of the network differ between its protocols; what they mean to a caller does not. */
const OF_THE_NETWORK: readonly unknown[] = ["dirty", "resetStream"];

test.each(ENDING)(
  "%j ends a subscription after its first event in the same way, whichever way it goes",
  async (effect) => {
    const ends = await Promise.all(
      WAYS.map(async ([name, way]) => {
        await using reached = await reach(way);
        const subscribe = await newSubscriber(reached.api);
        await put(reached.api, "a");
        reached.emulator.faults.add({ effect });
        const reading = new Reading(subscribe({ type: "TRIM_HORIZON" }));
        expect(textsOf([await reading.first]), name).toEqual(["a"]);
        await put(reached.api, "b");
        return [name, toldOf(effect, await reading.end)] as const;
      }),
    );
    const [, inProcess] = ends[0] ?? [];
    for (const [name, end] of ends) expect(end, name).toEqual(inProcess);
  },
);

/** Before anything was pushed: the call itself may fail, or what is read of its answer. */
test.each<FaultEffect>([
  { kind: "failEvents", type: "KMSDisabledException", message: "off" },
  { kind: "takeOver" },
  { kind: "cutFrames", afterFrames: 0 },
  { kind: "cutFrames", afterFrames: 1 },
  { kind: "badChecksum" },
  { kind: "throttle" },
  { kind: "unavailable" },
  { kind: "error", status: 502, body: "html" },
  { kind: "reset" },
  { kind: "resetStream" },
  { kind: "goAway" },
  { kind: "commitThenDrop" },
])("%j keeps anything from being pushed in the same way, whichever way it goes", async (effect) => {
  const ends = await Promise.all(
    WAYS.map(async ([name, way]) => {
      await using reached = await reach(way);
      const subscribe = await newSubscriber(reached.api);
      reached.emulator.faults.add({ effect, match: { operations: "SubscribeToShard" } });
      const { end, events } = new Reading(subscribe({ type: "TRIM_HORIZON" }));
      const { isAmbiguous, kind } = (await end) as Exclude<End, "clean">;
      expect(events, name).toEqual([]);
      return [name, { kind, isAmbiguous }] as const;
    }),
  );
  const [, inProcess] = ends[0] ?? [];
  for (const [name, end] of ends) expect(end, name).toEqual(inProcess);
});

test.each<FaultEffect>([
  { kind: "delayEvents", ms: 5 },
  { kind: "dropHeartbeats" },
  { kind: "splitFrames", bytes: 7 },
  { kind: "staleContinuation" },
])("under %j, the same is pushed whichever way it goes", async (effect) => {
  const pushed = await Promise.all(
    WAYS.map(async ([, way]) => {
      await using reached = await reach(way);
      const subscribe = await newSubscriber(reached.api);
      await put(reached.api, "a");
      reached.emulator.faults.add({ effect });
      const reading = new Reading(subscribe({ type: "TRIM_HORIZON" }));
      await reading.first;
      await put(reached.api, "b");
      const split = { stream, shardId: SHARD, newStartingHashKey: 5n };
      await reached.api.splitShard(split, signal);
      expect(await reading.end).toBe("clean");
      return textsOf(reading.events);
    }),
  );
  for (const texts of pushed) expect(texts).toEqual(["a", "b"]);
});

test("a subscription that falls silent can be left, whichever way it goes", async () => {
  for (const [, way] of WAYS) {
    await using reached = await reach(way, { faults: [{ effect: { kind: "silence" } }] });
    const subscribe = await newSubscriber(reached.api);
    const stop = new AbortController();
    const events = (await subscribe({ type: "LATEST" }, stop.signal))[Symbol.asyncIterator]();
    const next = events.next();
    stop.abort("enough");
    await expect(next).rejects.toBe("enough");
  }
});

async function put(api: KinesisApi, text: string): Promise<void> {
  const entries = [{ data: Buffer.from(text), partitionKey: "k", explicitHashKey: "0" }];
  await api.putRecords({ stream, entries }, signal);
}

function toldOf(effect: FaultEffect, end: End): unknown {
  if (end === "clean") return end;
  const { awsName, isAmbiguous, kind } = end;
  const isOfNetwork = "how" in effect && OF_THE_NETWORK.includes(effect.how);
  return isOfNetwork ? { kind, isAmbiguous } : { kind, isAmbiguous, awsName };
}
