// What `put` refuses: always by a promise that rejects, never by throwing, and before anything is buffered.
import { KinesisError, MAX_HASH_KEY, type UserRecord } from "@shardline/core";
import { describe, expect, it } from "vitest";
import { errorOf, newRig, STREAM, watch } from "./support/rig.ts";

describe("a bad record", () => {
  it.each<[string, unknown, string]>([
    ["an empty key", { partitionKey: "", data: "" }, "partitionKey"],
    [
      "W-utf8: a key of 257 characters",
      { partitionKey: "k".repeat(257), data: "" },
      "partitionKey",
    ],
    ["W-utf8: a lone surrogate", { partitionKey: "\ud800", data: "" }, "partitionKey"],
    ["a key that is no text", { partitionKey: 7, data: "" }, "partitionKey"],
    ["no key", { data: "" }, "partitionKey"],
    ["no data", { partitionKey: "k" }, "data"],
    ["data of a wrong type", { partitionKey: "k", data: { x: 1 } }, "data"],
    [
      "a negative hash key",
      { partitionKey: "k", data: "", explicitHashKey: -1n },
      "explicitHashKey",
    ],
    [
      "a hash key too large",
      { partitionKey: "k", data: "", explicitHashKey: MAX_HASH_KEY + 1n },
      "explicitHashKey",
    ],
    [
      "a hash key that is no number",
      { partitionKey: "k", data: "", explicitHashKey: "x" },
      "explicitHashKey",
    ],
    ["nothing", undefined, "data"],
    ["null", null, "data"],
    ["a text", "record", "data"],
  ])("(%s) is a rejection", async (_, record, field) => {
    const rig = newRig();
    const error = await errorOf(rig.producer.put(record as UserRecord));
    expect(error).toMatchObject({ code: "INVALID_RECORD", isRetryable: false, details: { field } });
  });

  it("S-too-large: takes no room, is no part of a flush, and is never sent", async () => {
    const rig = newRig({ maxRecordBytes: 1024, buffer: { maxRecords: 1 } });
    await rig.clock.advance(0);
    for (let i = 0; i < 3; i += 1) {
      const put = rig.producer.put({ partitionKey: "k", data: new Uint8Array(1024) });
      expect((await errorOf(put)).details).toMatchObject({ bytes: 1025, maxBytes: 1024 });
    }
    await rig.producer.ready();
    await rig.producer.flush();
    await rig.clock.advance(1000);
    expect(rig.calls).toEqual([]);
    await expect(rig.producer.close()).resolves.toEqual({ stored: 0, failed: 0, abandoned: [] });
  });
});

describe("a call that makes no sense", () => {
  const noSignal = "x" as unknown as AbortSignal;
  const wrongSignal = {
    code: "INVALID_OPTIONS",
    details: { problems: ['signal must be an AbortSignal, got "x"'] },
  };

  it("is refused with the name of what is wrong, and puts nothing", async () => {
    const { calls, clock, producer } = newRig({ batch: { maxDelayMs: 0 } });
    await clock.advance(0);
    const put = producer.put({ partitionKey: "k", data: "x" }, { signal: noSignal });
    for (const refused of [
      put,
      producer.ready({ signal: noSignal }),
      producer.flush({ signal: noSignal }),
      producer.checkAccess({ signal: noSignal }),
    ])
      expect(await errorOf(refused)).toMatchObject(wrongSignal);
    expect((await errorOf(put)).message).toBe(
      'put refused its options: signal must be an AbortSignal, got "x"',
    );
    await clock.advance(100);
    expect([calls, producer.stats().outstandingRecords]).toEqual([[], 0]);
  });

  it.each([
    [undefined, "undefined"],
    [null, "null"],
    [5, "5"],
    ["text", '"text"'],
    [{ partitionKey: "k", data: "x" }, "an object"],
  ])("putMany of %j says that it is no iterable of records", (records, got) => {
    const { producer } = newRig();
    expect(() => producer.putMany(records as unknown as UserRecord[])).toThrow(
      expect.objectContaining({
        code: "INVALID_OPTIONS",
        message: `putMany refused its options: records must be an iterable or async iterable of records, got ${got}`,
      }),
    );
  });
});

