// Snapshots in which each member makes sense, and all of them together do not: they are refused by the member that does not
// fit, before anything is changed, and what fits is never refused.
import { startEmulator } from "@shardline/emulator";
import { expect, test } from "vitest";
import { changesEntry } from "../../src/persist/change.ts";
import { RecordBatch } from "../../src/persist/record-batch.ts";
import { ShardLog } from "../../src/stream/shard-log.ts";
import { type Json, rewrite } from "../support/altered-snapshot.ts";
import { contentOf, newKept, putTexts } from "../support/kept.ts";

const StreamARN = "arn:aws:kinesis:us-east-1:000000000000:stream/s";
const HOUR_MS = 3_600_000;
const id = (index: number): string => `shardId-${String(index).padStart(12, "0")}`;

/** Two shards; 0 was split into 2 and 3, and 3 and 1 were merged into 4; two consumers; a change under way. */
async function snapshotOf(change: "split" | "merge"): Promise<Uint8Array> {
  await using kept = newKept();
  const emulator = await kept.start({ streams: { s: 2 } });
  const settle = async (operation: string, input: object): Promise<void> => {
    await emulator.call(operation, input);
    await kept.clock.advance(1000);
  };
  await putTexts(emulator, ["a", "b", "c", "d"]);
  const NewStartingHashKey = (2n ** 126n).toString();
  await settle("SplitShard", { StreamName: "s", ShardToSplit: id(0), NewStartingHashKey });
  await putTexts(emulator, ["e", "f", "g", "h"]);
  await settle("MergeShards", {
    StreamName: "s",
    ShardToMerge: id(3),
    AdjacentShardToMerge: id(1),
  });
  for (const ConsumerName of ["c", "d"]) {
    const Tags = { one: "1", two: "2" };
    await settle("RegisterStreamConsumer", { StreamARN, ConsumerName, Tags });
  }
  if (change === "split") {
    await emulator.call("SplitShard", {
      StreamName: "s",
      ShardToSplit: id(2),
      NewStartingHashKey: "7",
    });
  } else {
    await emulator.call("MergeShards", {
      StreamName: "s",
      ShardToMerge: id(4),
      AdjacentShardToMerge: id(2),
    });
  }
  return emulator.snapshot();
}

type Alter = (stream: Json, shards: Json[], image: Json) => void;
const alterShard =
  (index: number, member: string, value: unknown): Alter =>
  (_, shards) => {
    (shards[index] as Json)[member] = value;
  };
const alterImage =
  (member: string, value: unknown): Alter =>
  (_stream, _shards, image) => {
    image[member] = value;
  };

async function refusalOf(snapshot: Uint8Array): Promise<unknown> {
  await using emulator = await startEmulator({ streams: { mine: 2 } });
  await putTexts(emulator, ["mine"], "mine");
  const before = [contentOf(emulator, "mine"), emulator.stats()];
  const refusal = await emulator.restore(snapshot).catch((error: unknown) => error);
  expect([contentOf(emulator, "mine"), emulator.stats()]).toEqual(before);
  expect(emulator.inspect("s")).toBeUndefined();
  return refusal;
}

function onStream(alter: Alter): (change: Json) => void {
  return (change) => {
    if (change["kind"] !== "stream") return;
    alter(change, change["shards"] as Json[], change["image"] as Json);
  };
}

