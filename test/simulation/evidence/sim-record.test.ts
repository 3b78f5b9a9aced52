// Bytes that are not those of the record are told from those that are.
import { expect, test } from "vitest";
import { decodeRecord, encodeRecord, intactBytes } from "./sim-record.ts";

const RECORD = { key: "a", number: 12 };

test.each([0, 5, 6, 100])("a record of at least %i bytes is read as it was put", (minBytes) => {
  const data = encodeRecord(RECORD, minBytes);
  expect(decodeRecord(data)).toMatchObject(RECORD);
  expect(intactBytes(data)).toBe(Math.max("a/12\n".length, minBytes));
});

test("one whose bytes are other than they were put is seen, wherever that is", () => {
  const data = encodeRecord(RECORD, 100);
  for (const at of data.keys()) {
    const spoilt = Buffer.from(data);
    spoilt[at] = 0;
    expect(intactBytes(spoilt)).toBe(0);
  }
  expect(intactBytes(Buffer.concat([data.subarray(0, 50), data.subarray(51)]))).toBe(0);
  expect(intactBytes(new Uint8Array(3))).toBe(0);
});
