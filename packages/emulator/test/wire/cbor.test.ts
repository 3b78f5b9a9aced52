// CBOR over the wire, next to JSON on the same streams.
import {
  CreateStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListShardsCommand,
  ListStreamsCommand,
  PutRecordsCommand,
  ResourceNotFoundException,
} from "@aws-sdk/client-kinesis";
import { VirtualClock } from "@shardline/core/testing";
import { type RunningEmulator, startEmulator } from "@shardline/emulator";
import { decode } from "cborg";
import { expect, test } from "vitest";
import { jackson } from "../support/jackson.ts";
import { exchange, type RawAnswer, requestOf } from "../support/raw-http.ts";
import { kinesisClient } from "../support/running.ts";
import { SPEAKS_CBOR } from "../support/sdk-cbor.ts";

const StreamName = "s";
const ShardId = "shardId-000000000000";
const CBOR = "application/x-amz-cbor-1.1";
const START_MS = 1_763_700_000_123;

type Speak = (emulator: RunningEmulator, operation: string, input: object) => Promise<Answer>;

interface Answer {
  readonly ShardIterator: string;
  readonly Records: readonly {
    readonly Data: Uint8Array;
    readonly PartitionKey: string;
    readonly ApproximateArrivalTimestamp: number;
  }[];
}

async function inCbor(
  { port }: RunningEmulator,
  operation: string,
  body: Buffer,
): Promise<RawAnswer> {
  const answer = await exchange(port, requestOf(operation, body, { "content-type": CBOR }));
  expect(answer.headers["content-type"]).toBe(CBOR);
  return answer;
}

/** Times are `Date`s on the way in and milliseconds on the way out. */
const speakCbor: Speak = async (emulator, operation, input) => {
  const { bytes } = await inCbor(emulator, operation, jackson(input));
  return decode(bytes, { tags: { 1: (content: () => unknown) => content() } }) as Answer;
};

/** The same over JSON. */
const speakJson: Speak = async ({ port }, operation, input) => {
  const body = JSON.stringify(
    input,
    function (this: Record<string, unknown>, name, value: unknown) {
      const given = this[name];
      if (given instanceof Date) return given.getTime() / 1000;
      return given instanceof Uint8Array ? Buffer.from(given).toString("base64") : value;
    },
  );
  const answer = await exchange(port, requestOf(operation, body));
  return JSON.parse(answer.body, (name, value) => {
    if (name === "ApproximateArrivalTimestamp") return Math.round(value * 1000);
    return name === "Data" ? Buffer.from(value, "base64") : value;
  }) as Answer;
};

async function readFrom(
  speak: Speak,
  emulator: RunningEmulator,
  start: object,
): Promise<Answer["Records"]> {
  const { ShardIterator } = await speak(emulator, "GetShardIterator", {
    StreamName,
    ShardId,
    ...start,
  });
  return (await speak(emulator, "GetRecords", { ShardIterator, Limit: 100 })).Records;
}

test.each([
  ["CBOR as Java writes it is put and JSON read", speakCbor, speakJson],
  ["JSON is put and CBOR read", speakJson, speakCbor],
  ["CBOR is put and read", speakCbor, speakCbor],
])("T04: bytes stay the same where %s", async (_, put, get) => {
  await using emulator = await startEmulator({ streams: { [StreamName]: 1 } });
  const bodies = [
    Buffer.from(Array.from({ length: 256 }, (_, i) => i)),
    Buffer.alloc(0),
    Buffer.alloc(70_000, 0xff),
  ];
  const Records = bodies.map((Data, i) => ({ Data, PartitionKey: ["k", "ключ☃", "𝄞"][i] }));
  expect(await put(emulator, "PutRecords", { StreamName, Records })).toMatchObject({
    FailedRecordCount: 0,
  });
  const read = await readFrom(get, emulator, { ShardIteratorType: "TRIM_HORIZON" });
  expect(read.map(({ PartitionKey }) => PartitionKey)).toEqual(["k", "ключ☃", "𝄞"]);
  for (const [i, { Data }] of read.entries()) {
    expect(Buffer.compare(Data, bodies[i] as Buffer), `record ${i}`).toBe(0);
  }
});

test("T05: an arrival is the same moment in both forms, and AT_TIMESTAMP begins there in both", async () => {
  const clock = new VirtualClock(START_MS);
  await using emulator = await startEmulator({ clock, streams: { [StreamName]: 1 } });
  for (const text of ["before", "at", "after"]) {
    const Data = Buffer.from(text);
    await speakCbor(emulator, "PutRecord", { StreamName, PartitionKey: "k", Data });
    await clock.advance(7);
  }
  const start = { ShardIteratorType: "AT_TIMESTAMP", Timestamp: new Date(START_MS + 7) };
  for (const speak of [speakCbor, speakJson]) {
    const records = await readFrom(speak, emulator, start);
    expect(records.map(({ Data }) => Buffer.from(Data).toString())).toEqual(["at", "after"]);
    expect(records.map((record) => record.ApproximateArrivalTimestamp)).toEqual([
      START_MS + 7,
      START_MS + 14,
    ]);
  }
  // Untagged, as other writers have it.
  const untagged = { ...start, Timestamp: START_MS + 8 };
  expect(await readFrom(speakCbor, emulator, untagged)).toHaveLength(1);
});