const CONTRADICTIONS: readonly [what: string, alter: Alter, told: string][] = [
  [
    "a shard whose parent is missing",
    alterShard(2, "parentIds", [id(7)]),
    `${id(2)}: parentIds names ${id(7)}, which is not there`,
  ],
  [
    "a shard that is its own parent",
    alterShard(2, "parentIds", [id(2)]),
    `${id(2)}: parentIds names ${id(2)}`,
  ],
  [
    "a shard of three parents",
    alterShard(4, "parentIds", [id(1), id(2), id(3)]),
    `${id(4)}: parentIds has more than two`,
  ],
  [
    "a shard with one parent twice",
    alterShard(4, "parentIds", [id(1), id(1)]),
    `${id(4)}: parentIds has more than two, or one twice`,
  ],
  [
    "a shard of an open parent",
    alterShard(0, "closedAtMs", undefined),
    `${id(2)}: parentIds names ${id(0)}, which did not close when`,
  ],
  [
    "a shard created before its parent closed",
    (_, shards) => {
      (shards[2] as Json)["createdAtMs"] = Number((shards[2] as Json)["createdAtMs"]) - 1;
    },
    `${id(2)}: parentIds names ${id(0)}, which did not close when`,
  ],
  [
    "a shard with sequence numbers of before its parent",
    (_, shards) => {
      (shards[4] as Json)["createdSeconds"] = (shards[0] as Json)["createdSeconds"];
    },
    `${id(4)}: parentIds names ${id(3)}, whose sequence numbers are not below`,
  ],
  [
    "a shard beside its parents",
    alterShard(2, "parentIds", [id(1)]),
    `${id(2)}: parentIds names ${id(1)}`,
  ],
  [
    "a closed shard that nothing follows",
    (_, shards) => {
      for (const shard of [shards[2], shards[3]]) (shard as Json)["parentIds"] = [];
    },
    `${id(0)}: closedAtMs is set, and no shards that have it in parentIds`,
  ],
  [
    "a shard that closed before its last record",
    (_, shards) => {
      const [first, , ...children] = shards as [Json, Json, Json, Json, Json];
      for (const shard of [first, ...children]) shard["createdAtMs"] = 0;
      first["closedAtMs"] = 0;
    },
    `${id(0)}: closedAtMs lies before its last record`,
  ],
  [
    "a shard that closed before it was created",
    alterShard(1, "closedAtMs", 1),
    `${id(1)}: closedAtMs lies before createdAtMs`,
  ],
  ["a range upside down", alterShard(1, "end", "0"), `${id(1)}: start lies behind end`],
  [
    "a gap in the hash space",
    alterShard(2, "end", "5"),
    "the open shards do not cover the hash space",
  ],
  ["a shard beyond the last", alterImage("shardsEver", 4), `${id(4)}: image.shardsEver is 4`],
  [
    "a shard with numbers of after the latest",
    (_stream, _shards, image) => {
      image["lastCreatedSeconds"] = image["createdSeconds"];
    },
    `${id(2)}: createdSeconds is none of its stream`,
  ],
  [
    "runs of encrypted records that go back",
    alterShard(1, "encryptedTurns", [2, 1]),
    `${id(1)}: encryptedTurns are out of order`,
  ],
  [
    "encrypted records that there are not yet",
    alterShard(1, "encryptedTurns", [2_000_000]),
    `${id(1)}: encryptedTurns are out of order`,
  ],
  [
    "a shard twice",
    (_, shards) => shards.push({ ...shards[1] }),
    `${id(1)} is told of as another shard`,
  ],
  [
    "a consumer twice",
    (_stream, _shards, image) => {
      const consumers = image["consumers"] as Json[];
      (consumers[1] as Json)["name"] = "c";
    },
    "image.consumers has c twice",
  ],
  [
    "a tag twice",
    alterImage("tags", [
      ["a", "1"],
      ["a", "2"],
    ]),
    "image.tags has a twice",
  ],
  [
    "a consumer's tag twice",
    (_stream, _shards, image) => {
      const [consumer] = image["consumers"] as [Json];
      consumer["tags"] = [
        ["a", "1"],
        ["a", "2"],
      ];
    },
    "image.consumers[c].tags has a twice",
  ],
  [
    "shards of a stream that is being created",
    (_stream, _shards, image) => {
      image["status"] = "CREATING";
      delete image["change"];
    },
    "shards are there, though image.status is CREATING",
  ],
  [
    "a change of an ACTIVE stream",
    alterImage("status", "ACTIVE"),
    "image.change belongs to no ACTIVE",
  ],
  [
    "a split of a closed shard",
    alterImage("change", { kind: "split", shardId: id(0), at: "7" }),
    "image.change is to split what is not open",
  ],
  [
    "a split outside of the shard",
    alterImage("change", { kind: "split", shardId: id(2), at: (2n ** 127n).toString() }),
    "image.change is no split that is possible",
  ],
  [
    "a merge of a shard with itself",
    alterImage("change", { kind: "merge", shardId: id(2), adjacentId: id(2) }),
    "image.change is no merge that is possible",
  ],
  [
    "a merge with a shard that is not there",
    alterImage("change", { kind: "merge", shardId: id(2), adjacentId: id(9) }),
    "image.change is to merge what is not open",
  ],
];

test.each(CONTRADICTIONS)("%s is refused, and nothing is changed", async (_, alter, told) => {
  const snapshot = rewrite(await snapshotOf("split"), onStream(alter));
  expect(await refusalOf(snapshot)).toMatchObject({
    code: "PERSISTENCE_FAILED",
    message: expect.stringContaining(told) as string,
  });
});

