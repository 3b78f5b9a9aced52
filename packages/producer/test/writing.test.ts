// `write`: no promise, a callback at most.
import { describe, expect, it } from "vitest";
import type { KinesisError, UserRecord } from "@shardline/core";
import type { ProducerEvents, Receipt } from "@shardline/producer";
import { failedCall, slow } from "./support/failures.ts";
import { newRig } from "./support/rig.ts";

const record = (data: string): UserRecord => ({ partitionKey: "k", data });

interface Heard {
  readonly errors: KinesisError[];
  readonly receipts: Receipt[];
  readonly onSettled: (error: KinesisError | undefined, receipt: Receipt | undefined) => void;
}

function newHeard(): Heard {
  const errors: KinesisError[] = [];
  const receipts: Receipt[] = [];
  return {
    errors,
    receipts,
    onSettled: (error, receipt) => {
      if (error !== undefined) errors.push(error);
      if (receipt !== undefined) receipts.push(receipt);
    },
  };
}

describe("write", () => {
  it("A-subseq: tells its callback of every record, with a receipt and the context", async () => {
    const rig = newRig();
    const { errors, onSettled, receipts } = newHeard();
    await rig.clock.advance(0);
    for (const data of ["a", "b", "c"]) {
      expect(rig.producer.write({ ...record(data), context: data }, onSettled)).toBe(true);
    }
    await rig.clock.advance(200);
    expect(errors).toEqual([]);
    expect(receipts.map(({ context, subSequenceNumber }) => [context, subSequenceNumber])).toEqual([
      ["a", 0],
      ["b", 1],
      ["c", 2],
    ]);
  });

  it("A-write-drain: answers false at the mark, takes the record all the same, and drains once", async () => {
    const rig = newRig({
      buffer: { maxRecords: 2 },
      between: ({ clock }) => ({ putRecords: slow(clock, 50) }),
    });
    await rig.clock.advance(0);
    let drained = 0;
    rig.producer.on("drained", () => void (drained += 1));
    const answers = ["a", "b", "c", "d"].map((data) => rig.producer.write(record(data)));
    expect(answers).toEqual([true, false, false, false]);
    await rig.clock.advance(1000);
    expect(drained).toBe(1);
    expect(rig.read().map(({ data }) => data)).toEqual(["a", "b", "c", "d"]);
    expect(rig.producer.write(record("e"))).toBe(true);
    await rig.clock.advance(1000);
    expect(drained).toBe(1);
  });

  it("A-write-drain: tells by an event of a failed record that nobody else hears of", async () => {
    const rig = newRig({
      between: () => ({ putRecords: () => Promise.reject(failedCall("rejected")) }),
    });
    const failed: ProducerEvents["recordsFailed"][] = [];
    rig.producer.on("recordsFailed", (event) => void failed.push(event));
    await rig.clock.advance(0);
    rig.producer.write(record("x"));
    await rig.clock.advance(1000);
    expect(failed).toEqual([
      {
        stream: "orders",
        code: "RECORD_REJECTED",
        records: 1,
        reason: expect.stringContaining("put rejected: ") as string,
      },
    ]);
  });

  it("never throws: what is refused at the door is told to the callback, after it has returned", async () => {
    const rig = newRig();
    const { errors, onSettled } = newHeard();
    rig.producer.write({ partitionKey: "", data: "x" }, onSettled);
    rig.producer.write(undefined as unknown as UserRecord, onSettled);
    rig.producer.write({ ...record("x"), stream: "no/such name" }, onSettled);
    expect(errors).toEqual([]);
    await rig.clock.advance(0);
    expect(errors.map(({ code, details }) => [code, details])).toMatchObject([
      ["INVALID_RECORD", { field: "partitionKey" }],
      ["INVALID_RECORD", { field: "data" }],
      ["INVALID_RECORD", { field: "stream" }],
    ]);
    await rig.producer.close();
    rig.producer.write(record("late"), onSettled);
    await rig.clock.advance(0);
    expect(errors.at(-1)?.code).toBe("PRODUCER_CLOSED");
  });

  it("with a callback that throws harms nobody else", async () => {
    const told: string[] = [];
    const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined };
    const logger = {
      ...silent,
      error: (_: object, message?: string) => void told.push(message ?? ""),
    };
    const rig = newRig({ logger });
    const { onSettled, receipts } = newHeard();
    await rig.clock.advance(0);
    rig.producer.write(record("a"), () => {
      throw new Error("a bug of the caller's");
    });
    rig.producer.write(record("b"), onSettled);
    await rig.clock.advance(200);
    expect(receipts).toHaveLength(1);
    expect(told).toEqual(["a callback of write threw"]);
  });
});

