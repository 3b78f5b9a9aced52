import { expect, test } from "vitest";
import { ACCOUNT, newEmulator } from "./support/emulator.ts";
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

test("there is nothing to see of a stream that does not exist", () => {
  const { emulator } = newEmulator({ streams: { s: 1 } });
  expect(emulator.inspect("t")).toBeUndefined();
  expect(emulator.inspect("s", { accountId: ACCOUNT, region: "eu-west-1" })).toBeUndefined();
});
