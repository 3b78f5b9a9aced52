import { expect, test } from "vitest";
import { ACCOUNT, base64, newEmulator, type TestEmulator } from "./support/emulator.ts";
import { FIRST_SHARD, put, splitInHalf } from "./support/records.ts";

interface Answer {
  readonly FailedRecordCount: number;
  readonly Records: readonly {
    readonly SequenceNumber?: string;
    readonly ShardId?: string;
    readonly ErrorCode?: string;
    readonly ErrorMessage?: string;
  }[];
}

const THROTTLED = {
  ErrorCode: "ProvisionedThroughputExceededException",
  ErrorMessage: `Rate exceeded for shard ${FIRST_SHARD} in stream s under account ${ACCOUNT}.`,
};

function putAll({ call }: TestEmulator, sizes: readonly number[]): Promise<Answer> {
  const Records = sizes.map((size) => ({ PartitionKey: "k", Data: Buffer.alloc(size) }));
  return call("PutRecords", { StreamName: "s", Records });
}

function stored({ emulator }: TestEmulator): number {
  const shards = emulator.inspect("s")?.shards ?? [];
  return shards.reduce((sum, { records }) => sum + records.length, 0);
}

const one = (count: number): number[] => Array.from({ length: count }, () => 1);

test("T16: with three entries throttled in the middle, answers keep order and length", async () => {
  const emulator = newEmulator({ streams: { s: 1 }, limits: "aws" });
  const answer = await putAll(emulator, [400_000, 400_000, 300_000, 300_000, 300_000, 100, 200]);
  expect(answer).toEqual({
    FailedRecordCount: 3,
    Records: [
      { SequenceNumber: expect.any(String), ShardId: FIRST_SHARD },
      { SequenceNumber: expect.any(String), ShardId: FIRST_SHARD },
      THROTTLED,
      THROTTLED,
      THROTTLED,
      { SequenceNumber: expect.any(String), ShardId: FIRST_SHARD },
      { SequenceNumber: expect.any(String), ShardId: FIRST_SHARD },
    ],
  });
  const records = emulator.emulator.inspect("s")?.shards[0]?.records ?? [];
  expect(records.map(({ data }) => data.length)).toEqual([400_000, 400_000, 100, 200]);
  expect(records.map(({ sequenceNumber }) => sequenceNumber)).toEqual(
    answer.Records.flatMap(({ SequenceNumber }) => SequenceNumber ?? []),
  );
});

test("T17: of 1,500 records at once a limited shard takes exactly 1,000, and 1,000 more after a second", async () => {
  const emulator = newEmulator({ streams: { s: 1 }, limits: "aws" });
  const putThrice = async (): Promise<number> => {
    let failed = 0;
    for (let i = 0; i < 3; i += 1) failed += (await putAll(emulator, one(500))).FailedRecordCount;
    return failed;
  };
  expect(await putThrice()).toBe(500);
  expect(stored(emulator)).toBe(1000);
  await emulator.clock.advance(1000);
  expect(await putThrice()).toBe(500);
  expect(stored(emulator)).toBe(2000);
});

test("T17: every shard has a limit of its own", async () => {
  const emulator = newEmulator({ streams: { s: 2 }, limits: "aws" });
  const Records = Array.from({ length: 500 }, (_, i) => ({
    PartitionKey: "k",
    Data: "",
    ExplicitHashKey: i % 2 === 0 ? "0" : `${2n ** 128n - 1n}`,
  }));
  for (let i = 0; i < 4; i += 1) {
    const answer = await emulator.call<Answer>("PutRecords", { StreamName: "s", Records });
    expect(answer.FailedRecordCount).toBe(0);
  }
  expect(await emulator.call("PutRecords", { StreamName: "s", Records })).toMatchObject({
    FailedRecordCount: 500,
  });
});

