// What fetched records take in memory, beside what the consumer's byte budget counts for them.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { cbor } from "@smithy/core/cbor";
import { expect, test } from "vitest";
import { readGetRecordsCbor } from "../../packages/aws/src/wire/get-records-cbor.ts";
import { readGetRecordsJson } from "../../packages/aws/src/wire/get-records-json.ts";
import { heldBytesOf } from "../../packages/consumer/src/batch/fetch.ts";

const RECORDS = 10_000;
const ANSWERS = 5;
const FIRST_NUMBER = 49_680_433_969_200_580_637_976_429_400_299_130_920_303_007_608_827_019_282n;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

function usedBytes(): number {
  collectGarbage();
  collectGarbage();
  const { arrayBuffers, heapUsed } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function answerWith(dataBytes: number, toWire: (data: Buffer) => unknown): object {
  const records = Array.from({ length: RECORDS }, (_, i) => ({
    SequenceNumber: `${FIRST_NUMBER + BigInt(i)}`,
    ApproximateArrivalTimestamp: 1_795_278_309 + i / 1000,
    Data: toWire(Buffer.alloc(dataBytes)),
    PartitionKey: `key-${i}`,
  }));
  return { Records: records, NextShardIterator: "next", MillisBehindLatest: 0 };
}

test.each([1, 10, 100, 1000])(
  "records of %i bytes take no more memory than is counted for them, by a quarter at most",
  (dataBytes) => {
    const inCbor = Buffer.from(cbor.serialize(answerWith(dataBytes, (data) => data)));
    const inJson = Buffer.from(
      JSON.stringify(answerWith(dataBytes, (data) => data.toString("base64"))),
    );
    const ways = [
      // A copy, because the records of an answer share its bytes.
      () => readGetRecordsCbor(Buffer.from(inCbor)),
      () => readGetRecordsJson(inJson),
    ];
    for (const read of ways) {
      read();
      const before = usedBytes();
      const answers = Array.from({ length: ANSWERS }, read);
      const tookBytes = usedBytes() - before;
      const countedBytes = answers.reduce((sum, { records }) => {
        const bytes = records.length * (dataBytes + "key-0000".length);
        return sum + heldBytesOf({ bytes, records });
      }, 0);
      expect(tookBytes).toBeLessThan(1.25 * countedBytes);
    }
  },
);
