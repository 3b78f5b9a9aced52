import { expect, test } from "vitest";
import { planRoster, rosterKeyOf } from "../../src/stream/roster-plan.ts";
import { resolveStreams } from "../../src/stream/stream-settings.ts";

test("what is new begins, what is not named any more ends, and the rest stays", () => {
  const [a, b, c] = resolveStreams(["a", "b", "c"]).map(rosterKeyOf) as [string, string, string];
  const plan = planRoster(resolveStreams(["b", "c"]), [a, b]);
  expect(plan.begin.map(rosterKeyOf)).toEqual([c]);
  expect(plan.end).toEqual([a]);
});

test("another stream under the same label is another one, and so is the same under another label", () => {
  const keys = [
    [{ stream: "a", label: "x" }],
    [{ stream: "b", label: "x" }],
    [{ stream: "a", label: "y" }],
    [{ stream: "arn:aws:kinesis:eu-west-1:123456789012:stream/a", label: "x" }],
    [{ stream: "123456789012:a:5", label: "x" }],
  ].map((list) => resolveStreams(list).map(rosterKeyOf)[0]);
  expect(new Set(keys).size).toBe(keys.length);
});

test("what else is said of a stream does not begin it anew", () => {
  const [before, after] = [{}, { startAt: "LATEST" as const }].map((more) => {
    return resolveStreams([{ stream: "a", ...more }]);
  });
  const plan = planRoster(after ?? [], (before ?? []).map(rosterKeyOf));
  expect(plan).toEqual({ begin: [], end: [] });
});
