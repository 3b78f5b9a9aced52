// How the options of reading are checked; all others are in settings.test.ts.
import { expect, test } from "vitest";
import type { ConsumerOptions, ReadOptions } from "../src/options.ts";
import { resolveConsumerOptions } from "../src/settings.ts";

const LEAST: ConsumerOptions = {
  application: "billing",
  stream: "orders",
  startAt: "TRIM_HORIZON",
  processBatch: () => undefined,
};

const COUNT = `a whole number from 1 to ${Number.MAX_SAFE_INTEGER}`;

function streamArn(account: string): string {
  return `arn:aws:kinesis:eu-west-1:${account}:stream/orders`;
}

function consumerArn(stream: string): string {
  return `arn:aws:kinesis:eu-west-1:000000000000:stream/${stream}/consumer/billing:1700000000`;
}

test.each([
  [{ read: { mode: "push" } }, 'read.mode must be "polling" or "fan-out" or "auto", got "push"'],
  [
    { read: { mode: "auto", consumerName: "a b" } },
    'read.consumerName must be 1 to 128 letters, digits, _, . or -, got "a b"',
  ],
  [{ read: { mode: "fan-out" }, application: "a".repeat(129) }, "read.consumerName is required"],
  [{ read: { consumerArn: "orders" } }, "read.consumerArn must be the ARN of a stream consumer"],
  [{ read: { consumerArn: consumerArn("payments") } }, "must be of the stream orders"],
  [
    { stream: streamArn("123456789012"), read: { consumerArn: consumerArn("orders") } },
    "must be of the stream orders",
  ],
  [
    { stream: undefined, streams: ["orders"], read: { consumerArn: consumerArn("orders") } },
    "read.consumerArn names a consumer of one stream",
  ],
  [{ read: { idleMs: 199 } }, "read.idleMs must be a whole number from 200 to 60000, got 199"],
  [{ read: { idleMs: 60_001 } }, "read.idleMs must be a whole number from 200 to 60000, got 60001"],
  [
    { read: { readsPerSecond: 0.09 } },
    "read.readsPerSecond must be a number from 0.1 to 5, got 0.09",
  ],
  [
    { read: { readsPerSecond: 5.1 } },
    "read.readsPerSecond must be a number from 0.1 to 5, got 5.1",
  ],
  [{ read: { maxRecords: 0 } }, "read.maxRecords must be a whole number from 1 to 10000, got 0"],
  [
    { read: { maxRecords: 10_001 } },
    "read.maxRecords must be a whole number from 1 to 10000, got 10001",
  ],
  [
    { read: { bytesPerSecond: 1023 } },
    `read.bytesPerSecond must be a whole number from 1024 to ${Number.MAX_SAFE_INTEGER}, got 1023`,
  ],
  [{ prefetch: { maxRecords: 0 } }, `prefetch.maxRecords must be ${COUNT}, got 0`],
  [{ prefetch: { maxBytes: -1 } }, `prefetch.maxBytes must be ${COUNT}, got -1`],
  [{ prefetch: { totalBytes: 0 } }, `prefetch.totalBytes must be ${COUNT}, got 0`],
])("%o is refused", (options, problem) => {
  const wrong = { ...LEAST, ...options } as ConsumerOptions;
  expect(() => resolveConsumerOptions(wrong)).toThrow(problem);
});

test("a stream consumer is named as the application, unless it is chosen", () => {
  const nameOf = (read: ReadOptions) => resolveConsumerOptions({ ...LEAST, read }).settings.read;
  expect(nameOf({ mode: "fan-out" })).toMatchObject({ mode: "fan-out", consumerName: "billing" });
  expect(nameOf({ mode: "auto", consumerName: "x" })).toMatchObject({ consumerName: "x" });
  const own = { mode: "fan-out", consumerArn: consumerArn("orders") } as const;
  expect(nameOf(own)).toMatchObject({ consumerArn: consumerArn("orders") });
});