test("T18: a limited shard takes 1 MiB per second, partition keys included", async () => {
  const emulator = newEmulator({ streams: { s: 1 }, limits: "aws" });
  // Each of the records counts 2,048 bytes with its key of one byte: 512 of them are 1 MiB.
  const records = (count: number): number[] => Array.from({ length: count }, () => 2047);
  expect((await putAll(emulator, records(500))).FailedRecordCount).toBe(0);
  expect((await putAll(emulator, records(13))).FailedRecordCount).toBe(1);
  await emulator.clock.advance(1);
  expect((await putAll(emulator, records(1))).FailedRecordCount).toBe(1);
  await emulator.clock.advance(1);
  expect((await putAll(emulator, records(2))).FailedRecordCount).toBe(1);
});

test("T18: a stream of large records takes one of 10 MiB at once and the next when it has room again", async () => {
  const emulator = newEmulator({ limits: "aws" });
  const { call, clock, refusal } = emulator;
  await call("CreateStream", { StreamName: "s", ShardCount: 1, MaxRecordSizeInKiB: 10_240 });
  await clock.advance(1);
  const large = { StreamName: "s", PartitionKey: "k", Data: Buffer.alloc(10_485_759) };
  await call("PutRecord", large);
  const throttled = {
    name: "ProvisionedThroughputExceededException",
    reason: THROTTLED.ErrorMessage,
  };
  expect(await refusal("PutRecord", large)).toEqual(throttled);
  expect(await refusal("PutRecord", { ...large, Data: "" })).toEqual(throttled);
  await clock.advance(9_999);
  expect(await refusal("PutRecord", large)).toEqual(throttled);
  await clock.advance(1);
  await call("PutRecord", large);
});

test("T18: a shard of a stream of large records saves up 10 MiB, of whatever records", async () => {
  const emulator = newEmulator({ limits: "aws" });
  await emulator.call("CreateStream", {
    StreamName: "s",
    ShardCount: 1,
    MaxRecordSizeInKiB: 2048,
  });
  await emulator.clock.advance(1);
  const mebibytes = (count: number): number[] => Array.from({ length: count }, () => 1_048_575);
  expect((await putAll(emulator, mebibytes(10))).FailedRecordCount).toBe(0);
  expect((await putAll(emulator, mebibytes(1))).FailedRecordCount).toBe(1);
});

test("without limits a shard takes whatever comes", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  for (let i = 0; i < 10; i += 1) {
    expect((await putAll(emulator, one(500))).FailedRecordCount).toBe(0);
  }
  expect(stored(emulator)).toBe(5000);
});

test.each([
  ["501 records", one(501), "ValidationException"],
  ["no records", [], "ValidationException"],
  [
    "more than 10 MiB in all",
    [...Array.from({ length: 10 }, () => 1_048_575), 1],
    "InvalidArgumentException",
  ],
  ["a record above the stream's maximum", [1, 1_048_576], "InvalidArgumentException"],
])("T19: %s are refused as a whole and nothing is stored", async (_, sizes, name) => {
  const emulator = newEmulator({ streams: { s: 1 } });
  const Records = sizes.map((size) => ({ PartitionKey: "k", Data: Buffer.alloc(size) }));
  expect((await emulator.refusal("PutRecords", { StreamName: "s", Records })).name).toBe(name);
  expect(stored(emulator)).toBe(0);
});

test("T19: exactly 10 MiB, keys included, are taken", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  const answer = await putAll(
    emulator,
    Array.from({ length: 10 }, () => 1_048_575),
  );
  expect(answer.FailedRecordCount).toBe(0);
});

test("sizes count the UTF-8 bytes of partition keys", async () => {
  const { call, refusal } = newEmulator({ streams: { s: 1 } });
  const PartitionKey = "漢".repeat(10);
  const fits = { StreamName: "s", PartitionKey, Data: Buffer.alloc(1_048_576 - 30) };
  await call("PutRecord", fits);
  expect((await refusal("PutRecord", { ...fits, Data: Buffer.alloc(1_048_576 - 29) })).name).toBe(
    "InvalidArgumentException",
  );
});

