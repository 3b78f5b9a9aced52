// What a put refuses before anything is buffered.
import type { UserRecord } from "@shardline/core";
import { createProducer } from "@shardline/producer";
import { expect, test } from "vitest";
import { setStage } from "./support/stage.ts";

const FLAG = "\u{1F6A9}";

test.each<[string, Partial<Record<keyof UserRecord, unknown>>, string]>([
  ["an empty key", { partitionKey: "" }, "it is empty; 1 is the least"],
  ["no key", { partitionKey: undefined }, "it must be a string, not undefined"],
  ["a number for a key", { partitionKey: 7 }, "it must be a string, not number"],
  [
    "W-utf8: a key of 257 characters",
    { partitionKey: "k".repeat(257) },
    "it has 257 UTF-16 code units; 256 is the most",
  ],
  [
    "W-utf8: a key of 129 flags",
    { partitionKey: FLAG.repeat(129) },
    "it has 258 UTF-16 code units",
  ],
  ["W-utf8: a lone surrogate", { partitionKey: `a${FLAG[0]}` }, "it holds a lone surrogate"],
  ["no data", { data: undefined }, "it must be a Uint8Array or a string"],
  ["null for data", { data: null }, "it must be a Uint8Array or a string"],
  ["an object for data", { data: { order: 7 } }, "it must be a Uint8Array or a string"],
  ["an array for data", { data: [1, 2] }, "it must be a Uint8Array or a string"],
  [
    "W-ehk-range: a negative hash key",
    { explicitHashKey: "-1" },
    "a whole number from 0 to 2^128 - 1",
  ],
  ["W-ehk-range: 2^128", { explicitHashKey: 1n << 128n }, "a whole number from 0 to 2^128 - 1"],
  ["W-ehk-range: an exponent", { explicitHashKey: "1e3" }, "a whole number from 0 to 2^128 - 1"],
  ["W-ehk-range: a hexadecimal", { explicitHashKey: "0x10" }, "a whole number from 0 to 2^128 - 1"],
  ["W-ehk-range: an empty text", { explicitHashKey: "" }, "a whole number from 0 to 2^128 - 1"],
  ["a number for a hash key", { explicitHashKey: 5 }, "a whole number from 0 to 2^128 - 1"],
])("%s is refused, and nothing is sent", async (_what, change, problem) => {
  const stage = setStage();
  const record = { partitionKey: "k", data: "x", ...change } as UserRecord;
  const outcome = await stage.put(record);
  expect(outcome).toMatchObject({
    kind: "failed",
    error: { name: "KinesisError", code: "INVALID_RECORD", isRetryable: false },
  });
  expect((outcome as { error: Error }).error.message).toContain(problem);
  expect(stage.clock.pendingTimers).toBe(0);
  await stage.clock.advance(10_000);
  expect(stage.calls).toEqual([]);
});

test.each([
  ["W-utf8: 256 characters of three bytes", { partitionKey: "☃".repeat(256) }],
  ["W-utf8: 128 flags", { partitionKey: FLAG.repeat(128) }],
  ["W-ehk-range: 0", { partitionKey: "k", explicitHashKey: "0" }],
  ["W-ehk-range: 2^128 - 1", { partitionKey: "k", explicitHashKey: (1n << 128n) - 1n }],
  ["W-ehk-range: white space and a plus sign", { partitionKey: "k", explicitHashKey: " +5 " }],
])("%s is taken", async (_what, record) => {
  const stage = setStage();
  const [outcome] = await stage.outcomes([stage.put({ data: "x", ...record })]);
  expect(outcome?.kind).toBe("stored");
});

test("S-too-large: a record is refused by its data and key together, and the limits are told", async () => {
  const stage = setStage({ producer: { maxRecordBytes: 2000 } });
  const fits = stage.put({ partitionKey: "four", data: Buffer.alloc(1996) });
  const outcome = await stage.put({ partitionKey: "four", data: Buffer.alloc(1997) });
  expect(outcome).toMatchObject({
    kind: "failed",
    error: {
      code: "RECORD_TOO_LARGE",
      isRetryable: false,
      details: { bytes: 2001, maxBytes: 2000 },
    },
  });
  expect((outcome as { error: Error }).error.message).toBe(
    "put rejected: data and partition key are 2001 bytes, the limit is 2000; " +
      "split the record, or raise the stream's limit and maxRecordBytes",
  );
  expect((await stage.until(fits)).kind).toBe("stored");
});

test("S-too-large: bytes are counted, not characters", async () => {
  const stage = setStage({ producer: { maxRecordBytes: 1024 } });
  const outcome = await stage.put({ partitionKey: "k", data: "☃".repeat(342) });
  expect(outcome).toMatchObject({ error: { details: { bytes: 1027, maxBytes: 1024 } } });
});

test("options that are wrong are refused at once, all of them", () => {
  const options = {
    stream: "or ders",
    agregation: false,
    batch: { maxRecords: 501, maxDelayMs: -1 },
    ordering: "strict",
    ratePercent: 0,
    buffer: 7,
  };
  expect(() => createProducer(options as never)).toThrow(
    expect.objectContaining({ name: "KinesisError", code: "INVALID_OPTIONS" }),
  );
  try {
    createProducer(options as never);
  } catch (error) {
    const { problems } = (error as { details: { problems: string[] } }).details;
    const named = ["stream", "agregation", "batch.maxRecords", "batch.maxDelayMs", "ordering"];
    for (const name of [...named, "ratePercent", "buffer"]) {
      expect(problems.filter((problem) => problem.startsWith(name))).toHaveLength(1);
    }
    expect(problems).toHaveLength(7);
  }
});
