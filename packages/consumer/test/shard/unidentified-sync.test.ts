// Shard syncers of a stream that does not tell for a while when it was created.
import { type KinesisApi, KinesisError } from "@shardline/core";
import { describe, expect, test } from "vitest";
import type { Interceptors } from "../../../../test/support/intercept.ts";
import { failed } from "../support/failures.ts";
import { ANY_SIGNAL } from "../support/held.ts";
import { leaseOf, positionOf, shardIdOf } from "../support/leases.ts";
import { newSync } from "../support/syncing.ts";

/** Longer than the longest pause between two looks. */
const LOOK_MS = 36_000;

/** The stream cannot be described while `isMute` says so. */
function muteWhile(isMute: () => boolean): Interceptors<KinesisApi> {
  return {
    describeStreamSummary: (next, ...args) =>
      isMute() ? Promise.reject(failed("throttled")) : next(...args),
  };
}

/** A table that holds the leases of both shards, and a look later that of the first alone. */
async function withHole(kinesisFaults: Interceptors<KinesisApi>) {
  const sync = newSync({ kinesisFaults });
  const half = 2n ** 127n;
  for (const [index, start] of [0n, half].entries()) {
    const hashKeyRange = { start, end: start + half - 1n };
    await sync.memory.create(leaseOf(index, { hashKeyRange }), ANY_SIGNAL);
  }
  sync.begin();
  await sync.clock.advance(1000);
  await sync.memory.delete(shardIdOf(1), {}, ANY_SIGNAL);
  return sync;
}

test("a leader creates no lease that is missing before the stream says when it was created", async () => {
  let isMute = true;
  const { clock, memory, told } = await withHole(muteWhile(() => isMute));
  await clock.advance(3 * LOOK_MS);
  expect(told.of("streamUnidentified").length).toBeGreaterThan(2);
  expect(memory.snapshot()).toHaveLength(1);
  isMute = false;
  await clock.advance(2 * LOOK_MS);
  expect(memory.snapshot()[1]?.streamEpoch).toBeDefined();
});

test("but creates it all the same where the stream never says that", async () => {
  const { clock, memory } = await withHole(muteWhile(() => true));
  await clock.advance(8 * LOOK_MS);
  expect(memory.snapshot()).toHaveLength(2);
  expect(memory.snapshot()[1]?.streamEpoch).toBeUndefined();
});

describe("a stream that could not be described when the worker started, and then says that the leases are of another one,", () => {
  /** One lease of two; of the stream that is there, the time is asked for before the other is created. */
  async function withOldLease(onStreamRecreated: "refuse" | "reset") {
    const sync = newSync({ options: { onStreamRecreated } });
    await sync.memory.create(leaseOf(1, { streamEpoch: 1, owner: "you" }), ANY_SIGNAL);
    const syncer = sync.begin();
    await sync.clock.advance(5000);
    return { ...sync, syncer };
  }

  test("is refused before any lease is created beside them", async () => {
    const { memory, syncer } = await withOldLease("refuse");
    expect(KinesisError.is(syncer.reason(), "STREAM_RECREATED")).toBe(true);
    expect(memory.snapshot()).toEqual([leaseOf(1, { streamEpoch: 1, owner: "you" })]);
  });

  test("or has them deleted first, if that is wanted", async () => {
    const { clock, memory, syncer, told } = await withOldLease("reset");
    expect(syncer.state()).toBe("pending");
    expect(told.of("streamRecreated")).toEqual([{ stream: "s", leasesDeleted: 1 }]);
    const epoch = Math.floor((clock.wallTimeMs() - 5000) / 1000);
    const made = memory.snapshot().map(({ shardId, streamEpoch }) => [shardId, streamEpoch]);
    expect(made).toEqual([0, 1].map((index) => [shardIdOf(index), epoch]));
  });
});

describe("leases that the shards prove wrong, while the stream cannot be described,", () => {
  async function withStaleLease(onStreamRecreated: "refuse" | "reset", isMute: () => boolean) {
    const sync = newSync({ kinesisFaults: muteWhile(isMute), options: { onStreamRecreated } });
    await sync.memory.create(leaseOf(1, { checkpoint: positionOf(5) }), ANY_SIGNAL);
    return { ...sync, syncer: sync.begin() };
  }

  test("end no consumer that is to begin anew: they are deleted once it can be", async () => {
    let isMute = true;
    const { clock, memory, syncer, told } = await withStaleLease("reset", () => isMute);
    await clock.advance(300_000);
    expect(syncer.state()).toBe("pending");
    expect(memory.snapshot()).toHaveLength(1);
    isMute = false;
    await clock.advance(60_000);
    expect(syncer.state()).toBe("pending");
    expect(told.of("streamRecreated")).toEqual([{ stream: "s", leasesDeleted: 1 }]);
    expect(memory.snapshot().map(({ checkpoint }) => checkpoint)).toEqual(
      [0, 1].map(() => positionOf("TRIM_HORIZON")),
    );
  });

  test("are refused all the same where that is wanted", async () => {
    const { clock, memory, syncer } = await withStaleLease("refuse", () => true);
    await clock.advance(20_000);
    expect(KinesisError.is(syncer.reason(), "STREAM_RECREATED")).toBe(true);
    expect(memory.snapshot()).toHaveLength(1);
  });
});
