// How the options of reading are checked; all others are in settings.test.ts.
import { expect, test } from "vitest";
import type { ConsumerOptions } from "../src/options.ts";
import { resolveConsumerOptions } from "../src/settings.ts";

const LEAST: ConsumerOptions = {
  application: "billing",
  stream: "orders",
  startAt: "TRIM_HORIZON",
  processBatch: () => undefined,
};

test.each([
  [{ read: { bytesPerSecond: 1023 } }, "read.bytesPerSecond must be a whole number from 1024 to "],
  [{ prefetch: { totalBytes: 0 } }, "prefetch.totalBytes must be a whole number from 1 to "],
])("%o is refused", (options, problem) => {
  expect(() => resolveConsumerOptions({ ...LEAST, ...options })).toThrow(problem);
});