test("T05: a listing filters by milliseconds and by the creation time that a description gave", async () => {
  const clock = new VirtualClock(START_MS);
  await using emulator = await startEmulator({ clock, streams: { [StreamName]: 2 } });
  const { StreamDescriptionSummary: summary } = (await speakCbor(
    emulator,
    "DescribeStreamSummary",
    { StreamName },
  )) as unknown as { StreamDescriptionSummary: { StreamCreationTimestamp: number } };
  expect(summary.StreamCreationTimestamp).toBe(START_MS);
  const StreamCreationTimestamp = new Date(summary.StreamCreationTimestamp);
  const ShardFilter = { Type: "AT_TIMESTAMP", Timestamp: new Date(START_MS + 1) };
  await clock.advance(10);
  const listing = await speakCbor(emulator, "ListShards", {
    StreamName,
    StreamCreationTimestamp,
    ShardFilter,
  });
  expect(listing).toMatchObject({ Shards: [{ ShardId }, {}] });
});

test("T06: error bodies in CBOR carry the exception and its message", async () => {
  await using emulator = await startEmulator();
  const failed = async (operation: string, body: Buffer): Promise<unknown> => {
    const { status, bytes } = await inCbor(emulator, operation, body);
    expect(status).toBe(400);
    return decode(bytes);
  };
  expect(await failed("DescribeStreamSummary", jackson({ StreamName }))).toEqual({
    __type: "ResourceNotFoundException",
    message: "Stream s under account 000000000000 not found.",
  });
  for (const body of ["", "ff", "a1", "f6", "80", "05", "4100", "6161"]) {
    expect(await failed("DescribeStreamSummary", Buffer.from(body, "hex"))).toMatchObject({
      __type: "SerializationException",
    });
  }
  expect(await failed("Nothing", jackson({}))).toEqual({ __type: "UnknownOperationException" });
});

test("bytes where a text or a structure belongs are of the wrong type", async () => {
  await using emulator = await startEmulator({ streams: { [StreamName]: 1 } });
  for (const input of [
    { StreamName: Buffer.from(StreamName) },
    { StreamName, Limit: Buffer.of(1) },
    { StreamName, ShardFilter: Buffer.of(1) },
    { StreamName, Records: [Buffer.of(1)] },
    { StreamName, Records: Buffer.of(1) },
  ]) {
    const operation =
      "Records" in input ? "PutRecords" : "Limit" in input ? "DescribeStream" : "ListShards";
    const { bytes } = await inCbor(emulator, operation, jackson(input));
    expect(decode(bytes), JSON.stringify(input)).toMatchObject({
      __type: "SerializationException",
    });
  }
});

test("an operation without output answers with an empty map", async () => {
  await using emulator = await startEmulator();
  const body = jackson({ StreamName, ShardCount: 1 });
  const { status, bytes } = await inCbor(emulator, "CreateStream", body);
  expect([status, bytes.toString("hex")]).toEqual([200, "a0"]);
});

test("T04: the SDK's own CBOR is understood, and understands what comes back", async () => {
  await using emulator = await startEmulator({ streams: { [StreamName]: 1 } });
  using cbor = kinesisClient(emulator, SPEAKS_CBOR);
  using json = kinesisClient(emulator);
  await cbor.send(new CreateStreamCommand({ StreamName: "other", ShardCount: 3 }));
  expect((await cbor.send(new ListStreamsCommand({}))).StreamNames).toEqual(["other", "s"]);
  const { Shards } = await cbor.send(new ListShardsCommand({ StreamName }));
  expect(Shards).toEqual((await json.send(new ListShardsCommand({ StreamName }))).Shards);
  const Data = Buffer.from([0, 128, 255]);
  await cbor.send(new PutRecordsCommand({ StreamName, Records: [{ Data, PartitionKey: "é" }] }));
  const { ShardIterator } = await cbor.send(
    new GetShardIteratorCommand({ StreamName, ShardId, ShardIteratorType: "TRIM_HORIZON" }),
  );
  const read = await cbor.send(new GetRecordsCommand({ ShardIterator }));
  expect(read).toMatchObject({ MillisBehindLatest: 0, NextShardIterator: expect.any(String) });
  const [record] = read.Records ?? [];
  expect([...(record?.Data ?? [])]).toEqual([...Data]);
  expect(record?.PartitionKey).toBe("é");
  const missing = cbor.send(new ListShardsCommand({ StreamName: "unknown" }));
  await expect(missing).rejects.toThrow(ResourceNotFoundException);
  await expect(missing).rejects.toThrow("Stream unknown under account 000000000000 not found.");
});
