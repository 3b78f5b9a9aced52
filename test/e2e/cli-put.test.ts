// shardline put as a user meets it: pace, bounds, what it tells in the end.
import { setTimeout as pause } from "node:timers/promises";
import type { KinesisRecord } from "@shardline/core";
import { type RunningEmulator, startEmulator } from "@shardline/emulator";
import { expect, test } from "vitest";
import { shardline, startShardline } from "../support/shardline.ts";

function storedIn(emulator: RunningEmulator): KinesisRecord[] {
  return emulator.inspect("orders")?.shards.flatMap(({ records }) => records) ?? [];
}

test("put tells what became of its lines: calls, aggregation, latencies", async () => {
  await using emulator = await startEmulator({ streams: { orders: 1 } });
  const lines = Array.from({ length: 100 }, (_, i) => `line ${i}`);
  const args = ["put", "orders", "--endpoint", emulator.endpoint, "--json"];
  const { code, stdout } = await shardline(args, lines.join("\n"));
  const summary = JSON.parse(stdout) as { latencyMs: Record<"p50" | "p99" | "max", number> };
  expect(code).toBe(0);
  expect(summary).toEqual({
    put: 100,
    stored: 100,
    failed: 0,
    bytes: lines.join("").length,
    calls: 1,
    failedCalls: 0,
    throttles: 0,
    recordsPerKinesisRecord: 100,
    seconds: expect.any(Number),
    latencyMs: { p50: expect.any(Number), p99: expect.any(Number), max: expect.any(Number) },
  });
  const { max, p50, p99 } = summary.latencyMs;
  expect(p50).toBeGreaterThan(0);
  expect(p99).toBeGreaterThanOrEqual(p50);
  expect(max).toBeGreaterThanOrEqual(p99);
});

test("put sends each line as a Kinesis record of its own where aggregation is off", async () => {
  await using emulator = await startEmulator({ streams: { orders: 1 } });
  const options = ["--no-aggregate", "--ordering", "none", "--concurrency", "1", "--json"];
  const args = ["put", "orders", "--endpoint", emulator.endpoint, ...options];
  const { code, stdout } = await shardline(args, "one\ntwo\nthree\n");
  expect(JSON.parse(stdout)).toMatchObject({ stored: 3, calls: 1, recordsPerKinesisRecord: 1 });
  expect(code).toBe(0);
});

test("put keeps the rate that it is given", async () => {
  await using emulator = await startEmulator({ streams: { orders: 1 } });
  const args = ["put", "orders", "--endpoint", emulator.endpoint, "--rate", "20", "--json"];
  const { stdout } = await shardline(args, "a line\n".repeat(11));
  const { seconds, stored } = JSON.parse(stdout) as { seconds: number; stored: number };
  expect(stored).toBe(11);
  // The first goes at once, ten wait for a twentieth of a second each.
  expect(seconds).toBeGreaterThan(0.49);
});

test("put stops when it is told to, settles what it has put, and says so", async () => {
  await using emulator = await startEmulator({ streams: { orders: 1 } });
  const args = ["put", "orders", "--endpoint", emulator.endpoint, "--rate", "10", "--json"];
  const running = startShardline(args, "a line\n".repeat(1000));
  while (storedIn(emulator).length === 0) await pause(20);
  running.stop("SIGINT");
  const { code, stdout } = await running.finished;
  const { failed, put, stored } = JSON.parse(stdout) as Record<string, number>;
  expect(code).toBe(1);
  expect(failed).toBe(0);
  expect(put).toBe(stored);
  expect(put).toBeLessThan(1000);
});

test("put does without the permission to describe the stream, and names the one to write once", async () => {
  await using emulator = await startEmulator({ streams: { orders: 1 } });
  const effect = { kind: "error", type: "AccessDeniedException" } as const;
  emulator.faults.add({ effect, match: { operations: "DescribeStreamSummary" } });
  const args = ["put", "orders", "--endpoint", emulator.endpoint, "--json"];
  const allowed = await shardline(args, "one\n");
  expect([allowed.code, JSON.parse(allowed.stdout)]).toMatchObject([0, { stored: 1 }]);
  emulator.faults.add({ effect, match: { operations: "PutRecords" } });
  const refused = await shardline(args, "two\n");
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(/\); grant kinesis:PutRecords on the stream\n$/);
});

test("put counts throttles and the records that it could not store", async () => {
  await using emulator = await startEmulator({ streams: { orders: 1 } });
  emulator.faults.add({
    effect: { kind: "error", type: "ProvisionedThroughputExceededException" },
    match: { operations: "PutRecords" },
    times: 2,
  });
  const args = ["put", "orders", "--endpoint", emulator.endpoint];
  const { stdout } = await shardline([...args, "--json"], "one\ntwo\n");
  expect(JSON.parse(stdout)).toMatchObject({ stored: 2, calls: 3, failedCalls: 2, throttles: 2 });

  const { code, stderr } = await shardline(args, Buffer.alloc(1_100_000, "x"));
  expect(stderr).toMatch(/^shardline: line 1: .*1100036/);
  expect(stderr).toMatch(/\n0 records stored, 1 failed in \d/);
  expect(code).toBe(1);
});
