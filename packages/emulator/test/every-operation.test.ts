// The whole API as the newest installed SDK knows it.
import * as sdk from "@aws-sdk/client-kinesis";
import { apiFailureOf } from "@shardline/core";
import { createRequestHandler } from "@shardline/emulator";
import { expect, test } from "vitest";
import { readInput } from "../src/input/shape.ts";
import { OPERATION_NAMES } from "../src/faults/operation-names.ts";
import { OPERATIONS } from "../src/operations.ts";
import type { ServiceException } from "../src/service-exception.ts";
import { newEmulator } from "./support/emulator.ts";
import { SPEAKS_CBOR } from "./support/sdk-cbor.ts";

type AnyCommand = new (input: object) => Parameters<sdk.KinesisClient["send"]>[0];
/** As the SDK describes a structure: kind, namespace, name, traits, names of its members. */
type StructureSchema = readonly [3, string, string, unknown, readonly string[], ...unknown[]];

const COMMANDS = Object.entries(sdk).flatMap(([name, value]) =>
  name.endsWith("Command") && name !== "$Command"
    ? [[name.slice(0, -"Command".length), value as unknown as AnyCommand] as const]
    : [],
);
const CHANNELS = ["CreateChannel", "DeleteChannel", "DescribeChannel", "UpdateChannel"];

test("the emulator has the operations of the SDK, and rules for faults know them", () => {
  const names = COMMANDS.map(([name]) => name).toSorted();
  expect(names).toHaveLength(45);
  expect([...OPERATIONS.keys()].toSorted()).toEqual(names);
  expect(OPERATION_NAMES.kinesis.toSorted()).toEqual(names);
});

test.each([
  ["JSON", {}],
  ["CBOR", SPEAKS_CBOR],
])(
  "every command of the SDK is served or refused with a modelled exception, in %s",
  async (_, protocol) => {
    const { emulator } = newEmulator();
    const client = new sdk.KinesisClient({
      region: "eu-west-1",
      credentials: { accessKeyId: "x", secretAccessKey: "x" },
      maxAttempts: 1,
      ...protocol,
      requestHandler: createRequestHandler(emulator),
    });
    for (const [name, Command] of COMMANDS) {
      const outcome = await client.send(new Command({})).then(
        () => "served",
        (error: Error) => error.name,
      );
      expect(outcome, name).toMatch(
        /^(served|ValidationException|InvalidArgumentException|ResourceNotFoundException)$/,
      );
    }
  },
);

test("every member of every input is known to its operation", () => {
  for (const [name, { input }] of OPERATIONS) {
    if (CHANNELS.includes(name)) continue;
    const schema = Object.entries(sdk).find(([key]) => key === `${name}Input$`)?.[1];
    expect(schema, name).toBeDefined();
    const [, , , , members] = schema as unknown as StructureSchema;
    for (const member of members) {
      // No member of the model is a symbol, so each that is looked at is refused for its type.
      const given = { [member]: Symbol(member) };
      expect(() => readInput(input, given), `${name}.${member}`).toThrow(
        expect.objectContaining({ name: "SerializationException" }) as ServiceException,
      );
    }
  }
});

test("channels are an empty list, and everything else about them says that it is not supported", async () => {
  const { call, refusal } = newEmulator({ streams: { s: 1 } });
  const StreamARN = "arn:aws:kinesis:us-east-1:000000000000:stream/s";
  const input = { StreamFilter: [{ StreamARN }], MaxResults: 10 };
  expect(await call("ListChannels", input)).toEqual({ ChannelSummaries: [] });
  for (const operation of CHANNELS) {
    expect(await refusal(operation, { ChannelARN: "arn:aws:kinesis:x", ChannelName: "c" })).toEqual(
      {
        name: "InvalidArgumentException",
        reason: `${operation} is not supported: this emulator has no channels.`,
      },
    );
  }
  expect(await call("DescribeLimits", {})).toMatchObject({ ChannelCount: 0, ChannelCountLimit: 0 });
  expect(await call("DescribeStreamSummary", { StreamARN })).toMatchObject({
    StreamDescriptionSummary: { ChannelCount: 0 },
  });
});

test("T61: all five operations on records rehearse, refuse what they would refuse, and do nothing", async () => {
  const { call, clock, emulator, refusal } = newEmulator({ streams: { s: 1 } });
  const stream = { StreamName: "s" };
  const StreamARN = "arn:aws:kinesis:us-east-1:000000000000:stream/s";
  const ShardId = "shardId-000000000000";
  type Registered = { Consumer: { ConsumerARN: string } };
  const { Consumer } = await call<Registered>("RegisterStreamConsumer", {
    StreamARN,
    ConsumerName: "c",
  });
  await clock.advance(1);
  const horizon = { ...stream, ShardId, ShardIteratorType: "TRIM_HORIZON" };
  const start = await call<{ ShardIterator: string }>("GetShardIterator", horizon);
  const record = { PartitionKey: "k", Data: "" };
  const { ConsumerARN } = Consumer;
  const rehearsals: Readonly<Record<string, readonly [object, object]>> = {
    PutRecord: [{ ...stream, ...record }, { PartitionKey: "" }],
    PutRecords: [{ ...stream, Records: [record] }, { Records: [{ Data: "" }] }],
    GetShardIterator: [horizon, { ShardId: "shardId-000000000009" }],
    GetRecords: [start, { ShardIterator: "eA==" }],
    SubscribeToShard: [
      { ConsumerARN, ShardId, StartingPosition: { Type: "LATEST" } },
      { ConsumerARN: `${StreamARN}/consumer/d:1` },
    ],
  };
  for (const [operation, [input, wrong]] of Object.entries(rehearsals)) {
    expect(await refusal(operation, { ...input, DryRun: true }), operation).toEqual({
      name: "DryRunOperationException",
      reason: "The request would have succeeded, but the DryRun flag is set.",
    });
    const real = await refusal(operation, { ...input, ...wrong });
    expect(real.name).not.toBe("DryRunOperationException");
    expect(await refusal(operation, { ...input, ...wrong, DryRun: true })).toEqual(real);
  }
  const inspected = emulator.inspect("s");
  expect(inspected?.shards.flatMap(({ records }) => records)).toEqual([]);
  expect(inspected?.consumers.flatMap((consumer) => consumer.subscribedShardIds)).toEqual([]);
  const [rehearsed] = rehearsals["PutRecord"] ?? [];
  expect(await call("PutRecord", { ...rehearsed, DryRun: false })).toMatchObject({ ShardId });
});

test("a failure of the call is told in the process as it is over the wire", async () => {
  const { emulator } = newEmulator();
  const failure = await emulator.call("CreateChannel", {}).catch(apiFailureOf);
  expect(failure).toMatchObject({ kind: "rejected", awsName: "InvalidArgumentException" });
});