describe("a record that is refused because of the producer's state", () => {
  const record: UserRecord = { partitionKey: "k", data: "x", context: 7 };

  it("is in the error of a full buffer, with the stream that it was for", async () => {
    const { clock, producer } = newRig({ buffer: { maxRecords: 1, onFull: "reject" } });
    void producer.put({ partitionKey: "first", data: "" });
    const error = await errorOf(producer.put(record));
    expect(error).toMatchObject({ code: "BUFFER_FULL", details: { stream: STREAM, records: 1 } });
    expect((error as KinesisError<"BUFFER_FULL">).details.record).toBe(record);
    await clock.advance(200);
  });

  it("is in the error of a closed producer, never tried, whether it comes by put or by write", async () => {
    const { producer } = newRig();
    await producer.close();
    const written = new Promise<KinesisError | undefined>((resolve) => {
      producer.write(record, resolve);
    });
    for (const error of [await errorOf(producer.put(record)), await written]) {
      expect(error).toMatchObject({
        code: "PRODUCER_CLOSED",
        details: { attempts: [], attemptCount: 0, mayHaveBeenWritten: false },
      });
      expect((error as KinesisError<"PRODUCER_CLOSED">).details.record).toBe(record);
    }
    expect((await errorOf(producer.ready())).details).toEqual({});
  });

  it("is in the error of a producer that a fault has stopped", async () => {
    const { clock, producer } = newRig({
      between: () => ({ putRecords: async () => ({ outcomes: [undefined as never] }) }),
    });
    watch(producer.put({ partitionKey: "k", data: "first" }));
    await clock.advance(1000);
    const error = await errorOf(producer.put(record));
    expect(error).toMatchObject({ code: "PRODUCER_CLOSED" });
    expect((error as KinesisError<"PRODUCER_CLOSED">).details.record).toBe(record);
  });
});

it("a flush of a stream that was never put to has nothing to wait for", async () => {
  await expect(newRig().producer.flush({ stream: "never-used" })).resolves.toEqual({
    stored: 0,
    failed: 0,
  });
});

describe("a good record", () => {
  it("S-too-large: may be just as large as the limit, and is stored", async () => {
    const rig = newRig({ batch: { maxDelayMs: 0 } });
    await rig.clock.advance(0);
    const receipt = rig.producer.put({ partitionKey: "☃", data: new Uint8Array(1_048_573) });
    await rig.clock.advance(0);
    expect((await receipt).attempts).toHaveLength(1);
  });

  it("W-ehk-range: goes to the shard of its explicit hash key, at both ends", async () => {
    const rig = newRig({ shards: 4, batch: { maxDelayMs: 0 } });
    await rig.clock.advance(0);
    const keys = ["0", MAX_HASH_KEY, " +5 ", (MAX_HASH_KEY + 1n) / 2n];
    const receipts = keys.map((explicitHashKey) =>
      rig.producer.put({ partitionKey: "k", data: "x", explicitHashKey }),
    );
    await rig.clock.advance(0);
    expect((await Promise.all(receipts)).map(({ shardId }) => Number(shardId.slice(-1)))).toEqual([
      0, 3, 0, 2,
    ]);
  });

  it("W-single-ehk: travels with its explicit hash key in canonical form", async () => {
    const rig = newRig({ batch: { maxDelayMs: 0 } });
    await rig.clock.advance(0);
    void rig.producer.put({ partitionKey: "k", data: "x", explicitHashKey: "007" });
    await rig.clock.advance(0);
    expect(rig.calls[0]?.entries[0]?.explicitHashKey).toBe("7");
  });

  it("W-numeric-keys: keeps its own key, however keys look", async () => {
    const rig = newRig();
    await rig.clock.advance(0);
    const keys = ["10", "9", "__proto__", "constructor", "10"];
    for (const partitionKey of keys) void rig.producer.put({ partitionKey, data: partitionKey });
    await rig.clock.advance(100);
    expect(rig.read().map(({ data, partitionKey }) => [partitionKey, data])).toEqual(
      keys.map((key) => [key, key]),
    );
  });

  it("W-empty: may be empty, plain and aggregated", async () => {
    const rig = newRig();
    await rig.clock.advance(0);
    void rig.producer.put({ partitionKey: "k", data: "" });
    await rig.clock.advance(100);
    for (const data of ["", new Uint8Array()]) void rig.producer.put({ partitionKey: "k", data });
    await rig.clock.advance(100);
    expect(rig.read().map(({ data }) => data)).toEqual(["", "", ""]);
    expect(rig.calls[0]?.entries[0]?.data).toHaveLength(0);
  });
});

it("an error of the producer is a KinesisError by its brand", async () => {
  const error = await errorOf(newRig().producer.put({ partitionKey: "", data: "" }));
  expect(KinesisError.is(error, "INVALID_RECORD")).toBe(true);
  expect(KinesisError.is(error, "RECORD_EXPIRED")).toBe(false);
});
