import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Pauses } from "../../src/shard/pauses.ts";
import { ANY_SIGNAL } from "../support/held.ts";
import { track } from "../support/promises.ts";

describe("pauses", () => {
  test("of everything reach shards that nobody has named yet, and one of them can go on alone", () => {
    const pauses = new Pauses();
    expect(pauses.isPaused("a")).toBe(false);
    expect(pauses.pause(undefined)).toBe(true);
    expect(pauses.resume("a")).toBe(true);
    expect(["a", "b"].map((shard) => pauses.isPaused(shard))).toEqual([false, true]);
    expect(pauses.resume(undefined)).toBe(true);
    expect(["a", "b"].map((shard) => pauses.isPaused(shard))).toEqual([false, false]);
  });

  test("of a stream, of a shard of it, and of all are as the last call that concerns a shard says", () => {
    const call = fc.record({
      isPause: fc.boolean(),
      stream: fc.constantFrom(undefined, "s", "t"),
      shard: fc.constantFrom(undefined, "a", "b"),
    });
    const isSensible = ({
      shard,
      stream,
    }: {
      shard?: string | undefined;
      stream?: string | undefined;
    }) => shard === undefined || stream !== undefined;
    fc.assert(
      fc.property(fc.array(call.filter(isSensible)), (calls) => {
        const pauses = new Pauses();
        for (const { isPause, shard, stream } of calls) {
          if (isPause) pauses.pause(shard, stream);
          else pauses.resume(shard, stream);
        }
        for (const stream of ["s", "t", "never named"]) {
          for (const shard of ["a", "b"]) {
            const last = calls.findLast(
              (one) =>
                one.stream === undefined ||
                (one.stream === stream && (one.shard === undefined || one.shard === shard)),
            );
            expect(pauses.of(stream).isPaused(shard)).toBe(last?.isPause ?? false);
          }
        }
      }),
    );
  });

  test("are as the last call that concerns a shard says", () => {
    const call = fc.record({
      isPause: fc.boolean(),
      shard: fc.constantFrom(undefined, "a", "b", "c"),
    });
    fc.assert(
      fc.property(fc.array(call), (calls) => {
        const pauses = new Pauses();
        const changed = calls.map(({ isPause, shard }) => {
          return isPause ? pauses.pause(shard) : pauses.resume(shard);
        });
        for (const shard of ["a", "b", "c", "never named"]) {
          const last = calls.findLast((one) => one.shard === undefined || one.shard === shard);
          expect(pauses.isPaused(shard)).toBe(last?.isPause ?? false);
        }
        const [last, before] = [calls.at(-1), calls.at(-2)];
        if (last && JSON.stringify(last) === JSON.stringify(before)) {
          expect(changed.at(-1)).toBe(false);
        }
      }),
    );
  });

  test("hold whoever waits for that shard, until it goes on", async () => {
    const pauses = new Pauses();
    pauses.pause("a");
    const [a, b] = ["a", "b"].map((shard) => track(pauses.untilFlowing(shard, ANY_SIGNAL)));
    pauses.pause("c");
    pauses.resume("c");
    await Promise.resolve();
    expect([a?.state(), b?.state()]).toEqual(["pending", "resolved"]);
    pauses.resume(undefined);
    await new Promise(setImmediate);
    expect(a?.state()).toBe("resolved");
  });

  test("do not hold whose signal has aborted, before or meanwhile", async () => {
    const pauses = new Pauses();
    pauses.pause(undefined);
    const ending = new AbortController();
    const waiting = track(pauses.untilFlowing("a", ending.signal));
    ending.abort("over");
    const late = track(pauses.untilFlowing("a", ending.signal));
    await new Promise(setImmediate);
    expect([waiting.reason(), late.reason()]).toEqual(["over", "over"]);
  });
});
