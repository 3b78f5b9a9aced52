import { apiCallFailed, LinkedSignal, type StreamSummary } from "@shardline/core";
import { SeededRandom, type VirtualClock } from "@shardline/core/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import type { ProducerOptions } from "@shardline/producer";
import { quietClock } from "../../../../test/support/quiet-clock.ts";
import { resolveProducerOptions } from "../../src/settings.ts";
import { StreamDescription } from "../../src/stream/stream-description.ts";
import type { StreamFacts } from "../../src/stream/stream-facts.ts";
import { failureOf } from "../support/failures.ts";

const SUMMARY: StreamSummary = {
  name: "orders",
  arn: "arn:aws:kinesis:us-east-1:000000000000:stream/orders",
  status: "ACTIVE",
  createdAtMs: 1,
  openShardCount: 4,
  retentionHours: 24,
  maxRecordBytes: 2_097_152,
  distribution: "partition-key",
};

interface TestDescription {
  readonly description: StreamDescription;
  readonly clock: VirtualClock;
  readonly askedAtMs: number[];
  readonly changes: StreamFacts[];
  readonly failures: unknown[];
  answer: () => Promise<StreamSummary>;
}

function newDescription(
  options: Partial<ProducerOptions> = {},
  answer: () => Promise<StreamSummary> = () => Promise.resolve(SUMMARY),
): TestDescription {
  const clock = quietClock();
  const stop = new LinkedSignal();
  const [askedAtMs, changes, failures] = [[] as number[], [] as StreamFacts[], [] as unknown[]];
  const test = { clock, askedAtMs, changes, failures, answer };
  const description = new StreamDescription({
    kinesis: {
      describeStreamSummary: () => {
        askedAtMs.push(clock.nowMs());
        return test.answer();
      },
    },
    stream: { name: "orders" },
    settings: resolveProducerOptions({ stream: "orders", ...options }),
    clock,
    random: new SeededRandom(1),
    signal: stop.signal,
    onChange: (facts) => void changes.push(facts),
    onFailure: (error) => void failures.push(error),
  });
  onTestFinished(async () => {
    stop.abort(undefined);
    await description.done;
  });
  return Object.assign(test, { description });
}

const failing = (kind: "denied" | "throttled") => (): Promise<StreamSummary> =>
  Promise.reject(apiCallFailed("DescribeStreamSummary", failureOf(kind)));

describe("a stream", () => {
  it("is described at once, and then not again for eight to twelve minutes, and only if somebody puts", async () => {
    const test = newDescription();
    await test.clock.advance(0);
    expect(test.description.facts).toEqual({
      distribution: "partition-key",
      maxRecordBytes: 2_097_152,
      openShardCount: 4,
      createdAtMs: 1,
    });
    for (let i = 0; i < 7; i += 1) {
      await test.clock.advance(60_000);
      test.description.want(test.clock.nowMs());
    }
    await test.clock.advance(3_600_000);
    expect(test.askedAtMs).toEqual([0]);
    for (let i = 0; i < 40; i += 1) {
      test.description.want(test.clock.nowMs());
      await test.clock.advance(60_000);
    }
    const gaps = test.askedAtMs.slice(2).map((at, i) => at - (test.askedAtMs[i + 1] ?? 0));
    expect(gaps.length).toBeGreaterThan(2);
    for (const gap of gaps) {
      expect(gap).toBeGreaterThanOrEqual(480_000);
      expect(gap).toBeLessThanOrEqual(780_000);
    }
    expect(new Set(gaps).size).toBeGreaterThan(1);
    expect(test.changes).toHaveLength(1);
  });

  it("is not described where nothing depends on it", async () => {
    const test = newDescription({ maxRecordBytes: 1024, distribution: "partition-key" });
    await test.clock.advance(0);
    test.description.want(1e9);
    test.description.doubt();
    await test.clock.advance(1e6);
    expect(test.askedAtMs).toEqual([]);
    expect([test.description.isKnown, test.description.limits.maxRecordBytes]).toEqual([
      true,
      1024,
    ]);
  });

  it("is described again as soon as there is doubt and five seconds have passed", async () => {
    const test = newDescription();
    await test.clock.advance(1000);
    test.description.doubt();
    await test.clock.advance(3999);
    test.description.want(test.clock.nowMs());
    await test.clock.advance(0);
    expect(test.askedAtMs).toEqual([0]);
    await test.clock.advance(1);
    test.description.want(test.clock.nowMs());
    await test.clock.advance(0);
    expect(test.askedAtMs).toEqual([0, 5000]);
  });

  it("keeps what the options say", async () => {
    const test = newDescription({ maxRecordBytes: 4096, distribution: "service-managed" });
    await test.clock.advance(0);
    expect(test.description.facts).toMatchObject({
      maxRecordBytes: 4096,
      distribution: "service-managed",
      openShardCount: 4,
    });
  });
});

