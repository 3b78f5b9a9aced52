import { expect, test } from "vitest";
import { ACCOUNT, newEmulator } from "./support/emulator.ts";
import { follow, LATEST, registerConsumer, STREAM_ARN } from "./support/fan-out.ts";
import { FIRST_SHARD, put, splitInHalf } from "./support/records.ts";

test("a look inside shows status, lineage, times and every stored record", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  const { SequenceNumber } = await put(emulator, "x");
  await splitInHalf(emulator, FIRST_SHARD);
  const inside = emulator.emulator.inspect("s");
  expect(inside).toMatchObject({
    name: "s",
    arn: `arn:aws:kinesis:us-east-1:${ACCOUNT}:stream/s`,
    status: "ACTIVE",
  });
  const [parent, low, high] = inside?.shards ?? [];
  expect(parent).toEqual({
    shardId: FIRST_SHARD,
    hashKeyRange: { start: 0n, end: 2n ** 128n - 1n },
    startingSequenceNumber: expect.any(String),
    endingSequenceNumber: expect.any(String),
    createdAtMs: 1_700_000_000_000,
    closedAtMs: 1_700_000_000_001,
    records: [
      {
        sequenceNumber: SequenceNumber,
        partitionKey: "key",
        data: new Uint8Array(Buffer.from("x")),
        arrivedAtMs: 1_700_000_000_000,
      },
    ],
  });
  expect([low, high]).toMatchObject([
    { parentShardId: FIRST_SHARD, createdAtMs: 1_700_000_000_001, records: [] },
    { parentShardId: FIRST_SHARD, createdAtMs: 1_700_000_000_001, records: [] },
  ]);
});

test("the shards alone are told as the look inside tells them", async () => {
  const emulator = newEmulator({ streams: { s: 2 } });
  await put(emulator, "x");
  await splitInHalf(emulator, FIRST_SHARD);
  const inside = emulator.emulator.inspect("s")?.shards ?? [];
  const shards = emulator.emulator.shards("s");
  expect(shards).toHaveLength(4);
  expect(inside).toMatchObject(shards);
  expect(Object.keys(shards[0] ?? {})).not.toContain("records");
  expect(emulator.emulator.shards("no such stream")).toEqual([]);
});

test("what is stored behind a record is told as the look inside tells it", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  const inside = emulator.emulator;
  expect(inside.recordsAfter("s", FIRST_SHARD)).toEqual([]);
  for (const data of ["x", "y", "z"]) await put(emulator, data);
  const records = inside.inspect("s")?.shards[0]?.records ?? [];
  expect(records).toHaveLength(3);
  expect(inside.recordsAfter("s", FIRST_SHARD)).toEqual(records);
  for (const [at, { sequenceNumber }] of records.entries()) {
    expect(inside.recordsAfter("s", FIRST_SHARD, sequenceNumber)).toEqual(records.slice(at + 1));
  }
  expect(inside.recordsAfter("s", "shardId-000000000009")).toEqual([]);
  expect(inside.recordsAfter("no such stream", FIRST_SHARD)).toEqual([]);
});

test("a look inside shows consumers and what they are subscribed to", async () => {
  const emulator = newEmulator({ streams: { s: 2 } });
  const arn = await registerConsumer(emulator, "reading");
  for (const index of [1, 0]) {
    await follow(emulator, arn, LATEST, { shardId: `shardId-00000000000${index}` });
  }
  const { call, emulator: inside } = emulator;
  await call("RegisterStreamConsumer", { StreamARN: STREAM_ARN, ConsumerName: "new" });
  expect(inside.inspect("s")?.consumers).toEqual([
    {
      name: "new",
      arn: expect.stringContaining("/consumer/new:"),
      status: "CREATING",
      subscribedShardIds: [],
    },
    {
      name: "reading",
      arn,
      status: "ACTIVE",
      subscribedShardIds: ["shardId-000000000000", "shardId-000000000001"],
    },
  ]);
});

test("there is nothing to see of a stream that does not exist", () => {
  const { emulator } = newEmulator({ streams: { s: 1 } });
  expect(emulator.inspect("t")).toBeUndefined();
  expect(emulator.inspect("s", { accountId: ACCOUNT, region: "eu-west-1" })).toBeUndefined();
});
