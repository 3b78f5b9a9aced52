import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { ReadableStream } from "node:stream/web";
import { KinesisError, type UserRecord } from "@shardline/core";
import { describe, expect, it } from "vitest";
import { drive } from "../support/drive.ts";
import { failureOf, refusing, slow } from "../support/failures.ts";
import { newRig, type Rig } from "../support/rig.ts";

const records = (count: number): UserRecord[] =>
  Array.from({ length: count }, (_, i) => ({ partitionKey: "k", data: `${i}` }));
const numbers = (count: number): string[] => Array.from({ length: count }, (_, i) => `${i}`);
const toRecord = (data: string): UserRecord => ({ partitionKey: "k", data });

function dataIn(rig: Rig): string[] {
  return rig.read().map(({ data }) => data);
}

/** Refuses the record 3 for good. */
function newPickyRig(): Rig {
  return newRig({
    aggregation: false,
    between: () => ({
      putRecords: refusing(({ data }) =>
        Buffer.from(data).toString() === "3" ? failureOf("rejected") : undefined,
      ),
    }),
  });
}

describe("a Writable", () => {
  it("stores what is piped into it in order, and finishes when all of it is settled", async () => {
    const rig = newRig({
      buffer: { maxRecords: 10 },
      between: ({ clock }) => ({ putRecords: slow(clock, 20) }),
    });
    await drive(rig, pipeline(Readable.from(records(500)), rig.producer.writable()));
    expect(dataIn(rig)).toEqual(numbers(500));
  });

  it("makes records of chunks", async () => {
    const rig = newRig();
    await drive(rig, pipeline(Readable.from(numbers(5)), rig.producer.writable({ toRecord })));
    expect(dataIn(rig)).toEqual(numbers(5));
  });

  it("takes no more than the buffer has room for", async () => {
    const rig = newRig({
      buffer: { maxRecords: 4 },
      between: ({ clock }) => ({ putRecords: slow(clock, 1000) }),
    });
    let pulled = 0;
    function* source(): Generator<UserRecord> {
      for (const record of records(10_000)) {
        pulled += 1;
        yield record;
      }
    }
    const piped = pipeline(Readable.from(source()), rig.producer.writable()).catch(() => undefined);
    await rig.clock.advance(500);
    expect(pulled).toBeLessThan(300);
    await drive(rig, rig.producer.close({ timeoutMs: 0 }));
    await drive(rig, piped);
  });

  it("is destroyed with the error of the first record that fails", async () => {
    const rig = newPickyRig();
    const piped = pipeline(Readable.from(records(6)), rig.producer.writable());
    await drive(
      rig,
      expect(piped).rejects.toSatisfy((error) => KinesisError.is(error, "RECORD_REJECTED")),
    );
  });

  it("goes on if somebody takes the records that fail", async () => {
    const rig = newPickyRig();
    const failed: unknown[] = [];
    const onFailed = (error: KinesisError): void => {
      if (KinesisError.is(error, "RECORD_REJECTED")) {
        failed.push(Buffer.from(error.details.record.data as Uint8Array).toString());
      }
    };
    await drive(rig, pipeline(Readable.from(records(6)), rig.producer.writable({ onFailed })));
    expect(failed).toEqual(["3"]);
    expect(dataIn(rig)).toEqual(["0", "1", "2", "4", "5"]);
  });

  it("is destroyed by a chunk of which no record can be made", async () => {
    const rig = newRig();
    const reason = new Error("not a line");
    const writable = rig.producer.writable<string>({
      toRecord: () => {
        throw reason;
      },
    });
    await drive(rig, expect(pipeline(Readable.from(["x"]), writable)).rejects.toBe(reason));
  });
});

describe("a web stream", () => {
  it("stores what is piped into it in order, and closes when all of it is settled", async () => {
    const rig = newRig({
      buffer: { maxRecords: 10 },
      between: ({ clock }) => ({ putRecords: slow(clock, 20) }),
    });
    const source = ReadableStream.from(numbers(300));
    await drive(rig, source.pipeTo(rig.producer.webWritable({ toRecord })));
    expect(dataIn(rig)).toEqual(numbers(300));
  });

  it("errors with the first record that fails", async () => {
    const rig = newPickyRig();
    const piped = ReadableStream.from(records(6)).pipeTo(rig.producer.webWritable());
    await drive(
      rig,
      expect(piped).rejects.toSatisfy((error) => KinesisError.is(error, "RECORD_REJECTED")),
    );
  });
});
