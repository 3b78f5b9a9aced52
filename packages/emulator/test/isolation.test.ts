import { expect, test } from "vitest";
import { newEmulator } from "./support/emulator.ts";
import { put } from "./support/records.ts";

test("T60: 20 emulators in one process know nothing of each other", async () => {
  const emulators = Array.from({ length: 20 }, () => newEmulator({ streams: { s: 1 } }));
  await Promise.all(emulators.map((emulator, i) => put(emulator, `of ${i}`)));
  emulators.forEach(({ emulator }, i) => {
    const [shard] = emulator.inspect("s")?.shards ?? [];
    expect(shard?.records.map(({ data }) => Buffer.from(data).toString())).toEqual([`of ${i}`]);
  });
});

test("T60: accounts and regions of one emulator know nothing of each other", async () => {
  const { emulator, call, clock, refusal } = newEmulator();
  const callers = ["111111111111", "222222222222"].flatMap((accountId) =>
    ["eu-west-1", "us-west-2"].map((region) => ({ accountId, region })),
  );
  for (const caller of callers) {
    await call("CreateStream", { StreamName: "s", ShardCount: 1 }, caller);
  }
  await clock.advance(1);
  for (const caller of callers) {
    const Data = Buffer.from(caller.accountId + caller.region);
    await call("PutRecord", { StreamName: "s", PartitionKey: "k", Data }, caller);
  }
  for (const caller of callers) {
    const records = emulator.inspect("s", caller)?.shards[0]?.records ?? [];
    expect(records.map(({ data }) => Buffer.from(data).toString())).toEqual([
      caller.accountId + caller.region,
    ]);
  }
  expect(await call("ListStreams", {})).toMatchObject({ StreamNames: [] });
  expect((await refusal("DescribeStreamSummary", { StreamName: "s" })).name).toBe(
    "ResourceNotFoundException",
  );
});
