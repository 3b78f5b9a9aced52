import { expect, test } from "vitest";
import { type RunOptions, resolveRunOptions } from "../src/run-options.ts";

const { signal } = new AbortController();

test("a run has no signal and 30 seconds to drain, if nothing is said", () => {
  const defaults = { signal: undefined, drainTimeoutMs: 30_000 };
  expect(resolveRunOptions(undefined)).toEqual(defaults);
  expect(resolveRunOptions({})).toEqual(defaults);
  expect(resolveRunOptions({ signal: undefined, drainTimeoutMs: undefined })).toEqual(defaults);
});

test("a drain may take no time, or for ever", () => {
  expect(resolveRunOptions({ drainTimeoutMs: 0, signal })).toEqual({ drainTimeoutMs: 0, signal });
  const forever = { drainTimeoutMs: Number.POSITIVE_INFINITY };
  expect(resolveRunOptions(forever)).toMatchObject(forever);
});

test.each<[object, string]>([
  [{ drainTimeoutMs: -1 }, "drainTimeoutMs must be a number from 0 to Infinity, got -1"],
  [{ drainTimeoutMs: Number.NaN }, "drainTimeoutMs must be a number from 0 to Infinity, got NaN"],
  [{ drainTimeoutMs: "5" }, 'drainTimeoutMs must be a number from 0 to Infinity, got "5"'],
  [{ signal: {} }, "signal must be an AbortSignal, got an object"],
  [signal, "options must be { signal }, got the signal"],
  [{ deadlineMs: 5 }, "deadlineMs is not an option; known are signal, drainTimeoutMs"],
])("%o is refused", (options, problem) => {
  expect(() => resolveRunOptions(options as RunOptions)).toThrow(
    `run refused its options: ${problem}`,
  );
});
