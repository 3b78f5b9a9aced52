import { expect, test } from "vitest";
import { ACCOUNT, newEmulator, type TestEmulator } from "./support/emulator.ts";
import { follow, HORIZON, LATEST, registerConsumer, STREAM_ARN } from "./support/fan-out.ts";
import { FIRST_SHARD, put } from "./support/records.ts";

interface Consumer {
  readonly ConsumerName: string;
  readonly ConsumerARN: string;
  readonly ConsumerStatus: string;
  readonly ConsumerCreationTimestamp: number;
}

async function register({ call }: TestEmulator, ConsumerName: string): Promise<Consumer> {
  const input = { StreamARN: STREAM_ARN, ConsumerName };
  return (await call<{ Consumer: Consumer }>("RegisterStreamConsumer", input)).Consumer;
}

async function describe({ call }: TestEmulator, address: object): Promise<Consumer> {
  type Output = { ConsumerDescription: Consumer };
  return (await call<Output>("DescribeStreamConsumer", address)).ConsumerDescription;
}

async function consumerCount({ call }: TestEmulator): Promise<number> {
  type Output = { StreamDescriptionSummary: { ConsumerCount: number } };
  const { StreamDescriptionSummary } = await call<Output>("DescribeStreamSummary", {
    StreamName: "s",
  });
  return StreamDescriptionSummary.ConsumerCount;
}

test("T34: a consumer goes through CREATING, ACTIVE and DELETING, and is described by ARN and by name", async () => {
  const emulator = newEmulator({ streams: { s: 1 }, transitions: { consumerMs: 500 } });
  const createdAt = emulator.clock.wallTimeMs() / 1000;
  await emulator.clock.advance(250);
  const arn = `${STREAM_ARN}/consumer/c:${createdAt}`;
  const creating = {
    ConsumerName: "c",
    ConsumerARN: arn,
    ConsumerStatus: "CREATING",
    ConsumerCreationTimestamp: createdAt + 0.25,
  };
  expect(await register(emulator, "c")).toEqual(creating);
  const byArn = { ConsumerARN: arn };
  const byName = { StreamARN: STREAM_ARN, ConsumerName: "c" };
  for (const address of [byArn, byName, { ...byArn, ...byName }]) {
    expect(await describe(emulator, address)).toEqual({ ...creating, StreamARN: STREAM_ARN });
  }
  const subscription = { ConsumerARN: arn, ShardId: FIRST_SHARD, StartingPosition: LATEST };
  const notActive = {
    name: "ResourceInUseException",
    reason:
      `Consumer c with creation timestamp ${createdAt} under stream: s , account ${ACCOUNT} ` +
      "is not in ACTIVE status.",
  };
  expect(await emulator.refusal("SubscribeToShard", subscription)).toEqual(notActive);
  await emulator.clock.advance(500);
  expect(await describe(emulator, byArn)).toMatchObject({ ConsumerStatus: "ACTIVE" });
  expect(await emulator.call("DeregisterStreamConsumer", byName)).toBeUndefined();
  expect(await describe(emulator, byArn)).toMatchObject({ ConsumerStatus: "DELETING" });
  expect(await emulator.refusal("SubscribeToShard", subscription)).toEqual(notActive);
  await emulator.call("DeregisterStreamConsumer", byArn);
  await emulator.clock.advance(500);
  expect(await emulator.refusal("DescribeStreamConsumer", byArn)).toEqual({
    name: "ResourceNotFoundException",
    reason: `Consumer ${arn} not found.`,
  });
  expect(await emulator.refusal("DeregisterStreamConsumer", byName)).toEqual({
    name: "ResourceNotFoundException",
    reason: `Consumer c under stream s and account ${ACCOUNT} not found.`,
  });
});

test("T34: a name is taken once, a stream has 20 consumers, five of them in CREATING", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  const refused = async (ConsumerName: string): Promise<string> => {
    const input = { StreamARN: STREAM_ARN, ConsumerName };
    return (await emulator.refusal("RegisterStreamConsumer", input)).name;
  };
  for (let i = 0; i < 20; i += 5) {
    for (let k = i; k < i + 5; k += 1) await register(emulator, `c${k}`);
    expect(await refused("more")).toBe("LimitExceededException");
    expect(await refused(`c${i}`)).toBe("ResourceInUseException");
    await emulator.clock.advance(1);
  }
  expect(await consumerCount(emulator)).toBe(20);
  expect(await refused("more")).toBe("LimitExceededException");
  await emulator.call("DeregisterStreamConsumer", { StreamARN: STREAM_ARN, ConsumerName: "c3" });
  expect(await refused("more")).toBe("LimitExceededException");
  await emulator.clock.advance(1);
  await register(emulator, "more");
  expect(await consumerCount(emulator)).toBe(20);
});

