// What the official SDK makes of subscriptions that break, over both protocols.
import { type KinesisClient, SubscribeToShardCommand } from "@aws-sdk/client-kinesis";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { type FaultEffect, type RunningEmulator, startEmulator } from "@shardline/emulator";
import { expect, test } from "vitest";
import { kinesisClient } from "../support/running.ts";

const StreamName = "s";
const ShardId = "shardId-000000000000";

interface Broken {
  readonly texts: readonly string[];
  /** The continuation number of the last event. */
  readonly last: string | undefined;
  readonly end:
    | "clean"
    | { readonly name: string; readonly message: string; readonly code: unknown };
}

/** An emulator with the records a and b, and a consumer of them. */
async function startWithConsumer(): Promise<{ emulator: RunningEmulator; ConsumerARN: string }> {
  const emulator = await startEmulator({
    streams: { [StreamName]: 1 },
    transitions: { consumerMs: 0 },
  });
  for (const text of ["a", "b"]) await put(emulator, text);
  const { arn: StreamARN = "" } = emulator.inspect(StreamName) ?? {};
  const registered = await emulator.call("RegisterStreamConsumer", {
    StreamARN,
    ConsumerName: "c",
  });
  const { ConsumerARN } = (registered as { Consumer: { ConsumerARN: string } }).Consumer;
  emulator.clock.advance(1);
  // The clock's timers fire as soon as the event loop comes round.
  while ((await statusOf(emulator, ConsumerARN)) !== "ACTIVE") {
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { emulator, ConsumerARN };
}

async function statusOf(emulator: RunningEmulator, ConsumerARN: string): Promise<string> {
  const output = await emulator.call("DescribeStreamConsumer", { ConsumerARN });
  const { ConsumerDescription } = output as { ConsumerDescription: { ConsumerStatus: string } };
  return ConsumerDescription.ConsumerStatus;
}

async function put(emulator: RunningEmulator, text: string): Promise<void> {
  const Data = Buffer.from(text).toString("base64");
  await emulator.call("PutRecord", { StreamName, PartitionKey: "k", Data });
}

async function read(
  client: KinesisClient,
  ConsumerARN: string,
  sequenceNumber?: string,
): Promise<Broken> {
  const StartingPosition =
    sequenceNumber === undefined
      ? ({ Type: "TRIM_HORIZON" } as const)
      : ({ Type: "AFTER_SEQUENCE_NUMBER", SequenceNumber: sequenceNumber } as const);
  const command = new SubscribeToShardCommand({ ConsumerARN, ShardId, StartingPosition });
  const { EventStream = [] } = await client.send(command);
  const texts: string[] = [];
  let last: string | undefined;
  try {
    for await (const { SubscribeToShardEvent: event } of EventStream) {
      texts.push(...(event?.Records ?? []).map(({ Data }) => Buffer.from(Data ?? "").toString()));
      last = event?.ContinuationSequenceNumber;
    }
  } catch (error) {
    const { name, message, code } = error as Error & { readonly code?: unknown };
    return { texts, last, end: { name, message, code } };
  }
  return { texts, last, end: "clean" };
}

const EVENT: FaultEffect = { kind: "endEvents", afterEvents: 1 };
const RESET = { code: "ECONNRESET" };
const both = (end: unknown): readonly [unknown, unknown] => [end, end];

test.each<[string, FaultEffect, readonly [unknown, unknown]]>([
  ["its connection is destroyed", { kind: "cutFrames", afterFrames: 2 }, [RESET, "clean"]],
  [
    "its stream is reset with INTERNAL_ERROR",
    { kind: "cutFrames", how: "resetStream", afterFrames: 2 },
    [RESET, { code: "ERR_HTTP2_STREAM_ERROR" }],
  ],
  [
    "it is cut between two frames",
    { kind: "cutFrames", how: "clean", afterFrames: 2 },
    both("clean"),
  ],
  ["it ends as after five minutes", EVENT, both("clean")],
  [
    "an exception ends it",
    { kind: "failEvents", type: "KMSAccessDeniedException", message: "no", afterEvents: 1 },
    both({ name: "KMSAccessDeniedException", message: "no" }),
  ],
  [
    "another subscription takes its place",
    { kind: "takeOver", afterEvents: 1 },
    both({ name: "ResourceInUseException" }),
  ],
])(
  "T47, T48: after an event, %s: to the SDK that is what it is, and nothing is lost",
  async (_, effect, ends) => {
    for (const [i, end] of ends.entries()) {
      const { emulator, ConsumerARN } = await startWithConsumer();
      await using _emulator = emulator;
      const http1 = i === 0 ? { requestHandler: new NodeHttpHandler() } : {};
      using client = kinesisClient(emulator, http1);
      const fault = emulator.faults.add({ effect });
      const broken = await read(client, ConsumerARN);
      expect(broken.texts).toEqual(["a", "b"]);
      if (end === "clean") expect(broken.end).toBe("clean");
      else expect(broken.end).toMatchObject(end as object);
      fault.remove();
      await put(emulator, "c");
      emulator.clock.advance(5000);
      emulator.faults.add({ effect: EVENT });
      expect((await read(client, ConsumerARN, broken.last)).texts).toEqual(["c"]);
    }
  },
);

test.each<[string, FaultEffect, RegExp]>([
  [
    "a truncated message",
    { kind: "cutFrames", how: "truncated", afterFrames: 1 },
    /^Truncated event message/,
  ],
  ["a wrong checksum", { kind: "badChecksum", afterFrames: 1 }, /checksum/],
])("T47: %s is an error to the SDK over both protocols", async (_, effect, message) => {
  for (const config of [{ requestHandler: new NodeHttpHandler() }, {}]) {
    const { emulator, ConsumerARN } = await startWithConsumer();
    await using _emulator = emulator;
    using client = kinesisClient(emulator, config);
    emulator.faults.add({ effect });
    const broken = await read(client, ConsumerARN);
    expect(broken).toMatchObject({ texts: [], end: { message: expect.stringMatching(message) } });
  }
});

test("frames in pieces of any size are read whole", async () => {
  for (const bytes of [1, 7, 16]) {
    const { emulator, ConsumerARN } = await startWithConsumer();
    await using _emulator = emulator;
    using client = kinesisClient(emulator);
    emulator.faults.add({ effect: { kind: "splitFrames", bytes }, continue: true });
    emulator.faults.add({ effect: EVENT });
    expect(await read(client, ConsumerARN)).toMatchObject({ texts: ["a", "b"], end: "clean" });
  }
});

test.each<FaultEffect>([
  { kind: "cutFrames", afterFrames: 9 },
  { kind: "cutFrames", afterFrames: 9, how: "resetStream" },
  { kind: "badChecksum", afterFrames: 9 },
])("%j leaves a subscription alone that ends by itself before", async (effect) => {
  const { emulator, ConsumerARN } = await startWithConsumer();
  await using _emulator = emulator;
  using client = kinesisClient(emulator, { requestHandler: new NodeHttpHandler() });
  emulator.faults.add({ effect, continue: true });
  emulator.faults.add({ effect: EVENT });
  expect(await read(client, ConsumerARN)).toMatchObject({ texts: ["a", "b"], end: "clean" });
});

test("closing the emulator ends a subscription that has fallen silent", async () => {
  const { emulator, ConsumerARN } = await startWithConsumer();
  using client = kinesisClient(emulator);
  emulator.faults.add({ effect: { kind: "silence" } });
  const reading = read(client, ConsumerARN);
  while (emulator.faults.log().length === 0) await new Promise((resolve) => setImmediate(resolve));
  await emulator.close();
  expect(await reading).toMatchObject({ texts: [] });
});
