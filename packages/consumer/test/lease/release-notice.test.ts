import { describe, expect, test } from "vitest";
import { SHARD_END, untilAborted } from "@shardline/core";
import { intercept } from "../../../../test/support/intercept.ts";
import { quietClock } from "../../../../test/support/quiet-clock.ts";
import type { LeaseTable } from "../../src/lease/lease-table.ts";
import { MemoryLeaseTable } from "../../src/lease/memory-lease-table.ts";
import { ReleaseNotice } from "../../src/lease/release-notice.ts";
import { failed } from "../support/failures.ts";
import { foreignLease, leaseOf, nativeLease, shardIdOf } from "../support/leases.ts";
import { startTaking, type TakerSetup } from "../support/taking.ts";

/** Of the pass. */
const PASS_MS = 2500;

/** Keeps what is read by key. */
function readKeys(): {
  readonly keys: string[];
  readonly faults: NonNullable<TakerSetup["faults"]>;
} {
  const keys: string[] = [];
  const faults: NonNullable<TakerSetup["faults"]> = () => ({
    get: (next, key, ...rest) => {
      keys.push(key);
      return next(key, ...rest);
    },
  });
  return { keys, faults };
}

describe("a worker that is told of released leases", () => {
  test("looks at the table within a second, and takes its share", async () => {
    const leases = [leaseOf(9, { checkpoint: SHARD_END }), nativeLease(1, "you")];
    const { clock, listedAtMs, started, write } = await startTaking([
      ...leases,
      nativeLease(2, "you"),
    ]);
    await clock.advance(100);
    await write(2, { owner: null, nativeOwner: null, wantedBy: null, counter: 5 });
    await write(1, { releaseNotice: "you 100" });
    await clock.advance(900);
    expect(listedAtMs).toHaveLength(2);
    expect(started.map(({ held }) => held.lease.key)).toEqual([shardIdOf(2)]);
    // What was told is not told again.
    await clock.advance(PASS_MS - 1000);
    expect(listedAtMs).toHaveLength(2);
  });

  test("reads nothing but the first lease that has not ended, twice between two passes", async () => {
    const { faults, keys } = readKeys();
    const ended = nativeLease(0, "you", { checkpoint: SHARD_END });
    const { clock, listedAtMs } = await startTaking([nativeLease(1, "me"), ended, leaseOf(2)], {
      faults,
      maxPerWorker: 1,
    });
    await clock.advance(PASS_MS - 1);
    expect(keys).toEqual([]);
    const others = await startTaking([nativeLease(3, "you"), nativeLease(1, "you"), ended], {
      faults,
      maxPerWorker: 1,
      assignment: { shardIds: ["none of these"] },
    });
    await others.clock.advance(PASS_MS - 1);
    expect(keys).toEqual([1, 1].map(shardIdOf));
    expect([listedAtMs, others.listedAtMs]).toEqual([[0], [0]]);
  });

  test("leaves a large table the pause by which the units a second stay the same", async () => {
    const { clock, listedAtMs, write } = await startTaking([nativeLease(1, "you")], {
      faults: () => ({
        list: async (next, signal) => ({ ...(await next(signal)), readUnits: 512 }),
      }),
      assignment: { shardIds: ["none of these"] },
    });
    for (let release = 1; release <= 8; release += 1) {
      await clock.advance(PASS_MS / 2);
      await write(1, { releaseNotice: `you ${release}` });
    }
    // A quarter of the table could have been looked at in a quarter of the time.
    expect(listedAtMs).toEqual([0, 3 * PASS_MS]);
  });

  test("does not listen to workers of the KCL, which tell nothing", async () => {
    const { faults, keys } = readKeys();
    const { clock } = await startTaking([foreignLease(0, "java")], { faults });
    await clock.advance(PASS_MS - 1);
    expect(keys).toEqual([]);
  });

  test("goes on with its passes though the item cannot be read, or is gone", async () => {
    const { clock, listedAtMs, told } = await startTaking([nativeLease(0, "you")], {
      assignment: { shardIds: ["none of these"] },
      faults: (time) => ({
        get: async () => {
          if (time.nowMs() > 1000) return { kind: "absent" };
          throw failed("throttled");
        },
      }),
    });
    await clock.advance(PASS_MS);
    expect(listedAtMs).toEqual([0, PASS_MS]);
    expect(told.of("leaseTableFailed")).toMatchObject([{ operation: "get" }]);
  });
});

describe("a worker that releases leases", () => {
  test("says so once for all that were released while it said it, and leaves the counter alone", async () => {
    const marks: unknown[] = [];
    const taking = await startTaking([nativeLease(0, "you", { counter: 4 })], {
      faults: (time) => ({
        update: async (next, key, { expect: condition, patch }, signal) => {
          if (patch.releaseNotice === undefined)
            return next(key, { expect: condition, patch }, signal);
          marks.push(patch.releaseNotice);
          await new Promise<void>((resolve) => void time.startTimer(50, resolve));
          return next(key, { expect: condition, patch }, signal);
        },
      }),
    });
    await taking.clock.advance(1000);
    const { counter } = taking.item(0);
    for (let i = 0; i < 5; i += 1) taking.taker.noteFreed();
    const done = taking.taker.hasToldOthers;
    await taking.clock.advance(100);
    await done;
    expect(marks).toHaveLength(2);
    expect(new Set(marks).size).toBe(2);
    expect(taking.item(0)).toMatchObject({ counter, releaseNotice: marks[1] });
  });

  test("ends though it cannot say so, which is told", async () => {
    const { clock, taker, told } = await startTaking([nativeLease(0, "you")], {
      faults: () => ({
        update: async (next, key, move, signal) => {
          if (move.patch.releaseNotice !== undefined) throw failed("throttled");
          return next(key, move, signal);
        },
      }),
    });
    await clock.advance(0);
    taker.noteFreed();
    await taker.hasToldOthers;
    expect(told.of("leaseTableFailed")).toMatchObject([{ operation: "tell of released leases" }]);
    taker.noteFreed();
    await taker.hasToldOthers;
    expect(told.of("leaseTableFailed")).toHaveLength(2);
  });

  test("calls it no failure of the table when nobody waits for it any more", async () => {
    const clock = quietClock();
    const table = intercept<LeaseTable>(new MemoryLeaseTable(), {
      update: (_next, ...args) => untilAborted(new Promise<never>(() => args), args[2]),
    });
    const living = new AbortController();
    const failures: unknown[] = [];
    const notice = new ReleaseNotice({
      clock,
      table,
      worker: "me",
      callSignal: living.signal,
      onFailure: (error) => failures.push(error),
    });
    notice.noteListing([nativeLease(0, "you")]);
    // The second one is told after the first, which never ends.
    for (const _ of [1, 2]) notice.tell();
    living.abort();
    await notice.told;
    expect(failures).toEqual([]);
  });

  test("has nothing to write on where there is no lease", async () => {
    const { clock, taker, told } = await startTaking([]);
    await clock.advance(0);
    taker.noteFreed();
    await taker.hasToldOthers;
    expect(told.names()).toEqual([]);
  });
});
