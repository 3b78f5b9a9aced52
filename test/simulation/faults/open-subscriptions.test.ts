// Subscriptions of a stream are ended from outside, and those of others are not.
import { apiFailureOf, type ShardSubscription } from "@shardline/core";
import { Emulator } from "@shardline/emulator";
import { SeededRandom, VirtualClock } from "@shardline/core/testing";
import { expect, test } from "vitest";
import { track } from "../track.ts";
import { OpenSubscriptions } from "./open-subscriptions.ts";

const NEVER = new AbortController().signal;

/** An emulator of two streams, each with a subscription to its shard. */
async function subscribed() {
  const clock = new VirtualClock();
  const random = new SeededRandom(1);
  const emulator = new Emulator({ clock, random, streams: { a: 1, b: 1 } });
  const { accountId, region } = emulator.caller;
  const subscriptions = new OpenSubscriptions();
  const kinesis = emulator.kinesis();
  const endable = subscriptions.between(kinesis);
  const subscribe = async (stream: string, signal = NEVER): Promise<ShardSubscription> => {
    const streamArn = `arn:aws:kinesis:${region}:${accountId}:stream/${stream}`;
    const request = { streamArn, consumerName: "app" };
    const { arn } = await kinesis.registerStreamConsumer(request, NEVER);
    await clock.advance(60_000);
    const start = { type: "LATEST" } as const;
    const [{ shardId } = { shardId: "" }] = emulator.shards(stream);
    return endable.subscribeToShard({ consumerArn: arn, shardId, start }, signal);
  };
  return { clock, subscribe, subscriptions };
}

test("who waits for an event of the stream is told how it failed, and the other waits on", async () => {
  const { clock, subscribe, subscriptions } = await subscribed();
  const [a, b] = [await subscribe("a"), await subscribe("b")];
  const other = track(b[Symbol.asyncIterator]().next());
  const next = a[Symbol.asyncIterator]().next();
  expect(subscriptions.fail("a", "away")).toBe(1);
  const error: unknown = await next.catch((reason: unknown) => reason);
  expect(apiFailureOf(error)?.kind).toBe("missing");
  expect(other.isDone()).toBe(false);
  await clock.advance(5000);
  expect(other.isDone()).toBe(true);
});

test("one that is over is not failed again", async () => {
  const { subscribe, subscriptions } = await subscribed();
  const stop = new AbortController();
  await subscribe("a", stop.signal);
  stop.abort();
  expect(subscriptions.fail("a", "down")).toBe(0);
  await subscribe("b");
  expect(subscriptions.fail("b", "down")).toBe(1);
  expect(subscriptions.fail("b", "down")).toBe(0);
});
