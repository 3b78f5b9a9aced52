import type { KinesisApi } from "@shardline/core";
import { describe, expect, test } from "vitest";
import { failed } from "../support/failures.ts";
import { type FanOutSetup, newFanOut } from "../support/fan-out.ts";
import { ANY_SIGNAL } from "../support/held.ts";
import { failing } from "../support/polling.ts";

const STREAM = { name: "s" };

async function streamArnOf(kinesis: KinesisApi): Promise<string> {
  return (await kinesis.describeStreamSummary({ stream: STREAM }, ANY_SIGNAL)).arn;
}

/** A consumer of that name which is there from the beginning. */
async function registered(setup: FanOutSetup = {}) {
  const fanOut = newFanOut(setup);
  const { clock, kinesis } = fanOut;
  const request = { streamArn: await streamArnOf(kinesis), consumerName: "billing" };
  const { arn } = await kinesis.registerStreamConsumer(request, ANY_SIGNAL);
  await clock.advance(1000);
  return { ...fanOut, arn };
}

describe("by name", () => {
  test("a consumer that is there is used", async () => {
    const { arn, asked, subscribed, told } = await registered();
    await subscribed();
    expect(asked[0]?.consumerArn).toBe(arn);
    expect(told.of("streamConsumerRegistered")).toEqual([]);
  });

  test("one that is missing is registered, and used as soon as it is active", async () => {
    const setup = { emulator: { transitions: { consumerMs: 7500 } } };
    const { asked, clock, put, read, told } = newFanOut(setup);
    const { texts } = read();
    await clock.advance(6000);
    await put("a");
    await clock.advance(1400);
    expect(asked).toHaveLength(0);
    expect(texts()).toEqual(["a"]);
    await clock.advance(1000);
    expect(asked).toHaveLength(1);
    expect(told.of("streamConsumerRegistered")).toMatchObject([{ consumerName: "billing" }]);
    expect(told.of("streamConsumerReady")).toHaveLength(1);
  });

  test("where another worker was faster with the registration, its consumer is used", async () => {
    const { asked, kinesis, subscribed, told } = newFanOut({
      calls: {
        registerStreamConsumer: async (next, request, signal) => {
          await kinesis.registerStreamConsumer(request, signal);
          return next(request, signal);
        },
      },
    });
    await subscribed();
    expect(asked).toHaveLength(1);
    expect(told.of("streamConsumerRegistered")).toEqual([]);
    expect(told.of("streamConsumerFailed")).toEqual([]);
  });

  test.each(["throttled", "denied", "transient"] as const)(
    "%s: it is told and tried again, and the shard is polled meanwhile",
    async (kind) => {
      const errors = [failed(kind), failed(kind), failed(kind)];
      const { asked, clock, put, read, told } = newFanOut({
        calls: { registerStreamConsumer: failing(...errors) },
      });
      const { texts } = read();
      await clock.advance(100);
      await put("a");
      await clock.advance(2000);
      expect(texts()).toEqual(["a"]);
      await clock.advance(20_000);
      expect(told.of("streamConsumerFailed")).toHaveLength(3);
      expect(asked.length).toBeGreaterThan(0);
    },
  );

  test("when the consumer is deregistered, the shard is polled until there is another one", async () => {
    const { asked, clock, kinesis, put, subscribed, told } = newFanOut();
    const { texts } = await subscribed();
    const consumerArn = asked[0]?.consumerArn ?? "";
    await kinesis.deregisterStreamConsumer({ consumerArn }, ANY_SIGNAL);
    await put("a");
    await clock.advance(3000);
    await put("b");
    await clock.advance(10_000);
    await put("c");
    await clock.advance(1);
    expect(told.of("streamConsumerMissing")).toEqual([{ consumerArn }]);
    expect(told.of("streamConsumerRegistered")).toHaveLength(2);
    expect(asked.at(-1)?.consumerArn).not.toBe(consumerArn);
    expect(texts()).toEqual(["a", "b", "c"]);
  });
});

describe("by ARN", () => {
  test("the consumer is used, and never registered", async () => {
    const arn = "arn:aws:kinesis:us-east-1:000000000000:stream/s/consumer/other:1";
    const { asked, clock, put, read, told } = newFanOut({
      consumer: { by: "arn", consumerArn: arn },
    });
    const { texts } = read();
    await put("a");
    await clock.advance(600_000);
    expect(asked).toHaveLength(0);
    expect(texts()).toEqual(["a"]);
    expect(told.of("streamConsumerFailed").length).toBeGreaterThan(5);
    expect(told.of("streamConsumerRegistered")).toEqual([]);
  });

  test("whoever may not look at it subscribes all the same", async () => {
    const seconds = 1_700_000_000;
    const arn = `arn:aws:kinesis:us-east-1:000000000000:stream/s/consumer/billing:${seconds}`;
    const {
      asked,
      read,
      clock,
      told,
      arn: real,
    } = await registered({
      consumer: { by: "arn", consumerArn: arn },
      calls: { describeStreamConsumer: failing(failed("denied")) },
    });
    expect(real).toBe(arn);
    read();
    await clock.advance(1000);
    expect(asked).toHaveLength(1);
    expect(told.of("streamConsumerFailed")).toEqual([]);
  });
});
