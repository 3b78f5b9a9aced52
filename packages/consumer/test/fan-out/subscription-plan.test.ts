import type { ApiFailureKind } from "@shardline/core";
import { SeededRandom } from "@shardline/core/testing";
import { describe, expect, test } from "vitest";
import {
  afterLife,
  NO_SUBSCRIPTIONS,
  retryAfterMsOf,
  type SubscriptionEnd,
  type SubscriptionHistory,
} from "../../src/fan-out/subscription-plan.ts";
import { comeBackAfterMs, mustFallBack } from "../../src/fan-out/fall-back-plan.ts";
import { isFault } from "../../src/fan-out/subscription-fault.ts";
import { range } from "../support/lease-views.ts";

const ENDED: SubscriptionEnd = { kind: "ended" };
const SILENT: SubscriptionEnd = { kind: "silent" };
const STALLED: SubscriptionEnd = { kind: "stalled" };

function failedAs(kind: ApiFailureKind, retryAfterMs?: number): SubscriptionEnd {
  const failure = { kind, awsName: "Test", reason: "test", isAmbiguous: false };
  const asked = retryAfterMs === undefined ? {} : { retryAfterMs };
  return { kind: "failed", failure: { ...failure, ...asked } };
}

/** One that was asked for at 0, accepted after 100 ms, and lasted so long. */
function accepted(
  lastedMs: number,
  events: number,
  end: SubscriptionEnd,
  history = NO_SUBSCRIPTIONS,
) {
  return afterLife(history, {
    triedAtMs: 0,
    acceptedAtMs: 100,
    endedAtMs: 100 + lastedMs,
    events,
    end,
  });
}

function refused(end: SubscriptionEnd, history: SubscriptionHistory = NO_SUBSCRIPTIONS) {
  return afterLife(history, {
    triedAtMs: 0,
    acceptedAtMs: undefined,
    endedAtMs: 50,
    events: 0,
    end,
  });
}

describe("the next try", () => {
  test("comes at once after five minutes", () => {
    const history = accepted(300_000, 60, ENDED);
    expect(retryAfterMsOf(history, ENDED, 300_100, new SeededRandom(1))).toBe(0);
  });

  test("comes no sooner than the service takes it: 1.1 s after a try, 5.1 s after one that was accepted", () => {
    const random = new SeededRandom(1);
    expect(retryAfterMsOf(accepted(10, 1, ENDED), ENDED, 110, random)).toBe(5090);
    const failure = failedAs("transient");
    expect(retryAfterMsOf(refused(failure), failure, 50, random)).toBeGreaterThanOrEqual(1050);
  });

  test("a connection that is cut off after it brought something is no failure", () => {
    const end = failedAs("transient");
    const history = accepted(60_000, 12, end);
    expect(isFault(history)).toBe(false);
    expect(retryAfterMsOf(history, end, 60_100, new SeededRandom(1))).toBe(0);
  });

  test("comes later with each that brought nothing, up to half a minute, jittered from nothing on", () => {
    const random = new SeededRandom(1);
    const end = failedAs("busy");
    let history = NO_SUBSCRIPTIONS;
    const longest: number[] = [];
    for (const _ of range(8)) {
      history = refused(end, history);
      const pauses = range(500).map(() => retryAfterMsOf(history, end, 10_000, random));
      longest.push(Math.max(...pauses));
      expect(Math.min(...pauses)).toBeLessThan(longest[0] ?? 0);
    }
    for (const [i, maxMs] of [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000].entries()) {
      expect(longest[i]).toBeLessThanOrEqual(maxMs);
      expect(longest[i]).toBeGreaterThan(maxMs * 0.97);
    }
  });

  test("waits as long as the service asks", () => {
    const end = failedAs("throttled", 45_000);
    expect(retryAfterMsOf(refused(end), end, 10_000, new SeededRandom(1))).toBe(45_000);
  });
});

describe("falling back", () => {
  test.each([
    ["refusals", (history: SubscriptionHistory) => refused(failedAs("denied"), history)],
    ["silence", (history: SubscriptionHistory) => accepted(20_000, 0, SILENT, history)],
    ["ends after one event", (history: SubscriptionHistory) => accepted(10, 1, ENDED, history)],
    [
      "cuts after one event",
      (history: SubscriptionHistory) => accepted(10, 1, failedAs("transient"), history),
    ],
  ])("five in a row are too many: %s", (_, next) => {
    let history = NO_SUBSCRIPTIONS;
    for (const n of range(5)) {
      expect(mustFallBack(history.shortLives)).toBe(false);
      history = next(history);
      expect(history.shortLives).toBe(n + 1);
    }
    expect(mustFallBack(history.shortLives)).toBe(true);
  });

  test("one that lasted makes good for those before", () => {
    const history = refused(failedAs("busy"), refused(failedAs("busy")));
    expect(accepted(300_000, 60, ENDED, history).shortLives).toBe(0);
    expect(accepted(40_000, 8, failedAs("transient"), history).shortLives).toBe(1);
  });

  test("that nobody takes what comes is no failure of the subscription", () => {
    const history = refused(failedAs("busy"));
    expect(accepted(240_000, 0, STALLED, history)).toMatchObject({ shortLives: 0, failures: 0 });
  });

  test("a shard is polled for a minute, and longer each time, up to ten", () => {
    expect(range(6).map((n) => comeBackAfterMs(n + 1) / 60_000)).toEqual([1, 2, 4, 8, 10, 10]);
  });
});