test("T61: a rehearsal that would succeed is told so and stores nothing", async () => {
  const emulator = newEmulator({ streams: { s: 1 }, limits: "aws" });
  const record = { PartitionKey: "k", Data: "" };
  const rehearsed = async (operation: string, input: object): Promise<string> =>
    (await emulator.refusal(operation, { StreamName: "s", DryRun: true, ...input })).name;
  expect(await rehearsed("PutRecord", record)).toBe("DryRunOperationException");
  expect(await rehearsed("PutRecords", { Records: [record] })).toBe("DryRunOperationException");
  const start = { ShardId: FIRST_SHARD, ShardIteratorType: "LATEST" };
  expect(await rehearsed("GetShardIterator", start)).toBe("DryRunOperationException");
  expect(stored(emulator)).toBe(0);
  expect(await rehearsed("PutRecord", { ...record, ExplicitHashKey: `${2n ** 128n}` })).toBe(
    "InvalidArgumentException",
  );
});

test("a record that names an earlier number gets a greater one", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  const first = await put(emulator, "first");
  const second = await put(emulator, "second", { SequenceNumberForOrdering: first.SequenceNumber });
  expect(second.SequenceNumber > first.SequenceNumber).toBe(true);
});

test("a record may name an earlier number of its shard, or of its shard's parent, although the clock stepped back", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  const first = await put(emulator, "first");
  const wallTimeMs = emulator.clock.wallTimeMs.bind(emulator.clock);
  emulator.clock.wallTimeMs = () => wallTimeMs() - 3_600_000;
  const second = await put(emulator, "second", { SequenceNumberForOrdering: first.SequenceNumber });
  await splitInHalf(emulator, first.ShardId);
  const third = await put(emulator, "third", { SequenceNumberForOrdering: second.SequenceNumber });
  expect(third.ShardId).not.toBe(first.ShardId);
  const numbers = [first, second, third].map(({ SequenceNumber }) => SequenceNumber);
  expect(numbers).toEqual([...numbers].sort());
});

test("an ordering number that was not given out yet, or is none, is refused", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  const { SequenceNumber } = await put(emulator, "first");
  const number = BigInt(SequenceNumber);
  const wrong = ["0", `${number + (1n << 80n)}`, `${number + (3600n << 36n)}`];
  for (const SequenceNumberForOrdering of wrong) {
    const input = {
      StreamName: "s",
      PartitionKey: "k",
      Data: base64("x"),
      SequenceNumberForOrdering,
    };
    expect(await emulator.refusal("PutRecord", input)).toEqual({
      name: "InvalidArgumentException",
      reason:
        `ExclusiveMinimumSequenceNumber ${SequenceNumberForOrdering} used in PutRecord on stream s ` +
        `under account ${ACCOUNT} is invalid.`,
    });
  }
});

test("bytes handed to a put may be changed once it is answered", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  const Data = Buffer.from("before");
  await emulator.call("PutRecord", { StreamName: "s", PartitionKey: "k", Data });
  Data.fill("x");
  const [record] = emulator.emulator.inspect("s")?.shards[0]?.records ?? [];
  expect(Buffer.from(record?.data ?? "").toString()).toBe("before");
});

test("T13: numbers grow strictly over 1,000,000 puts while the clock steps back by an hour", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  const Records = Array.from({ length: 500 }, () => ({ PartitionKey: "k", Data: "" }));
  const wallTimeMs = emulator.clock.wallTimeMs.bind(emulator.clock);
  let last = "";
  for (let batch = 0; batch < 2000; batch += 1) {
    if (batch === 1000) emulator.clock.wallTimeMs = () => wallTimeMs() - 3_600_000;
    await emulator.clock.advance(700);
    const answer = await emulator.call<Answer>("PutRecords", { StreamName: "s", Records });
    for (const { SequenceNumber = "" } of answer.Records) {
      if (SequenceNumber.length !== 56 || SequenceNumber <= last) {
        expect.unreachable(`${SequenceNumber} after ${last}`);
      }
      last = SequenceNumber;
    }
  }
});
