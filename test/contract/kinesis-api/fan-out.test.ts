// The calls of enhanced fan-out, whichever way they go.
import { type ApiFailure, apiFailureOf, type KinesisApi } from "@shardline/core";
import { VirtualClock } from "@shardline/core/testing";
import { describe, expect, test } from "vitest";
import { newSubscriber, Reading, SHARD, STREAM_ARN, textsOf } from "./pushed.ts";
import { reach, WAYS } from "./ways.ts";

const { signal } = new AbortController();
const stream = { name: "orders" };
const BILLING = { streamArn: STREAM_ARN, consumerName: "billing" };
const HORIZON = { type: "TRIM_HORIZON" } as const;

async function put(api: KinesisApi, ...texts: readonly string[]): Promise<void> {
  const entries = texts.map((text) => ({
    data: Buffer.from(text),
    partitionKey: "ключ",
    explicitHashKey: "0",
  }));
  await api.putRecords({ stream, entries }, signal);
}

async function failureOf(call: Promise<unknown>): Promise<ApiFailure> {
  const failure = await call.then(() => undefined, apiFailureOf);
  if (failure === undefined) throw new Error("the call did not fail as calls of the port do");
  return failure;
}

describe.each(WAYS)("the port %s", (_name, way) => {
  test("registers a consumer, describes it by either name, and deregisters it", async () => {
    await using reached = await reach(way, { transitions: { consumerMs: 60_000 } });
    const { api, emulator } = reached;
    const registered = await api.registerStreamConsumer(BILLING, signal);
    const { arn: consumerArn } = registered;
    expect(registered).toMatchObject({ name: "billing", status: "CREATING" });
    for (const named of [BILLING, { consumerArn }]) {
      const described = await api.describeStreamConsumer(named, signal);
      expect(described).toEqual(registered);
      expect(described).toEqual(await emulator.kinesis.describeStreamConsumer(named, signal));
    }
    await api.deregisterStreamConsumer({ consumerArn }, signal);
    expect((await api.describeStreamConsumer(BILLING, signal)).status).toBe("DELETING");
  });

  test("pushes what polling reads, and goes on where it was left", async () => {
    await using reached = await reach(way);
    const { api, emulator } = reached;
    const subscribe = await newSubscriber(api);
    await put(api, "a", "b".repeat(1500));
    const pushed = await new Reading(subscribe(HORIZON)).first;
    const iterator = await api.getShardIterator({ stream, shardId: SHARD, start: HORIZON }, signal);
    const polled = await api.getRecords({ stream, iterator, limit: 10 }, signal);
    expect(pushed.records).toEqual(polled.records);
    expect(pushed.millisBehindLatest).toBe(0);
    if (pushed.next.kind !== "continuation") throw new Error("the shard has ended");
    await put(api, "c");
    emulator.clock.advance(5000);
    const { sequenceNumber } = pushed.next;
    const next = new Reading(subscribe({ type: "AFTER_SEQUENCE_NUMBER", sequenceNumber }));
    expect(textsOf([await next.first])).toEqual(["c"]);
  });

  test("names the children of a shard that is pushed to its end, and then ends", async () => {
    await using reached = await reach(way);
    const { api } = reached;
    const subscribe = await newSubscriber(api);
    await put(api, "last");
    await api.splitShard({ stream, shardId: SHARD, newStartingHashKey: 5n }, signal);
    const reading = new Reading(subscribe(HORIZON));
    expect(await reading.end).toBe("clean");
    expect(textsOf(reading.events)).toEqual(["last"]);
    expect(reading.events.at(-1)?.next).toMatchObject({
      kind: "shard-end",
      childShards: [
        { parentShardIds: [SHARD], hashKeyRange: { start: 0n, end: 4n } },
        { parentShardIds: [SHARD] },
      ],
    });
  });

  test("rejects with the reason of its signal, before a call and during a subscription", async () => {
    await using reached = await reach(way);
    const { api } = reached;
    const reason = new Error("enough");
    const over = AbortSignal.abort(reason);
    const consumerArn = `${STREAM_ARN}/consumer/billing:1`;
    const calls = [
      api.registerStreamConsumer(BILLING, over),
      api.describeStreamConsumer(BILLING, over),
      api.deregisterStreamConsumer({ consumerArn }, over),
      api.subscribeToShard({ consumerArn, shardId: SHARD, start: HORIZON }, over),
    ];
    for (const call of calls) await expect(call).rejects.toBe(reason);
    const subscribe = await newSubscriber(api);
    const stop = new AbortController();
    const events = (await subscribe(HORIZON, stop.signal))[Symbol.asyncIterator]();
    const next = events.next();
    stop.abort(reason);
    await expect(next).rejects.toBe(reason);
    await expect
      .poll(() => reached.emulator.inspect("orders")?.consumers[0]?.subscribedShardIds)
      .toEqual([]);
  });

  test("tells why a consumer or a subscription is not to be had", async () => {
    await using reached = await reach(way, {
      clock: new VirtualClock(),
      transitions: { consumerMs: 60_000 },
    });
    const { api, emulator } = reached;
    const { arn: consumerArn } = await api.registerStreamConsumer(BILLING, signal);
    const nobody = { streamArn: STREAM_ARN, consumerName: "nobody" };
    const subscription = { consumerArn, shardId: SHARD, start: HORIZON };
    const calls: readonly (readonly [string, string, (port: KinesisApi) => Promise<unknown>])[] = [
      ["busy", "ResourceInUseException", (port) => port.registerStreamConsumer(BILLING, signal)],
      [
        "rejected",
        "ValidationException",
        (port) => port.registerStreamConsumer({ ...BILLING, consumerName: "a b" }, signal),
      ],
      [
        "missing",
        "ResourceNotFoundException",
        (port) => port.registerStreamConsumer({ ...BILLING, streamArn: `${STREAM_ARN}s` }, signal),
      ],
      [
        "missing",
        "ResourceNotFoundException",
        (port) => port.describeStreamConsumer(nobody, signal),
      ],
      [
        "missing",
        "ResourceNotFoundException",
        (port) => port.deregisterStreamConsumer({ consumerArn: `${consumerArn}0` }, signal),
      ],
      ["busy", "ResourceInUseException", (port) => port.subscribeToShard(subscription, signal)],
      [
        "missing",
        "ResourceNotFoundException",
        (port) =>
          port.subscribeToShard({ ...subscription, shardId: "shardId-000000000099" }, signal),
      ],
    ];
    for (const [kind, awsName, call] of calls) {
      const failure = await failureOf(call(api));
      expect(failure).toMatchObject({ kind, awsName, isAmbiguous: false });
      expect(failure).toEqual(await failureOf(call(emulator.kinesis)));
    }
  });

  test("tells that a shard is subscribed to already, or that its subscription was taken", async () => {
    await using reached = await reach(way);
    const subscribe = await newSubscriber(reached.api);
    await put(reached.api, "a");
    const first = new Reading(subscribe(HORIZON));
    await first.first;
    const tooSoon = await failureOf(subscribe(HORIZON));
    expect(tooSoon).toMatchObject({ kind: "busy", awsName: "ResourceInUseException" });
    reached.emulator.clock.advance(5000);
    const second = new Reading(subscribe(HORIZON));
    expect(await first.end).toEqual(tooSoon);
    expect(textsOf([await second.first])).toEqual(["a"]);
  });
});
