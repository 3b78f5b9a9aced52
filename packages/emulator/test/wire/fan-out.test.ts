import {
  DeregisterStreamConsumerCommand,
  DescribeStreamConsumerCommand,
  type KinesisClient,
  ListStreamConsumersCommand,
  PutRecordCommand,
  RegisterStreamConsumerCommand,
  ResourceInUseException,
  ResourceNotFoundException,
  type StartingPosition,
  SplitShardCommand,
  SubscribeToShardCommand,
  type SubscribeToShardEvent,
} from "@aws-sdk/client-kinesis";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { type RunningEmulator, startEmulator } from "@shardline/emulator";
import { expect, test } from "vitest";
import { freezeTimeouts } from "../../../../test/support/frozen-timeouts.ts";
import { messagesOf, PLAIN, subscriptionOf } from "../support/plain-subscription.ts";
import { kinesisClient } from "../support/running.ts";

const StreamName = "orders";
const ARN = `arn:aws:kinesis:us-east-1:000000000000:stream/${StreamName}`;
const FIRST = "shardId-000000000000";
const HORIZON: StartingPosition = { Type: "TRIM_HORIZON" };
const LATEST: StartingPosition = { Type: "LATEST" };

/** What clients do here, over each protocol. */
const PROTOCOLS = [
  ["HTTP/2, the SDK's default", () => ({})],
  ["HTTP/1.1", () => ({ requestHandler: new NodeHttpHandler() })],
] as const;

const start = (): Promise<RunningEmulator> =>
  startEmulator({ streams: { [StreamName]: 1 }, transitions: { consumerMs: 0, updateMs: 0 } });

/** Registers a consumer over the wire, and answers its ARN once it is ACTIVE. */
async function register(client: KinesisClient, ConsumerName = "c"): Promise<string> {
  const { Consumer } = await client.send(
    new RegisterStreamConsumerCommand({ StreamARN: ARN, ConsumerName, Tags: { team: "a" } }),
  );
  const ConsumerARN = Consumer?.ConsumerARN ?? "";
  const status = async (): Promise<string | undefined> => {
    const described = await client.send(new DescribeStreamConsumerCommand({ ConsumerARN }));
    return described.ConsumerDescription?.ConsumerStatus;
  };
  while ((await status()) !== "ACTIVE");
  return ConsumerARN;
}

async function subscribe(
  client: KinesisClient,
  ConsumerARN: string,
  position: StartingPosition,
  ShardId = FIRST,
): Promise<AsyncIterator<SubscribeToShardEvent>> {
  const { EventStream } = await client.send(
    new SubscribeToShardCommand({ ConsumerARN, ShardId, StartingPosition: position }),
  );
  if (EventStream === undefined) throw new Error("no EventStream");
  return (async function* () {
    for await (const { SubscribeToShardEvent } of EventStream) {
      if (SubscribeToShardEvent !== undefined) yield SubscribeToShardEvent;
    }
  })();
}

function put(client: KinesisClient, text: string, ExplicitHashKey = "0"): Promise<unknown> {
  const record = { PartitionKey: "k", Data: Buffer.from(text), ExplicitHashKey };
  return client.send(new PutRecordCommand({ StreamName, ...record }));
}

function textsOf(event: SubscribeToShardEvent | undefined): string[] {
  return (event?.Records ?? []).map(({ Data }) => Buffer.from(Data ?? "").toString());
}

test.each(PROTOCOLS)(
  "T35, T39, T42: the AWS SDK subscribes over %s, is pushed records to the shard's end and goes on with the children",
  async (_, config) => {
    await using emulator = await start();
    using client = kinesisClient(emulator, config());
    const arn = await register(client);
    const { Consumers } = await client.send(new ListStreamConsumersCommand({ StreamARN: ARN }));
    expect(Consumers).toMatchObject([{ ConsumerName: "c", ConsumerARN: arn }]);
    // Answered at once, although there is nothing to push.
    const events = await subscribe(client, arn, LATEST);
    await put(client, "é");
    const first = await events.next();
    expect(textsOf(first.value)).toEqual(["é"]);
    expect(first.value).toMatchObject({
      Records: [{ ApproximateArrivalTimestamp: expect.any(Date), PartitionKey: "k" }],
      ContinuationSequenceNumber: first.value.Records?.[0]?.SequenceNumber,
      MillisBehindLatest: 0,
    });
    await client.send(
      new SplitShardCommand({ StreamName, ShardToSplit: FIRST, NewStartingHashKey: "7" }),
    );
    const last = await events.next();
    expect(last.value.ContinuationSequenceNumber).toBeUndefined();
    const children = (last.value.ChildShards ?? []) as { ShardId: string }[];
    expect(children).toMatchObject([{ ParentShards: [FIRST] }, { ParentShards: [FIRST] }]);
    expect(await events.next()).toEqual({ done: true, value: undefined });
    await put(client, "low", "0");
    await put(client, "high", "7");
    const texts = [];
    for (const { ShardId } of children) {
      const ofChild = await subscribe(client, arn, HORIZON, ShardId);
      texts.push(...textsOf((await ofChild.next()).value));
      await ofChild.return?.();
    }
    expect(texts).toEqual(["low", "high"]);
  },
);

