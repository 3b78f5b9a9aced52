import { expect, test } from "vitest";
import { ACCOUNT, newEmulator } from "./support/emulator.ts";
import {
  FIRST_SHARD,
  iterator,
  put,
  read,
  shardsOf,
  splitInHalf,
  textOf,
} from "./support/records.ts";

const DAY_MS = 86_400_000;
const HORIZON = { ShardIteratorType: "TRIM_HORIZON" };

test("T32: a record is read for 24 hours and is gone at their end", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  await put(emulator, "x");
  await emulator.clock.advance(DAY_MS - 1);
  const page = await read(emulator, await iterator(emulator, HORIZON));
  expect(page.Records.map(textOf)).toEqual(["x"]);
  await emulator.clock.advance(1);
  const later = await read(emulator, await iterator(emulator, HORIZON));
  expect(later.Records).toEqual([]);
  expect(emulator.emulator.inspect("s")?.shards[0]?.records).toEqual([]);
});

test("T32: an iterator taken before its records were trimmed goes on at the oldest one left", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  await put(emulator, "old");
  await emulator.clock.advance(DAY_MS - 1000);
  await put(emulator, "young");
  const start = await iterator(emulator, HORIZON);
  await emulator.clock.advance(1000);
  expect((await read(emulator, start)).Records.map(textOf)).toEqual(["young"]);
});

test("T32: a closed shard is listed for the retention period, then it is not found", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  await put(emulator, "x");
  await splitInHalf(emulator, FIRST_SHARD);
  const ids = async (): Promise<string[]> =>
    (await shardsOf(emulator)).map(({ ShardId }) => ShardId);
  await emulator.clock.advance(DAY_MS);
  expect(await ids()).toHaveLength(3);
  const start = await iterator(emulator, HORIZON);
  await emulator.clock.advance(1);
  expect(await ids()).toEqual(["shardId-000000000001", "shardId-000000000002"]);
  const notFound = {
    name: "ResourceNotFoundException",
    reason: `Shard ${FIRST_SHARD} in stream s under account ${ACCOUNT} does not exist`,
  };
  expect(await emulator.refusal("GetRecords", { ShardIterator: start })).toEqual(notFound);
  const again = { StreamName: "s", ShardId: FIRST_SHARD, ...HORIZON };
  expect(await emulator.refusal("GetShardIterator", again)).toEqual(notFound);
});

test("an index that was used once is never used again, even when its shard has expired", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  await splitInHalf(emulator, FIRST_SHARD);
  await emulator.clock.advance(2 * DAY_MS);
  await splitInHalf(emulator, "shardId-000000000001");
  expect((await shardsOf(emulator)).map(({ ShardId }) => ShardId)).toEqual([
    "shardId-000000000001",
    "shardId-000000000002",
    "shardId-000000000003",
    "shardId-000000000004",
  ]);
});
