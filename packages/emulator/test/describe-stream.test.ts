import { expect, test } from "vitest";
import { newEmulator } from "./support/emulator.ts";
import type { ListedShard } from "./support/records.ts";

interface Description {
  readonly StreamDescription: {
    readonly StreamStatus: string;
    readonly Shards: readonly ListedShard[];
    readonly HasMoreShards: boolean;
  };
}

test("a stream is described with its shards, 100 at a time", async () => {
  const { call } = newEmulator({ streams: { s: 250 } });
  const sizes: number[] = [];
  let ExclusiveStartShardId: string | null = null;
  for (let more = true; more; ) {
    const { StreamDescription }: Description = await call("DescribeStream", {
      StreamName: "s",
      Limit: 10_000,
      ExclusiveStartShardId,
    });
    sizes.push(StreamDescription.Shards.length);
    more = StreamDescription.HasMoreShards;
    ExclusiveStartShardId = StreamDescription.Shards.at(-1)?.ShardId ?? null;
  }
  expect(sizes).toEqual([100, 100, 50]);
});

test("T07: while a stream is being created its description shows no shards", async () => {
  const { call, clock } = newEmulator();
  await call("CreateStream", { StreamName: "s", ShardCount: 2 });
  const creating = await call<Description>("DescribeStream", { StreamName: "s" });
  expect(creating.StreamDescription).toMatchObject({ StreamStatus: "CREATING", Shards: [] });
  await clock.advance(1);
  const active = await call<Description>("DescribeStream", { StreamName: "s" });
  expect(active.StreamDescription).toMatchObject({ StreamStatus: "ACTIVE", HasMoreShards: false });
  expect(active.StreamDescription.Shards).toHaveLength(2);
});