test.each(["split", "merge"] as const)(
  "the same without a contradiction is taken up, with a %s under way",
  async (change) => {
    await using kept = newKept();
    const emulator = await kept.start();
    await emulator.restore(rewrite(await snapshotOf(change), () => {}));
    expect(emulator.inspect("s")).toMatchObject({ status: "UPDATING" });
    await kept.clock.advance(1);
    const open = emulator.inspect("s")?.shards.filter(({ closedAtMs }) => closedAtMs === undefined);
    expect(open).toHaveLength(change === "split" ? 3 : 1);
  },
);

test("parents that have expired may be missing, and only those", async () => {
  await using kept = newKept();
  const emulator = await kept.start({ streams: { s: 1 } });
  for (const TargetShardCount of [2, 4, 2, 3]) {
    const ScalingType = "UNIFORM_SCALING";
    await emulator.call("UpdateShardCount", { StreamName: "s", TargetShardCount, ScalingType });
    await kept.clock.advance(10 * HOUR_MS);
    await putTexts(emulator, ["a", "b", "c"]);
    await emulator.call("ListShards", { StreamName: "s" });
    const before = contentOf(emulator);
    await using copy = newKept();
    const other = await copy.start();
    await other.restore(emulator.snapshot());
    expect(contentOf(other)).toEqual(before);
    await emulator.restore(emulator.snapshot());
    expect(contentOf(emulator)).toEqual(before);
  }
});

/** An entry with a stream that another one was already. */
async function withSecond(alter: (stream: Json) => void): Promise<unknown> {
  const snapshot = await snapshotOf("split");
  let second: Json = {};
  rewrite(
    snapshot,
    onStream((stream) => (second = structuredClone(stream))),
  );
  alter(second);
  return refusalOf(rewrite(snapshot, () => {}, [changesEntry([second as never])]));
}

test("two streams of one name and owner are refused", async () => {
  const refusal = await withSecond((stream) => (stream["id"] = 99));
  expect(refusal).toMatchObject({
    message: expect.stringContaining("another one of this name") as string,
  });
});

test("one stream under two names is refused", async () => {
  const refusal = await withSecond((stream) => ((stream["image"] as Json)["name"] = "t"));
  expect(refusal).toMatchObject({
    message: expect.stringMatching(/stream t: id \d+ is that of s/) as string,
  });
});

test("a shard that opens again is refused", async () => {
  const refusal = await withSecond(
    (stream) => delete (stream["shards"] as Json[])[0]?.["closedAtMs"],
  );
  expect(refusal).toMatchObject({
    message: expect.stringContaining(`${id(0)} is told of as another shard than before`) as string,
  });
});

test.each([
  ["of an unknown stream", { streamId: 77, index: 0 }],
  ["of an unknown shard", { streamId: 0, index: 9 }],
])("a record %s is refused", async (_, place) => {
  const log = new ShardLog({ bytes: 0 });
  log.append("k", "aGk=", 3, 1);
  const batch = new RecordBatch();
  batch.add(place, log.newest());
  const record = { kind: "records", payload: Buffer.from(batch.take()) } as const;
  const snapshot = rewrite(await snapshotOf("split"), () => {}, [record]);
  expect(await refusalOf(snapshot)).toMatchObject({
    message: expect.stringContaining("a record lies in a shard that there is not") as string,
  });
});

test("a record with a number that was given before is refused", async () => {
  const log = new ShardLog({ bytes: 0 });
  log.append("k", "aGk=", 3, 1);
  const batch = new RecordBatch();
  batch.add({ streamId: 0, index: 1 }, log.newest());
  const record = { kind: "records", payload: Buffer.from(batch.take()) } as const;
  const snapshot = rewrite(await snapshotOf("split"), () => {}, [record]);
  expect(await refusalOf(snapshot)).toMatchObject({
    message: expect.stringContaining("a record does not follow the one before it") as string,
  });
});

test.each([
  ["of nothing that is known", "somewhere", "{}"],
  ["of a table that calls itself otherwise", "table~abc", '{"TableName":"abd"}'],
  ["that is no JSON", "item-abc~1", "{"],
  ["that is no item", "item-abc~1", "7"],
])("a row %s is refused", async (_, key, text) => {
  const owner = { accountId: "000000000000", region: "us-east-1" };
  const entry = changesEntry([{ kind: "lease-rows", owner, rows: [[key, text]] }]);
  const snapshot = rewrite(await snapshotOf("split"), () => {}, [entry]);
  expect(await refusalOf(snapshot)).toMatchObject({
    message: expect.stringContaining("rows[0] must be the key of a row") as string,
  });
});
