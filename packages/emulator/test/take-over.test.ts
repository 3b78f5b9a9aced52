import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { ACCOUNT, newEmulator } from "./support/emulator.ts";
import {
  follow,
  HORIZON,
  LATEST,
  registerConsumer,
  subscribe,
  textsOf,
} from "./support/fan-out.ts";
import { FIRST_SHARD, put, shardsOf } from "./support/records.ts";

const TAKEN_OVER = {
  name: "ResourceInUseException",
  reason: `Another active subscription exists for this consumer: ${ACCOUNT}:s:${FIRST_SHARD}:c`,
};

test("T38: a second subscription within 5 seconds is refused; later it takes over and the first one breaks", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  const arn = await registerConsumer(emulator);
  const again = { ConsumerARN: arn, ShardId: FIRST_SHARD, StartingPosition: LATEST };
  const first = await follow(emulator, arn, LATEST);
  await emulator.clock.advance(4900);
  expect(await emulator.refusal("SubscribeToShard", again)).toEqual(TAKEN_OVER);
  await emulator.clock.advance(99);
  expect(await emulator.refusal("SubscribeToShard", again)).toEqual(TAKEN_OVER);
  // What was refused does not count.
  await emulator.clock.advance(1);
  const second = await follow(emulator, arn, LATEST);
  await emulator.clock.advance(0);
  expect(first.end).toEqual(TAKEN_OVER);
  expect(await emulator.refusal("SubscribeToShard", again)).toEqual(TAKEN_OVER);
  await emulator.clock.advance(5100);
  const third = await follow(emulator, arn, LATEST);
  await put(emulator, "x");
  await emulator.clock.advance(0);
  expect(second.end).toEqual(TAKEN_OVER);
  expect([first, second, third].map(({ events }) => textsOf(events))).toEqual([[], [], ["x"]]);
});

test("T38: consumers and shards do not stand in each other's way", async () => {
  const emulator = newEmulator({ streams: { s: 2 } });
  const arns = [await registerConsumer(emulator), await registerConsumer(emulator, "d")];
  const shardIds = (await shardsOf(emulator)).map(({ ShardId }) => ShardId);
  const readings = [];
  for (const arn of arns) {
    for (const shardId of shardIds) {
      readings.push(await follow(emulator, arn, LATEST, { shardId }));
    }
  }
  await put(emulator, "x", { ExplicitHashKey: "0" });
  await emulator.clock.advance(5000);
  expect(readings.map(({ events, end }) => [textsOf(events).join(), end])).toEqual(
    ["x", "", "x", ""].map((text) => [text, undefined]),
  );
});

test("T38: a reader that leaves frees its shard, but not before 5 seconds", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  const arn = await registerConsumer(emulator);
  const again = { ConsumerARN: arn, ShardId: FIRST_SHARD, StartingPosition: LATEST };
  const leaving = new AbortController();
  const reading = await follow(emulator, arn, LATEST, { signal: leaving.signal });
  const subscribed = (): unknown =>
    emulator.emulator.inspect("s")?.consumers[0]?.subscribedShardIds;
  expect(subscribed()).toEqual([FIRST_SHARD]);
  leaving.abort();
  await emulator.clock.advance(0);
  expect(reading.end).toBe("clean");
  expect(subscribed()).toEqual([]);
  expect(await emulator.refusal("SubscribeToShard", again)).toEqual(TAKEN_OVER);
  await emulator.clock.advance(5000);
  await put(emulator, "x");
  for await (const event of await subscribe(emulator, arn, HORIZON)) {
    expect(textsOf([event])).toEqual(["x"]);
    break;
  }
  expect(subscribed()).toEqual([]);
});

test("a signal that has aborted before ends the subscription at once; one that is not needed any more is let go", async () => {
  const emulator = newEmulator({ streams: { s: 2 } });
  const arn = await registerConsumer(emulator);
  const gone = await follow(emulator, arn, LATEST, { signal: AbortSignal.abort() });
  const { signal } = new AbortController();
  const shardId = "shardId-000000000001";
  const reading = await follow(emulator, arn, LATEST, { shardId, signal });
  await emulator.clock.advance(0);
  expect(gone.end).toBe("clean");
  expect(getEventListeners(signal, "abort")).toHaveLength(1);
  await emulator.clock.advance(300_000);
  expect(reading.end).toBe("clean");
  expect(getEventListeners(signal, "abort")).toHaveLength(0);
});

test("T61: a rehearsal of a subscription that would succeed subscribes nobody", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  const ConsumerARN = await registerConsumer(emulator);
  const rehearsal = {
    ConsumerARN,
    ShardId: FIRST_SHARD,
    StartingPosition: HORIZON,
    DryRun: true,
  };
  const { name } = await emulator.refusal("SubscribeToShard", rehearsal);
  expect(name).toBe("DryRunOperationException");
  await follow(emulator, ConsumerARN, HORIZON);
  expect(await emulator.refusal("SubscribeToShard", rehearsal)).toEqual(TAKEN_OVER);
});
