import { expect, test } from "vitest";
import { ACCOUNT, newEmulator } from "./support/emulator.ts";
import {
  FIRST_SHARD,
  iterator,
  put,
  read,
  reshard,
  shardsOf,
  splitInHalf,
  textOf,
} from "./support/records.ts";

const HORIZON = { ShardIteratorType: "TRIM_HORIZON" };
const LATEST = { ShardIteratorType: "LATEST" };

test("T25: of a closed shard, the page with the last record has the children and no iterator", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  for (const text of ["a", "b", "c"]) await put(emulator, text);
  await splitInHalf(emulator, FIRST_SHARD);
  const first = await read(emulator, await iterator(emulator, HORIZON), 2);
  expect(first.Records.map(textOf)).toEqual(["a", "b"]);
  expect(first).not.toHaveProperty("ChildShards");
  const last = await read(emulator, first.NextShardIterator ?? "", 2);
  expect(last.Records.map(textOf)).toEqual(["c"]);
  expect(last).not.toHaveProperty("NextShardIterator");
  const half = 2n ** 127n;
  expect(last.ChildShards).toEqual([
    {
      ShardId: "shardId-000000000001",
      ParentShards: [FIRST_SHARD],
      HashKeyRange: { StartingHashKey: "0", EndingHashKey: `${half - 1n}` },
    },
    {
      ShardId: "shardId-000000000002",
      ParentShards: [FIRST_SHARD],
      HashKeyRange: { StartingHashKey: `${half}`, EndingHashKey: `${2n * half - 1n}` },
    },
  ]);
});

test("T25: an open shard read to its tip has an iterator and no children", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  const page = await read(emulator, await iterator(emulator, HORIZON));
  expect(page).toEqual({
    Records: [],
    MillisBehindLatest: 0,
    NextShardIterator: expect.any(String),
  });
});

test("T25: a closed shard whose records are all trimmed ends all the same", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  await put(emulator, "x");
  await emulator.clock.advance(12 * 3_600_000);
  await splitInHalf(emulator, FIRST_SHARD);
  await emulator.clock.advance(13 * 3_600_000);
  const page = await read(emulator, await iterator(emulator, HORIZON));
  expect(page.Records).toEqual([]);
  expect(page.ChildShards).toHaveLength(2);
});

test("T26: LATEST on a closed shard answers its children, which name both parents after a merge", async () => {
  const emulator = newEmulator({ streams: { s: 2 } });
  await put(emulator, "x", { ExplicitHashKey: "0" });
  const [low = "", high = ""] = (await shardsOf(emulator)).map(({ ShardId }) => ShardId);
  await reshard(emulator, "MergeShards", { ShardToMerge: low, AdjacentShardToMerge: high });
  for (const ShardId of [low, high]) {
    const page = await read(emulator, await iterator(emulator, { ShardId, ...LATEST }));
    expect(page).toEqual({
      Records: [],
      MillisBehindLatest: 0,
      ChildShards: [
        {
          ShardId: "shardId-000000000002",
          ParentShards: [low, high],
          HashKeyRange: { StartingHashKey: "0", EndingHashKey: `${2n ** 128n - 1n}` },
        },
      ],
    });
  }
});

test("T33: MillisBehindLatest is the age of the last record read, falls while reading, and is 0 at the tip", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  for (const text of ["a", "b", "c"]) {
    await put(emulator, text);
    await emulator.clock.advance(1000);
  }
  let page = await read(emulator, await iterator(emulator, HORIZON), 1);
  const behind = [page.MillisBehindLatest];
  while (page.Records.length > 0) {
    page = await read(emulator, page.NextShardIterator ?? "", 1);
    behind.push(page.MillisBehindLatest);
  }
  expect(behind).toEqual([3000, 2000, 0, 0]);
});

test("T33: a page that leaves something is at least one millisecond behind", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  await put(emulator, "a");
  await put(emulator, "b");
  const page = await read(emulator, await iterator(emulator, HORIZON), 1);
  expect(page.MillisBehindLatest).toBe(1);
});

test("a page ends before 10 MiB, and the next one goes on where it ended", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  const Data = Buffer.alloc(1_048_575);
  for (let i = 0; i < 11; i += 1) {
    await emulator.call("PutRecord", { StreamName: "s", PartitionKey: "k", Data });
  }
  const first = await read(emulator, await iterator(emulator, HORIZON));
  expect(first.Records).toHaveLength(10);
  expect(first.MillisBehindLatest).toBe(1);
  const second = await read(emulator, first.NextShardIterator ?? "");
  expect(second.Records).toHaveLength(1);
});

test("a page holds at most 10,000 records, and a greater limit is refused", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  const Records = Array.from({ length: 500 }, () => ({ PartitionKey: "k", Data: "" }));
  for (let i = 0; i < 21; i += 1) await emulator.call("PutRecords", { StreamName: "s", Records });
  const ShardIterator = await iterator(emulator, HORIZON);
  const page = await read(emulator, ShardIterator);
  expect(page.Records).toHaveLength(10_000);
  expect((await read(emulator, page.NextShardIterator ?? "")).Records).toHaveLength(500);
  expect((await emulator.refusal("GetRecords", { ShardIterator, Limit: 10_001 })).name).toBe(
    "ValidationException",
  );
});

test("a record is read as it was put: key, data, arrival to the millisecond", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  await emulator.clock.advance(123);
  const { SequenceNumber } = await put(emulator, "é", { PartitionKey: "ключ" });
  const page = await read(emulator, await iterator(emulator, HORIZON));
  expect(page.Records).toEqual([
    {
      SequenceNumber,
      ApproximateArrivalTimestamp: 1_700_000_000.123,
      Data: Buffer.from("é").toString("base64"),
      PartitionKey: "ключ",
    },
  ]);
});

test("the ARN beside an iterator must be that of its stream", async () => {
  const emulator = newEmulator({ streams: { s: 1, t: 1 } });
  const ShardIterator = await iterator(emulator, HORIZON);
  const arn = (name: string): string => `arn:aws:kinesis:us-east-1:${ACCOUNT}:stream/${name}`;
  await emulator.call("GetRecords", { ShardIterator, StreamARN: arn("s") });
  const other = { ShardIterator, StreamARN: arn("t") };
  expect((await emulator.refusal("GetRecords", other)).name).toBe("InvalidArgumentException");
});

test("T61: a read can be rehearsed", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  const ShardIterator = await iterator(emulator, HORIZON);
  const rehearsal = await emulator.refusal("GetRecords", { ShardIterator, DryRun: true });
  expect(rehearsal.name).toBe("DryRunOperationException");
});