test.each(PROTOCOLS)(
  "T38: over %s a refused subscription is a plain error, and one that is taken over throws out of its iteration",
  async (_, config) => {
    await using emulator = await start();
    using client = kinesisClient(emulator, config());
    const arn = await register(client);
    const unknown = subscribe(client, arn, LATEST, "shardId-000000000009");
    await expect(unknown).rejects.toThrow(ResourceNotFoundException);
    const first = await subscribe(client, arn, LATEST);
    const refused = subscribe(client, arn, LATEST);
    await expect(refused).rejects.toThrow(ResourceInUseException);
    await expect(refused).rejects.toMatchObject({ $metadata: { httpStatusCode: 400 } });
    emulator.clock.advance(5000);
    expect((await first.next()).value).toMatchObject({ Records: [] });
    const second = await subscribe(client, arn, LATEST);
    const broken = first.next();
    await expect(broken).rejects.toThrow(ResourceInUseException);
    await expect(broken).rejects.toThrow(
      `Another active subscription exists for this consumer: 000000000000:${StreamName}:${FIRST}:c`,
    );
    await put(client, "x");
    expect(textsOf((await second.next()).value)).toEqual(["x"]);
    await client.send(new DeregisterStreamConsumerCommand({ ConsumerARN: arn }));
    await expect(second.next()).rejects.toThrow(ResourceNotFoundException);
  },
);

test.each(PROTOCOLS)(
  "T40: a subscription over %s ends cleanly after 300 seconds",
  async (_, config) => {
    await using emulator = await start();
    using client = kinesisClient(emulator, config());
    const events = await subscribe(client, await register(client), LATEST);
    emulator.clock.advance(299_999);
    expect((await events.next()).value).toMatchObject({ Records: [] });
    const ended = events.next();
    emulator.clock.advance(1);
    expect(await ended).toEqual({ done: true, value: undefined });
  },
);

test.each(PROTOCOLS)(
  "closing the emulator ends subscriptions over %s cleanly, and not only when its grace is over",
  async (_, config) => {
    const emulator = await start();
    using client = kinesisClient(emulator, config());
    const events = await subscribe(client, await register(client), LATEST);
    const ended = events.next();
    {
      using _ = freezeTimeouts();
      await emulator.close();
    }
    expect(await ended).toEqual({ done: true, value: undefined });
  },
);

test.each(PLAIN)(
  "T35: a subscription over %s is answered at once with its first message, and has no length",
  async (_, over) => {
    await using emulator = await start();
    using client = kinesisClient(emulator);
    const body = subscriptionOf(await register(client), "LATEST");
    using subscription = await over(emulator.port, body);
    expect(subscription.headers).toMatchObject({
      "content-type": "application/vnd.amazon.eventstream",
      "x-amzn-requestid": expect.any(String),
    });
    expect(subscription.headers).not.toHaveProperty("content-length");
    const { value } = await messagesOf(subscription.bytes).next();
    expect(value?.headers).toEqual({
      ":message-type": "event",
      ":event-type": "initial-response",
      ":content-type": "application/x-amz-json-1.1",
    });
    expect(value?.payload.toString()).toBe("{}");
  },
);

test.each(PLAIN)("a client that goes away over %s frees its shard", async (_, over) => {
  await using emulator = await start();
  using client = kinesisClient(emulator);
  const body = subscriptionOf(await register(client), "LATEST");
  const subscribed = (): unknown => emulator.inspect(StreamName)?.consumers[0]?.subscribedShardIds;
  const subscription = await over(emulator.port, body);
  expect(subscribed()).toEqual([FIRST]);
  subscription[Symbol.dispose]();
  await expect.poll(subscribed).toEqual([]);
});
