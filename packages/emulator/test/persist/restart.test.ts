// What an emulator holds is there again when it is started with the same folder.
import { mkdirSync, readdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { GetItemCommand, PutItemCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import type { RunningEmulator } from "@shardline/emulator";
import { describe, expect, test } from "vitest";
import { contentOf, type Kept, newKept, putTexts } from "../support/kept.ts";
import { createLeases, dynamoDbClient } from "../support/running.ts";

const ARN = "arn:aws:kinesis:us-east-1:000000000000:stream/s";

async function restarted(kept: Kept, running: RunningEmulator): Promise<RunningEmulator> {
  await running.close();
  return kept.start();
}

describe("a stream that was", () => {
  test("has its records, with their numbers, times and bytes", async () => {
    await using kept = newKept();
    const first = await kept.start({ streams: { s: 3 } });
    await putTexts(first, ["a", "b", "ключ", "d"]);
    await kept.clock.advance(1500);
    await first.call("PutRecord", {
      StreamName: "s",
      PartitionKey: "bytes",
      Data: Buffer.of(0, 255, 128),
    });
    const before = contentOf(first);
    const second = await restarted(kept, first);
    expect(contentOf(second)).toEqual(before);
    expect(second.stats()).toEqual(first.stats());
  });

  test("has its lineage through splits, merges and scalings", async () => {
    await using kept = newKept();
    const first = await kept.start({ streams: { s: 2 } });
    const half = (2n ** 126n).toString();
    await first.call("SplitShard", {
      StreamName: "s",
      ShardToSplit: "shardId-000000000000",
      NewStartingHashKey: half,
    });
    await kept.clock.advance(1);
    await putTexts(first, ["x", "y"]);
    await first.call("MergeShards", {
      StreamName: "s",
      ShardToMerge: "shardId-000000000003",
      AdjacentShardToMerge: "shardId-000000000001",
    });
    await kept.clock.advance(1);
    await first.call("UpdateShardCount", {
      StreamName: "s",
      TargetShardCount: 3,
      ScalingType: "UNIFORM_SCALING",
    });
    await kept.clock.advance(1);
    await putTexts(first, ["z"]);
    const before = contentOf(first);
    const second = await restarted(kept, first);
    expect(contentOf(second)).toEqual(before);
  });

  test("has its settings, tags and consumers", async () => {
    await using kept = newKept();
    const first = await kept.start({ streams: { s: 1 } });
    await first.call("AddTagsToStream", { StreamName: "s", Tags: { team: "red" } });
    const { Consumer } = (await first.call("RegisterStreamConsumer", {
      StreamARN: ARN,
      ConsumerName: "c",
      Tags: { of: "consumer" },
    })) as { Consumer: { ConsumerARN: string } };
    await kept.clock.advance(1);
    await first.call("IncreaseStreamRetentionPeriod", {
      StreamName: "s",
      RetentionPeriodHours: 48,
    });
    await kept.clock.advance(1);
    await first.call("UpdateMaxRecordSize", { StreamARN: ARN, MaxRecordSizeInKiB: 2048 });
    await kept.clock.advance(1);
    const ask = async (emulator: RunningEmulator): Promise<unknown[]> => [
      await emulator.call("DescribeStreamSummary", { StreamName: "s" }),
      await emulator.call("ListTagsForStream", { StreamName: "s" }),
      await emulator.call("ListTagsForResource", { ResourceARN: Consumer.ConsumerARN }),
      await emulator.call("DescribeStreamConsumer", { ConsumerARN: Consumer.ConsumerARN }),
    ];
    const before = await ask(first);
    const second = await restarted(kept, first);
    expect(await ask(second)).toEqual(before);
  });

  test("goes on with what was under way: nothing acknowledged is forgotten", async () => {
    await using kept = newKept();
    const first = await kept.start({ streams: { s: 2, old: 1 } });
    await first.call("CreateStream", { StreamName: "new", ShardCount: 3 });
    await first.call("DeleteStream", { StreamName: "old" });
    await first.call("UpdateShardCount", {
      StreamName: "s",
      TargetShardCount: 4,
      ScalingType: "UNIFORM_SCALING",
    });
    const second = await restarted(kept, first);
    expect(second.inspect("s")?.status).toBe("UPDATING");
    expect(second.inspect("new")?.status).toBe("CREATING");
    expect(second.inspect("old")?.status).toBe("DELETING");
    await kept.clock.advance(1);
    expect(second.inspect("s")?.shards).toHaveLength(6);
    expect(second.inspect("new")?.shards).toHaveLength(3);
    expect(second.inspect("old")).toBeUndefined();
  });

  test("has numbers that only grow, and none of them twice", async () => {
    await using kept = newKept();
    let running = await kept.start({ streams: { s: 1 } });
    const numbers: string[] = [];
    for (let i = 0; i < 4; i += 1) {
      numbers.push(...(await putTexts(running, ["a", "b"])));
      running = await restarted(kept, running);
      // Nothing is put in this life: the next one must leave out numbers of its own all the same.
      running = await restarted(kept, running);
    }
    expect(numbers).toEqual([...numbers].sort());
    expect(new Set(numbers).size).toBe(8);
  });

  test("does not come back when it was deleted, and one of its name has other numbers", async () => {
    await using kept = newKept();
    const first = await kept.start({ streams: { s: 1 } });
    const [old = ""] = await putTexts(first, ["a"]);
    await first.call("DeleteStream", { StreamName: "s" });
    await kept.clock.advance(1);
    const second = await restarted(kept, first);
    expect(second.inspect("s")).toBeUndefined();
    await second.call("CreateStream", { StreamName: "s", ShardCount: 1 });
    await kept.clock.advance(1);
    const [anew = ""] = await putTexts(second, ["a"]);
    expect(anew > old).toBe(true);
  });

  test("is read on from an iterator that was handed out before", async () => {
    await using kept = newKept();
    const first = await kept.start({ streams: { s: 1 } });
    await putTexts(first, ["before"]);
    const { ShardIterator } = (await first.call("GetShardIterator", {
      StreamName: "s",
      ShardId: "shardId-000000000000",
      ShardIteratorType: "LATEST",
    })) as { ShardIterator: string };
    const second = await restarted(kept, first);
    await putTexts(second, ["after"]);
    const page = (await second.call("GetRecords", { ShardIterator })) as {
      Records: { PartitionKey: string }[];
    };
    expect(page.Records.map(({ PartitionKey }) => PartitionKey)).toEqual(["after"]);
  });

  test("lies where it was when the options name it again", async () => {
    await using kept = newKept();
    const first = await kept.start({ streams: { s: 2 } });
    await putTexts(first, ["a"]);
    await first.close();
    const second = await kept.start({ streams: { s: 7, t: 1 } });
    expect(second.inspect("s")?.shards.flatMap(({ records }) => records)).toHaveLength(1);
    expect(second.inspect("s")?.shards).toHaveLength(2);
    expect(second.inspect("t")?.shards).toHaveLength(1);
  });
});

test("records whose retention has passed meanwhile are gone, and so is what a decrease has trimmed", async () => {
  await using kept = newKept();
  const first = await kept.start({ streams: { s: 1, t: 1 } });
  await first.call("IncreaseStreamRetentionPeriod", { StreamName: "t", RetentionPeriodHours: 48 });
  await kept.clock.advance(1);
  await putTexts(first, ["old"], "s");
  await putTexts(first, ["old"], "t");
  await kept.clock.advance(30 * 3_600_000);
  await putTexts(first, ["new"], "t");
  await first.call("DecreaseStreamRetentionPeriod", { StreamName: "t", RetentionPeriodHours: 24 });
  await kept.clock.advance(1);
  await first.call("IncreaseStreamRetentionPeriod", { StreamName: "t", RetentionPeriodHours: 48 });
  await kept.clock.advance(1);
  const second = await restarted(kept, first);
  const keysOf = (name: string): unknown =>
    second.inspect(name)?.shards.flatMap(({ records }) => records.map((r) => r.partitionKey));
  expect(keysOf("s")).toEqual([]);
  expect(keysOf("t")).toEqual(["new"]);
});

test("accounts and regions keep apart", async () => {
  await using kept = newKept();
  const first = await kept.start({ streams: { s: 1 } });
  const other = { accountId: "111111111111", region: "eu-west-1" };
  await first.call("CreateStream", { StreamName: "s", ShardCount: 2 }, other);
  await kept.clock.advance(1);
  const second = await restarted(kept, first);
  expect(second.inspect("s")?.shards).toHaveLength(1);
  expect(second.inspect("s", other)?.shards).toHaveLength(2);
});

test("a clock that was moved stays moved", async () => {
  await using kept = newKept();
  const first = await kept.start({ streams: { s: 1 } });
  first.clock.advance(3_600_000);
  const before = first.clock.wallTimeMs();
  const second = await restarted(kept, first);
  expect(second.clock.wallTimeMs()).toBe(before);
});

test("a log that grew large is replaced by a snapshot, and nothing is lost over it", async () => {
  await using kept = newKept();
  const persist = { folder: kept.folder, maxLogBytes: 1024 * 1024 };
  const first = await kept.start({ streams: { s: 4 }, persist });
  const texts = Array.from({ length: 100 }, (_, i) => `${i}-${"x".repeat(250)}`);
  for (let i = 0; i < 120; i += 1) await putTexts(first, texts);
  const before = contentOf(first);
  await first.close();
  expect(readdirSync(kept.folder).some((name) => name.startsWith("snapshot-"))).toBe(true);
  expect(readdirSync(kept.folder)).not.toContain("log-0");
  const second = await kept.start();
  expect(contentOf(second)).toEqual(before);
});

test("a log that cannot be replaced goes on, and is replaced when it has grown as much again", async () => {
  await using kept = newKept();
  const persist = { folder: kept.folder, maxLogBytes: 1024 * 1024 };
  const first = await kept.start({ streams: { s: 4 }, persist });
  const inTheWay = join(kept.folder, "log-1.new");
  mkdirSync(inTheWay);
  const texts = Array.from({ length: 100 }, (_, i) => `${i}-${"x".repeat(250)}`);
  const logs = (): string[] => readdirSync(kept.folder).filter((name) => /^log-\d+$/.test(name));
  for (let i = 0; i < 30; i += 1) await putTexts(first, texts);
  expect(logs()).toEqual(["log-0"]);
  rmdirSync(inTheWay);
  for (let i = 0; i < 30; i += 1) await putTexts(first, texts);
  await expect.poll(logs).toEqual(["log-1"]);
  const before = contentOf(first);
  const second = await restarted(kept, first);
  expect(contentOf(second)).toEqual(before);
});

test("calls wait for the disk where the machine may stop, and are answered all the same", async () => {
  await using kept = newKept();
  const persist = { folder: kept.folder, survives: "machine" } as const;
  const first = await kept.start({ streams: { s: 2 }, persist });
  const calls = Array.from({ length: 50 }, (_, i) => putTexts(first, [`${i}`]));
  expect((await Promise.all(calls)).flat()).toHaveLength(50);
  const before = contentOf(first);
  const second = await restarted(kept, first);
  expect(contentOf(second)).toEqual(before);
});

test("lease tables are there again, with their items and indexes", async () => {
  await using kept = newKept();
  const first = await kept.start();
  const before = dynamoDbClient(first);
  await createLeases(before);
  for (const leaseKey of ["a", "b"]) {
    const Item = { leaseKey: { S: leaseKey }, leaseCounter: { N: "7" } };
    await before.send(new PutItemCommand({ TableName: "leases", Item }));
  }
  before.destroy();
  const second = await restarted(kept, first);
  using after = dynamoDbClient(second);
  const { Items } = await after.send(new ScanCommand({ TableName: "leases" }));
  expect(Items?.map(({ leaseKey }) => leaseKey?.S).sort()).toEqual(["a", "b"]);
  const { Item } = await after.send(
    new GetItemCommand({ TableName: "leases", Key: { leaseKey: { S: "a" } } }),
  );
  expect(Item?.["leaseCounter"]).toEqual({ N: "7" });
});

test("a folder belongs to one emulator at a time", async () => {
  await using kept = newKept();
  const first = await kept.start();
  await expect(kept.start()).rejects.toMatchObject({ code: "PERSISTENCE_FAILED" });
  await first.close();
  await kept.start();
});
