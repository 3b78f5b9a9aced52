import { createHash } from "node:crypto";
import { MAX_HASH_KEY } from "@shardline/core";
import { SeededRandom } from "@shardline/core/testing";
import { expect, test } from "vitest";
import { base64, newEmulator } from "./support/emulator.ts";
import { FIRST_SHARD, put, type PutResult, shardsOf } from "./support/records.ts";

const ALPHABET = ["a", "Z", "0", " ", "_", "-", "é", "ß", "漢", "字", "😀", "\u0000"];

function randomKey(random: SeededRandom): string {
  const length = random.next() < 0.05 ? 256 : 1 + Math.floor(random.next() * 40);
  let key = "";
  while (key.length < length) key += ALPHABET[Math.floor(random.next() * ALPHABET.length)];
  // A cut through a surrogate pair would leave a key that is no text.
  return key.slice(0, length).toWellFormed().replaceAll("\ufffd", "x");
}

test("T12: 10,000 random keys land where the MD5 of their UTF-8 bytes lies", async () => {
  const emulator = newEmulator({ streams: { s: 7 } });
  const ranges = (await shardsOf(emulator)).map((shard) => ({
    id: shard.ShardId,
    start: BigInt(shard.HashKeyRange.StartingHashKey),
    end: BigInt(shard.HashKeyRange.EndingHashKey),
  }));
  const random = new SeededRandom(12);
  for (let batch = 0; batch < 20; batch += 1) {
    const keys = Array.from({ length: 500 }, () => randomKey(random));
    const Records = keys.map((PartitionKey) => ({ PartitionKey, Data: "" }));
    const answer = await emulator.call<{ Records: PutResult[] }>("PutRecords", {
      StreamName: "s",
      Records,
    });
    const expected = keys.map((key) => {
      const hash = BigInt(`0x${createHash("md5").update(key).digest("hex")}`);
      return ranges.find(({ start, end }) => start <= hash && hash <= end)?.id;
    });
    expect(answer.Records.map(({ ShardId }) => ShardId)).toEqual(expected);
  }
});

test("T12: explicit hash keys place records from 0 to 2^128 - 1, ends of ranges included", async () => {
  const emulator = newEmulator({ streams: { s: 3 } });
  const shards = await shardsOf(emulator);
  for (const { ShardId, HashKeyRange } of shards) {
    for (const ExplicitHashKey of [HashKeyRange.StartingHashKey, HashKeyRange.EndingHashKey]) {
      expect((await put(emulator, "x", { ExplicitHashKey })).ShardId).toBe(ShardId);
    }
  }
  expect((await put(emulator, "x", { ExplicitHashKey: "0" })).ShardId).toBe(FIRST_SHARD);
  expect((await put(emulator, "x", { ExplicitHashKey: `${MAX_HASH_KEY}` })).ShardId).toBe(
    shards.at(-1)?.ShardId,
  );
});

test("T12: an explicit hash key of 2^128 is refused, for one record and for the whole batch", async () => {
  const { emulator, refusal } = newEmulator({ streams: { s: 1 } });
  const bad = { PartitionKey: "k", Data: base64("x"), ExplicitHashKey: `${MAX_HASH_KEY + 1n}` };
  const expected = {
    name: "InvalidArgumentException",
    reason:
      "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. " +
      "Specified value was 340282366920938463463374607431768211456",
  };
  expect(await refusal("PutRecord", { StreamName: "s", ...bad })).toEqual(expected);
  const good = { PartitionKey: "k", Data: base64("x") };
  expect(await refusal("PutRecords", { StreamName: "s", Records: [good, bad] })).toEqual(expected);
  expect(emulator.inspect("s")?.shards[0]?.records).toEqual([]);
});