describe("a stream that may not be described", () => {
  it("is taken for an ordinary one of 1 MiB; that is told once, and asked for no more often than otherwise", async () => {
    const test = newDescription({}, failing("denied"));
    await test.clock.advance(0);
    expect([test.description.isKnown, test.description.limits.maxRecordBytes]).toEqual([
      true,
      1_048_576,
    ]);
    for (let i = 0; i < 60; i += 1) {
      test.description.want(test.clock.nowMs());
      await test.clock.advance(60_000);
    }
    expect(test.failures).toHaveLength(1);
    expect(test.askedAtMs.length).toBeGreaterThan(3);
    expect(test.askedAtMs.length).toBeLessThan(9);
  });

  it("because too many ask is asked for again sooner, at growing intervals", async () => {
    const test = newDescription({}, failing("throttled"));
    for (let i = 0; i < 600; i += 1) {
      test.description.want(test.clock.nowMs());
      await test.clock.advance(1000);
    }
    const gaps = test.askedAtMs.slice(1).map((at, i) => at - (test.askedAtMs[i] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(5000);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(73_000);
    test.answer = () => Promise.resolve(SUMMARY);
    await test.clock.advance(100_000);
    test.description.want(test.clock.nowMs());
    await test.clock.advance(0);
    expect(test.description.limits.maxRecordBytes).toBe(2_097_152);
    expect(test.failures).toHaveLength(1);
  });
});

describe("S-too-large: a refusal that states a bound", () => {
  const reason =
    "1 validation error detected: Value at 'records.1.member.data' failed to satisfy constraint: " +
    "Member must have length less than or equal to 1048576";
  const refusal = { ...failureOf("rejected"), reason };

  it("lowers the limit, until the stream says otherwise", async () => {
    const test = newDescription();
    await test.clock.advance(0);
    test.description.learn(refusal);
    expect(test.description.limits.maxRecordBytes).toBe(1_048_576);
    await test.clock.advance(5000);
    test.description.doubt();
    await test.clock.advance(0);
    expect(test.description.limits.maxRecordBytes).toBe(2_097_152);
  });

  it.each([
    ["is about something else", { ...refusal, reason: reason.replace("data", "partitionKey") }],
    ["is no refusal of the request", { ...refusal, kind: "transient" as const }],
    ["is higher", { ...refusal, reason: reason.replace("1048576", "9999999") }],
  ])("is passed over where it %s", async (_, failure) => {
    const test = newDescription();
    await test.clock.advance(0);
    test.description.learn(failure);
    expect(test.description.limits.maxRecordBytes).toBe(2_097_152);
  });

  it("does not overrule a limit that was set", async () => {
    const test = newDescription({ maxRecordBytes: 5_000_000 });
    test.description.learn(refusal);
    expect(test.description.limits.maxRecordBytes).toBe(5_000_000);
    await test.clock.advance(0);
  });
});

describe("whoever waits until it is known", () => {
  it("waits for the answer, and no longer than allowed", async () => {
    let answer = (): void => undefined;
    const answered = new Promise<StreamSummary>((resolve) => {
      answer = () => resolve(SUMMARY);
    });
    const test = newDescription({}, () => answered);
    const order: string[] = [];
    void test.description.untilKnown(1000).then(() => order.push("impatient"));
    void test.description.untilKnown(9000).then(() => order.push("patient"));
    await test.clock.advance(1000);
    expect(order).toEqual(["impatient"]);
    answer();
    await test.clock.advance(0);
    expect(order).toEqual(["impatient", "patient"]);
    await test.description.untilKnown(1e6);
  });
});
