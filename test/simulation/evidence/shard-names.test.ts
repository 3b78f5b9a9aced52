import { expect, test } from "vitest";
import { lease } from "../checkers/shown.ts";
import { prefixOf, ShardNames, simStreams, underShardName } from "./shard-names.ts";

const MANY = new ShardNames(simStreams(["orders", "returns"], "12", 1_700_000_000_500));
const ONE = new ShardNames(simStreams(["orders"], "12", 0));
const SHARD = { shardId: "s-2", startingSequenceNumber: "1" };

test("in a world of one stream a shard's name is its id", () => {
  expect([ONE.nameOf("s-1", "orders"), ONE.idOf("s-1"), prefixOf("s-1")]).toEqual([
    "s-1",
    "s-1",
    "",
  ]);
  const news = { shardId: "s-1", stream: "orders" };
  expect(ONE.named(news)).toBe(news);
  const own = lease("s-1");
  expect(underShardName(own)).toBe(own);
});

test("among many it is the key of its lease", () => {
  const name = MANY.nameOf("s-1", "returns");
  expect(name).toBe("12:returns:1700000000:s-1");
  expect([MANY.idOf(name), MANY.streamOf(name).name]).toEqual(["s-1", "returns"]);
  expect(prefixOf(name)).toBe("12:returns:1700000000:");
});

test("a lease names its parents and its children as it is named itself", () => {
  const key = "12:returns:1700000000:s-1";
  const own = lease("s-1", { key, parentShardIds: ["s-0"], childShardIds: ["s-2"] });
  expect(underShardName(own)).toMatchObject({
    shardId: key,
    parentShardIds: ["12:returns:1700000000:s-0"],
    childShardIds: ["12:returns:1700000000:s-2"],
  });
});

test("a shard names its parents, if it has any", () => {
  const [, returns = { name: "", prefix: "" }] = MANY.streams;
  const merged = { ...SHARD, parentShardId: "s-0", adjacentParentShardId: "s-1" };
  expect(MANY.shardsOf(returns, [SHARD, merged])).toEqual([
    { shardId: "12:returns:1700000000:s-2", startingSequenceNumber: "1" },
    {
      shardId: "12:returns:1700000000:s-2",
      startingSequenceNumber: "1",
      parentShardId: "12:returns:1700000000:s-0",
      adjacentParentShardId: "12:returns:1700000000:s-1",
    },
  ]);
});

test("what a consumer tells of no shard stays as it is", () => {
  const news = { stream: "returns" };
  expect(MANY.named(news)).toBe(news);
  expect(MANY.named({ shardId: "s-1", stream: "returns", records: 3 })).toEqual({
    shardId: "12:returns:1700000000:s-1",
    stream: "returns",
    records: 3,
  });
});
