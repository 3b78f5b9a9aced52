import { KinesisError } from "@shardline/core";
import { SeededRandom } from "@shardline/core/testing";
import { describe, expect, test } from "vitest";
import { intercept } from "../../../../test/support/intercept.ts";
import { quietClock } from "../../../../test/support/quiet-clock.ts";
import { ControlWrites } from "../../src/lease/control-writes.ts";
import type { LeaseTable } from "../../src/lease/lease-table.ts";
import { MemoryLeaseTable } from "../../src/lease/memory-lease-table.ts";
import { failed } from "../support/failures.ts";
import { ANY_SIGNAL } from "../support/held.ts";
import { leaseOf } from "../support/leases.ts";
import { range } from "../support/lease-views.ts";
import { track } from "../support/promises.ts";

const FOREVER = Number.POSITIVE_INFINITY;
/** The longest pause between two tries. */
const MAX_PAUSE_MS = 1000;

/** A write that is refused until a time. */
function startWriting(refusedUntilMs: number) {
  const clock = quietClock();
  const control = new ControlWrites({ clock, random: new SeededRandom(1) });
  const triedAtMs: number[] = [];
  const write = async (): Promise<string> => {
    triedAtMs.push(clock.nowMs());
    if (clock.nowMs() < refusedUntilMs) throw failed("throttled");
    return "written";
  };
  const repeat = (untilMs = FOREVER, signal = ANY_SIGNAL) =>
    track(control.repeat(write, untilMs, signal));
  return { clock, control, repeat, triedAtMs };
}

describe("a write that can wait", () => {
  test("is repeated until the table takes it, ever more seldom, and one at a time", async () => {
    const { clock, control, repeat, triedAtMs } = startWriting(10_000);
    const writes = range(5).map(() => repeat());
    await clock.advance(10_000);
    // The first five went together.
    const later = triedAtMs.slice(5);
    expect(triedAtMs.slice(0, 5)).toEqual([0, 0, 0, 0, 0]);
    expect(later.length).toBeGreaterThanOrEqual(9);
    expect(later.length).toBeLessThan(60);
    expect(new Set(later).size).toBe(later.length);
    expect(control.areRefused).toBe(true);
    expect(writes.map(({ state }) => state())).toEqual(range(5).map(() => "pending"));
    await clock.advance(MAX_PAUSE_MS);
    expect(writes.map(({ state }) => state())).toEqual(range(5).map(() => "resolved"));
    await clock.advance(2000);
    expect([control.areRefused, control.areScarce]).toEqual([false, false]);
  });

  test("waits after a renewal was refused, but not for as long as any are", async () => {
    const { clock, control, repeat, triedAtMs } = startWriting(0);
    control.noteRenewalRefused(failed("throttled"));
    expect([control.areRefused, control.areScarce]).toEqual([false, true]);
    const write = repeat();
    await clock.advance(499);
    expect(triedAtMs).toEqual([]);
    control.noteRenewalRefused(failed("throttled"));
    await clock.advance(501);
    expect(write.state()).toBe("resolved");
    expect(triedAtMs).toHaveLength(1);
  });

  test("is given up with the refusal when its time is over", async () => {
    const { clock, repeat } = startWriting(FOREVER);
    const writes = range(3).map(() => repeat(2000));
    await clock.advance(2000 + MAX_PAUSE_MS);
    for (const { reason } of writes)
      expect(KinesisError.is(reason(), "API_CALL_FAILED")).toBe(true);
  });

  test("rejects at once for any other failure, and holds up none behind it", async () => {
    const { clock, control, repeat } = startWriting(300);
    const first = repeat();
    await clock.advance(0);
    const wrong = track(
      control.repeat(() => Promise.reject(failed("denied")), FOREVER, ANY_SIGNAL),
    );
    const last = repeat();
    await clock.advance(300 + MAX_PAUSE_MS);
    expect([first.state(), wrong.state(), last.state()]).toEqual([
      "resolved",
      "rejected",
      "resolved",
    ]);
  });

  test("ends its wait when its signal aborts", async () => {
    const { clock, repeat } = startWriting(FOREVER);
    const ending = new AbortController();
    const write = repeat(FOREVER, ending.signal);
    await clock.advance(500);
    ending.abort();
    await clock.advance(0);
    expect(write.state()).toBe("rejected");
  });
});

describe("a lease that others may have created", () => {
  test("is looked for before it is tried again, which costs no write", async () => {
    const clock = quietClock();
    const control = new ControlWrites({ clock, random: new SeededRandom(1) });
    const memory = new MemoryLeaseTable();
    let tries = 0;
    let isRefused = true;
    const table = intercept<LeaseTable>(memory, {
      create: async (next, ...args) => {
        tries += 1;
        if (isRefused) throw failed("throttled");
        return next(...args);
      },
    });
    const patient = control.patient(table);
    const theirs = track(patient.create(leaseOf(0), ANY_SIGNAL));
    const ours = track(patient.create(leaseOf(1), ANY_SIGNAL));
    await clock.advance(0);
    await memory.create(leaseOf(0), ANY_SIGNAL);
    isRefused = false;
    await clock.advance(MAX_PAUSE_MS);
    expect([theirs.value(), ours.value()]).toEqual([false, true]);
    expect(tries).toBe(3);
  });
});