test("T34: deregistering a consumer ends its subscriptions and nobody else's", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  const arn = await registerConsumer(emulator);
  const gone = await follow(emulator, arn, LATEST);
  const other = await follow(emulator, await registerConsumer(emulator, "d"), LATEST);
  await emulator.call("DeregisterStreamConsumer", { ConsumerARN: arn });
  await put(emulator, "x");
  await emulator.clock.advance(1);
  expect(gone.events).toHaveLength(1);
  expect(gone.end).toEqual({
    name: "ResourceNotFoundException",
    reason: `Consumer c under stream s and account ${ACCOUNT} not found.`,
  });
  expect(other).toMatchObject({ events: [{ Records: [{ PartitionKey: "key" }] }], end: undefined });
});

test("T34: a consumer that is deregistered while CREATING never becomes ACTIVE", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  const { ConsumerARN } = await register(emulator, "c");
  await emulator.call("DeregisterStreamConsumer", { ConsumerARN });
  expect(await describe(emulator, { ConsumerARN })).toMatchObject({ ConsumerStatus: "DELETING" });
  await emulator.clock.advance(1);
  expect(await consumerCount(emulator)).toBe(0);
});

test("an address that is incomplete, contradicts itself or names nothing is refused", async () => {
  const emulator = newEmulator({ streams: { s: 1, t: 1 } });
  const ConsumerARN = await registerConsumer(emulator);
  const refused = async (address: object): Promise<string> => {
    const names = [];
    for (const operation of ["DescribeStreamConsumer", "DeregisterStreamConsumer"]) {
      names.push((await emulator.refusal(operation, address)).name);
    }
    return [...new Set(names)].join();
  };
  const invalid = "InvalidArgumentException";
  const missing = "ResourceNotFoundException";
  expect(await refused({})).toBe(invalid);
  expect(await refused({ StreamARN: STREAM_ARN })).toBe(invalid);
  expect(await refused({ ConsumerName: "c" })).toBe(invalid);
  expect(await refused({ ConsumerARN, ConsumerName: "d" })).toBe(invalid);
  expect(await refused({ ConsumerARN, StreamARN: STREAM_ARN.replace("/s", "/t") })).toBe(invalid);
  expect(await refused({ StreamARN: STREAM_ARN, ConsumerName: "d" })).toBe(missing);
  expect(await refused({ StreamARN: `${STREAM_ARN}2`, ConsumerName: "c" })).toBe(missing);
  expect(await refused({ ConsumerARN: `${ConsumerARN}1` })).toBe(missing);
  expect(await refused({ ConsumerARN: ConsumerARN.replace("us-east-1", "eu-west-1") })).toBe(
    missing,
  );
  expect(await refused({ ConsumerARN: STREAM_ARN })).toBe("ValidationException");
  const partition = ConsumerARN.replace("arn:aws:", "arn:aws-cn:");
  expect(await refused({ ConsumerARN: partition })).toBe(missing);
});

test("a consumer is reached by ARN from another account and region", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  const elsewhere = { accountId: "111122223333", region: "eu-west-1" };
  const input = { StreamARN: STREAM_ARN, ConsumerName: "c" };
  await emulator.call("RegisterStreamConsumer", input, elsewhere);
  await emulator.call("DescribeStreamConsumer", input, elsewhere);
  expect(await consumerCount(emulator)).toBe(1);
});

test("consumers are listed by name in pages, whose token is good for 300 seconds and for its stream", async () => {
  const emulator = newEmulator({ streams: { s: 1, t: 1 } });
  for (const name of ["c", "a", "b"]) await registerConsumer(emulator, name);
  type Page = { Consumers: readonly Consumer[]; NextToken?: string };
  const list = (input: object): Promise<Page> =>
    emulator.call<Page>("ListStreamConsumers", { StreamARN: STREAM_ARN, ...input });
  const namesOf = ({ Consumers }: Page): string[] => Consumers.map((one) => one.ConsumerName);
  const all = await list({});
  expect(namesOf(all)).toEqual(["a", "b", "c"]);
  expect(all).not.toHaveProperty("NextToken");
  expect(all.Consumers[0]).toEqual({
    ConsumerName: "a",
    ConsumerARN: expect.stringMatching(/:stream\/s\/consumer\/a:\d+$/),
    ConsumerStatus: "ACTIVE",
    ConsumerCreationTimestamp: expect.any(Number),
  });
  const first = await list({ MaxResults: 2 });
  expect(namesOf(first)).toEqual(["a", "b"]);
  const { NextToken } = first;
  const refused = async (input: object): Promise<string> => {
    const whole = { StreamARN: STREAM_ARN, ...input };
    return (await emulator.refusal("ListStreamConsumers", whole)).name;
  };
  const createdAt = emulator.clock.wallTimeMs() / 1000;
  expect(namesOf(await list({ StreamCreationTimestamp: Math.floor(createdAt) }))).toHaveLength(3);
  expect(await refused({ StreamCreationTimestamp: 7 })).toBe("ResourceNotFoundException");
  expect(await refused({ NextToken, StreamCreationTimestamp: createdAt })).toBe(
    "InvalidArgumentException",
  );
  expect(await refused({ NextToken: "x" })).toBe("InvalidArgumentException");
  expect(await refused({ NextToken, StreamARN: STREAM_ARN.replace("/s", "/t") })).toBe(
    "InvalidArgumentException",
  );
  await emulator.clock.advance(300_000);
  expect(namesOf(await list({ NextToken }))).toEqual(["c"]);
  await emulator.clock.advance(1);
  expect(await refused({ NextToken })).toBe("ExpiredNextTokenException");
});