describe("A-reject: a buffer that does not let wait", () => {
  it("rejects with what it holds, and takes records again when it has drained", async () => {
    const rig = newRig({ buffer: { maxRecords: 1, onFull: "reject" } });
    await rig.clock.advance(0);
    const first = rig.producer.put(record("first"));
    await expect(rig.producer.put(record("second"))).rejects.toMatchObject({
      code: "BUFFER_FULL",
      isRetryable: true,
      details: { records: 1, bytes: 206 },
      message:
        "put rejected: the buffer is full, with 1 records and 206 bytes not settled; " +
        "wait for ready(), or raise buffer.maxRecords and buffer.maxBytes",
    });
    const { errors, onSettled } = newHeard();
    expect(rig.producer.write(record("third"), onSettled)).toBe(false);
    await rig.clock.advance(200);
    await first;
    expect(errors.map(({ code }) => code)).toEqual(["BUFFER_FULL"]);
    const fourth = rig.producer.put(record("fourth"));
    await rig.clock.advance(200);
    await fourth;
    expect(rig.read().map(({ data }) => data)).toEqual(["first", "fourth"]);
  });

  it("refuses nothing of what comes while it has room, even if the last one must wait for its place", async () => {
    const rig = newRig({ buffer: { maxBytes: 5000, onFull: "reject" } });
    const records = Array.from({ length: 100 }, (_, i) => record(`${i}`.padEnd(700)));
    const failed: string[] = [];
    const putAll = async (): Promise<void> => {
      for await (const outcome of rig.producer.putMany(records)) {
        if (outcome.kind === "failed") failed.push(outcome.error.code);
      }
      for (const one of records) {
        await rig.producer.ready();
        rig.producer.put(one).catch((error: KinesisError) => failed.push(error.code));
      }
    };
    const done = putAll();
    await rig.clock.advance(60_000);
    await done;
    await rig.clock.advance(1000);
    expect(failed).toEqual([]);
    expect(rig.read()).toHaveLength(200);
  });
});

it("transform makes the record that is sent, and what it throws is the cause with which the record is refused", async () => {
  const rig = newRig({
    batch: { maxDelayMs: 0 },
    transform: (given) => {
      if (given.data === "bad") throw new Error("no schema");
      return { ...given, data: `<${String(given.data)}>` };
    },
  });
  const put = rig.producer.put(record("a"));
  await expect(rig.producer.put(record("bad"))).rejects.toMatchObject({
    code: "TRANSFORM_FAILED",
    message:
      "put rejected: the record could not be made ready, Error was thrown; look at the error's cause",
    cause: new Error("no schema"),
    details: { record: record("bad") },
    isRetryable: false,
  });
  await rig.clock.advance(100);
  await put;
  expect(rig.read().map(({ data }) => data)).toEqual(["<a>"]);
});

it("what transform throws is told to callbacks and by the event as an error of ours, even if it is nothing", async () => {
  const thrown = [new TypeError("no schema"), "text", undefined];
  const rig = newRig({
    transform: ({ context }) => {
      throw thrown[context as number];
    },
  });
  const { errors, onSettled } = newHeard();
  const codes: unknown[] = [];
  rig.producer.on("recordsFailed", ({ code }) => void codes.push(code));
  for (const context of thrown.keys()) rig.producer.write({ ...record("x"), context }, onSettled);
  await rig.clock.advance(0);
  expect(errors.map(({ cause, code }) => [code, cause])).toEqual(
    thrown.map((cause) => ["TRANSFORM_FAILED", cause]),
  );
  expect(codes).toEqual(thrown.map(() => "TRANSFORM_FAILED"));
});

it("a record that throws when it is read is refused like any other", async () => {
  const rig = newRig();
  const unreadable = {
    get stream(): string {
      throw new Error("not loaded");
    },
    data: "x",
  };
  const { errors, onSettled } = newHeard();
  rig.producer.write(unreadable, onSettled);
  await expect(rig.producer.put(unreadable)).rejects.toMatchObject({ code: "TRANSFORM_FAILED" });
  await rig.clock.advance(0);
  expect(errors.map(({ code }) => code)).toEqual(["TRANSFORM_FAILED"]);
});
