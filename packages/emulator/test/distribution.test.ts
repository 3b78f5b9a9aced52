// Streams that place records themselves, whatever their keys.
import { apiFailureOf } from "@shardline/core";
import { expect, test } from "vitest";
import { ACCOUNT, base64, newEmulator, type TestEmulator } from "./support/emulator.ts";

const StreamARN = `arn:aws:kinesis:us-east-1:${ACCOUNT}:stream/s`;
const AUTO = { shards: 4, distribution: "AUTO" } as const;
const { signal } = new AbortController();

async function strategyOf({ call }: TestEmulator): Promise<unknown> {
  const output = await call<{ StreamDescriptionSummary: Readonly<Record<string, unknown>> }>(
    "DescribeStreamSummary",
    { StreamARN },
  );
  return output.StreamDescriptionSummary["RecordDistributionStrategy"];
}

/** How many records lie on each shard. */
function countsOf({ emulator }: TestEmulator): number[] {
  return (emulator.inspect("s")?.shards ?? []).map(({ records }) => records.length);
}

test("records of one key and of one hash key are spread over all open shards, and the key is kept", async () => {
  const emulator = newEmulator({ streams: { s: AUTO } });
  for (let i = 0; i < 20; i += 1) {
    const entry = { PartitionKey: "k", ExplicitHashKey: "0", Data: base64("x") };
    await emulator.call("PutRecord", { StreamARN, ...entry });
    await emulator.call("PutRecords", { StreamARN, Records: [entry, entry] });
  }
  for (const count of countsOf(emulator)) expect(count).toBeGreaterThan(5);
  const records = (emulator.emulator.inspect("s")?.shards ?? []).flatMap((shard) => shard.records);
  expect(new Set(records.map(({ partitionKey }) => partitionKey))).toEqual(new Set(["k"]));
});

test("the key may be left out, and is then missing where records are read", async () => {
  const emulator = newEmulator({ streams: { s: { ...AUTO, shards: 1 } } });
  const kinesis = emulator.emulator.kinesis();
  const stream = { name: "s" };
  await kinesis.putRecords({ stream, entries: [{ data: Buffer.from("x") }] }, signal);
  const shardId = "shardId-000000000000";
  const start = { type: "TRIM_HORIZON" } as const;
  const iterator = await kinesis.getShardIterator({ stream, shardId, start }, signal);
  const { records } = await kinesis.getRecords({ stream, iterator, limit: 10 }, signal);
  expect(records.map((record) => "partitionKey" in record)).toEqual([false]);
});

test("elsewhere a record without a key is refused, in the words for a member that has to be there", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  const Records = [{ Data: "", PartitionKey: "k" }, { Data: "" }];
  expect(await emulator.refusal("PutRecords", { StreamARN, Records })).toMatchObject({
    name: "ValidationException",
    reason: expect.stringContaining("Value null at 'records.2.member.partitionKey'") as string,
  });
  expect(countsOf(emulator)).toEqual([0]);
});

test("only streams on demand can be told to, at once, and they say so", async () => {
  const emulator = newEmulator({ streams: { s: 4 } });
  const auto = { StreamARN, RecordDistributionStrategy: "AUTO" };
  const operation = "UpdateStreamRecordDistributionStrategy";
  expect((await emulator.refusal(operation, auto)).name).toBe("InvalidArgumentException");
  expect(await strategyOf(emulator)).toBe(undefined);
  const to = (StreamMode: string) => ({ StreamARN, StreamModeDetails: { StreamMode } });
  await emulator.call("UpdateStreamMode", to("ON_DEMAND"));
  await emulator.clock.advance(1);
  expect(await strategyOf(emulator)).toBe("USER_PARTITION_KEY");
  await emulator.call(operation, auto);
  expect(await strategyOf(emulator)).toBe("AUTO");
  await emulator.clock.advance(1);
  await emulator.call("UpdateStreamMode", to("PROVISIONED"));
  await emulator.clock.advance(1);
  expect(await strategyOf(emulator)).toBe(undefined);
  await emulator.call("PutRecord", {
    StreamARN,
    PartitionKey: "k",
    ExplicitHashKey: "0",
    Data: "",
  });
  expect(countsOf(emulator)).toEqual([1, 0, 0, 0]);
});

test("a stream can be created so", async () => {
  const emulator = newEmulator();
  await emulator.call("CreateStream", {
    StreamName: "s",
    StreamModeDetails: { StreamMode: "ON_DEMAND" },
    RecordDistributionStrategy: "AUTO",
  });
  await emulator.clock.advance(1);
  expect(await strategyOf(emulator)).toBe("AUTO");
});

test("a rehearsal stores nothing, and fails as the call would", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  const kinesis = emulator.emulator.kinesis();
  const entries = [{ data: Buffer.from("x"), partitionKey: "k" }];
  await kinesis.rehearsePutRecords({ stream: { name: "s" }, entries }, signal);
  const missing = kinesis.rehearsePutRecords({ stream: { name: "t" }, entries }, signal);
  expect(await missing.catch(apiFailureOf)).toMatchObject({ kind: "missing" });
  expect(countsOf(emulator)).toEqual([0]);
});
