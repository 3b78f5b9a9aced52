import { describe, expect, test } from "vitest";
import { lagWarningOf, planLagNews } from "../../src/status/lag-plan.ts";

const NOBODY: ReadonlySet<string> = new Set();

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
      const news = planLagNews([{ shardId: "a", lagMs }], warned, 1000);
      warned = news.warned;
      if (news.exceeded.length > 0) return `late at ${news.exceeded[0]?.lagMs}`;
      return news.recovered.length > 0 ? `fine at ${news.recovered[0]?.lagMs}` : "";
    });
    const expected = ["late at 1001", "fine at 500", "late at 1200"];
    expect(told.filter((one) => one !== "")).toEqual(expected);
  });

  test("are kept apart by shard, and a shard that is gone is forgotten", () => {
    const lags = [
      { shardId: "a", lagMs: 2000 },
      { shardId: "b", lagMs: 10 },
      { shardId: "c", lagMs: undefined },
    ];
    const first = planLagNews(lags, NOBODY, 1000);
    expect(first.exceeded).toEqual([{ shardId: "a", lagMs: 2000 }]);
    expect(first.recovered).toEqual([]);
    expect(planLagNews([{ shardId: "b", lagMs: 10 }], first.warned, 1000)).toEqual({
      exceeded: [],
      recovered: [],
      warned: NOBODY,
    });
  });

  test("do not come from a lag that is not known: a shard that was warned of stays so", () => {
    const news = planLagNews([{ shardId: "a", lagMs: undefined }], new Set(["a"]), 1000);
    expect(news).toEqual({ exceeded: [], recovered: [], warned: new Set(["a"]) });
  });
});