test("tags of a new consumer are checked", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  const refused = (Tags: unknown): Promise<unknown> =>
    emulator.refusal("RegisterStreamConsumer", { StreamARN: STREAM_ARN, ConsumerName: "c", Tags });
  const serialization = { name: "SerializationException" };
  expect(await refused([])).toMatchObject(serialization);
  expect(await refused("x")).toMatchObject(serialization);
  expect(await refused({ team: 1 })).toMatchObject(serialization);
  const broken = (shown: string, rule: string): object => ({
    name: "ValidationException",
    reason: `1 validation error detected: Value '${shown}' at 'tags' failed to satisfy constraint: ${rule}`,
  });
  expect(await refused({})).toEqual(
    broken("{}", "Member must have length greater than or equal to 1"),
  );
  const long = "k".repeat(129);
  expect(await refused({ [long]: "v" })).toEqual(
    broken(
      `{${long}=v}`,
      "Map keys must satisfy constraint: [Member must have length less than or equal to 128, " +
        "Member must have length greater than or equal to 1]",
    ),
  );
  const many = Object.fromEntries(Array.from({ length: 201 }, (_, i) => [`k${i}`, ""]));
  expect(await refused(many)).toMatchObject({
    reason: expect.stringContaining("Member must have length less than or equal to 200"),
  });
  expect(await refused({ team: "v".repeat(257) })).toMatchObject({
    reason: expect.stringContaining("Map value must satisfy constraint"),
  });
  const Tags = { team: "a", empty: "", none: null };
  await emulator.call("RegisterStreamConsumer", { StreamARN: STREAM_ARN, ConsumerName: "c", Tags });
});

test("T62: a stream with consumers is deleted only by force, and its subscriptions end when it is gone", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  const arn = await registerConsumer(emulator);
  await register(emulator, "creating");
  const reading = await follow(emulator, arn, HORIZON);
  for (const flag of [{}, { EnforceConsumerDeletion: false }]) {
    const { name } = await emulator.refusal("DeleteStream", { StreamName: "s", ...flag });
    expect(name).toBe("ResourceInUseException");
  }
  await emulator.call("DeleteStream", { StreamName: "s", EnforceConsumerDeletion: true });
  await put(emulator, "x");
  await emulator.clock.advance(1);
  expect(reading).toMatchObject({
    events: [{ Records: [{ PartitionKey: "key" }] }],
    end: {
      name: "ResourceNotFoundException",
      reason: `Stream s under account ${ACCOUNT} not found.`,
    },
  });
  // The next stream of that name starts without them.
  await emulator.call("CreateStream", { StreamName: "s", ShardCount: 1 });
  await emulator.clock.advance(1);
  expect(await consumerCount(emulator)).toBe(0);
  expect((await emulator.refusal("DescribeStreamConsumer", { ConsumerARN: arn })).name).toBe(
    "ResourceNotFoundException",
  );
});

test("a stream whose last consumer is gone is deleted without force", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  await emulator.call("DeregisterStreamConsumer", {
    ConsumerARN: await registerConsumer(emulator),
  });
  await emulator.clock.advance(1);
  await emulator.call("DeleteStream", { StreamName: "s" });
  await emulator.clock.advance(1);
});

test("consumers are registered while a stream is ACTIVE or UPDATING, not before and not after", async () => {
  const emulator = newEmulator({ transitions: { createMs: 10, updateMs: 10, deleteMs: 10 } });
  const refused = (name: string): Promise<unknown> =>
    emulator.refusal("RegisterStreamConsumer", { StreamARN: STREAM_ARN, ConsumerName: name });
  await emulator.call("CreateStream", { StreamName: "s", ShardCount: 1 });
  expect(await refused("a")).toMatchObject({ name: "ResourceInUseException" });
  await emulator.clock.advance(10);
  const target = { TargetShardCount: 2, ScalingType: "UNIFORM_SCALING" };
  await emulator.call("UpdateShardCount", { StreamName: "s", ...target });
  await register(emulator, "b");
  await emulator.clock.advance(10);
  await emulator.call("DeleteStream", { StreamName: "s", EnforceConsumerDeletion: true });
  expect(await refused("c")).toMatchObject({ name: "ResourceInUseException" });
  await emulator.clock.advance(10);
});

test("closing the emulator stops the transitions of its consumers", async () => {
  const emulator = newEmulator({ streams: { s: 1 }, transitions: { consumerMs: 1000 } });
  await register(emulator, "c");
  expect(emulator.clock.pendingTimers).toBe(1);
  emulator.emulator.close();
  expect(emulator.clock.pendingTimers).toBe(0);
});
