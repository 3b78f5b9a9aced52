import { describe, expect, test } from "vitest";
import { lagWarningOf, planLagNews } from "../../src/status/lag-plan.ts";

const NOBODY: ReadonlySet<string> = new Set();
const warningMs = 1000;

describe("the lag to warn of", () => {
  test("is what was configured, or else half of what the stream keeps, if that is known", () => {
    expect(lagWarningOf(5000, 1000)).toBe(5000);
    expect(lagWarningOf(undefined, 86_400_000)).toBe(43_200_000);
    expect(lagWarningOf(undefined, undefined)).toBeUndefined();
  });
});

describe("news of lags", () => {
  test("come once when a shard is too late, and once when it has come down to half of that", () => {
    let warned = NOBODY;
    const told = [900, 1000, 1001, 5000, 600, 1500, 501, 500, 900, 1200].map((lagMs) => {
      const news = planLagNews([{ shardId: "a", lagMs, warningMs }], warned);
      warned = news.warned;
      if (news.exceeded.length > 0) return `late at ${news.exceeded[0]?.lagMs}`;
      return news.recovered.length > 0 ? `fine at ${news.recovered[0]?.lagMs}` : "";
    });
    const expected = ["late at 1001", "fine at 500", "late at 1200"];
    expect(told.filter((one) => one !== "")).toEqual(expected);
  });

  test("are kept apart by shard, and a shard that is gone is forgotten", () => {
    const lags = [
      { shardId: "a", lagMs: 2000, warningMs },
      { shardId: "b", lagMs: 10, warningMs },
      { shardId: "c", lagMs: undefined, warningMs },
    ];
    const first = planLagNews(lags, NOBODY);
    expect(first.exceeded).toEqual([{ shardId: "a", lagMs: 2000, warningMs }]);
    expect(first.recovered).toEqual([]);
    expect(planLagNews([{ shardId: "b", lagMs: 10, warningMs }], first.warned)).toEqual({
      exceeded: [],
      recovered: [],
      warned: NOBODY,
    });
  });

  test("are kept apart by stream, where shards of several have the same id", () => {
    const lags = [
      { shardId: "a", stream: "x", lagMs: 2000, warningMs },
      { shardId: "a", stream: "y", lagMs: 2000, warningMs: 5000 },
    ];
    const first = planLagNews(lags, NOBODY);
    expect(first.exceeded).toEqual([lags[0]]);
    const caughtUp = lags.map((lag) => ({ ...lag, lagMs: 0 }));
    expect(planLagNews(caughtUp, first.warned).recovered).toEqual([
      { shardId: "a", stream: "x", lagMs: 0 },
    ]);
  });

  test("do not come from a lag that is not known: a shard that was warned of stays so", () => {
    const news = planLagNews([{ shardId: "a", lagMs: undefined, warningMs }], new Set(["a"]));
    expect(news).toEqual({ exceeded: [], recovered: [], warned: new Set(["a"]) });
  });
});
