import { AggregateBuilder, deaggregate } from "@shardline/aggregation";
import { KinesisError } from "@shardline/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arbitraryRecords, builderOf, encode } from "./support/arbitrary-records.ts";

const text = (data: Uint8Array): string => Buffer.from(data).toString();

function decode(aggregate: Uint8Array): readonly { partitionKey: string; data: Uint8Array }[] {
  const decoded = deaggregate(aggregate);
  if (decoded.kind !== "aggregate") throw new Error(`not an aggregate but ${decoded.kind}`);
  return decoded.records;
}

describe("sizeWith and byteLength", () => {
  it("are the length of the aggregate before and after each record", () => {
    fc.assert(
      fc.property(arbitraryRecords, (records) => {
        const builder = new AggregateBuilder();
        for (const { partitionKey, explicitHashKey, data } of records) {
          const size = builder.sizeWith(partitionKey, explicitHashKey, data.length);
          builder.add(partitionKey, explicitHashKey, data);
          expect(builder.byteLength).toBe(size);
        }
        expect(builder.encode()).toHaveLength(builder.byteLength);
      }),
    );
  });

  it("are right for a record that is asked about and not added", () => {
    const builder = builderOf([{ partitionKey: "a", data: new Uint8Array(3) }]);
    const before = builder.byteLength;
    builder.sizeWith("b", "7", 1000);
    expect(builder.byteLength).toBe(before);
    const size = builder.sizeWith("a", undefined, 5);
    builder.add("a", undefined, new Uint8Array(5));
    expect(builder.encode()).toHaveLength(size);
  });

  it("fill a limit of 51,200 bytes to the byte (S-boundary)", () => {
    const builder = builderOf([{ partitionKey: "k", data: new Uint8Array(51_161) }]);
    expect(builder.sizeWith("k", undefined, 0)).toBe(51_200);
    expect(builder.sizeWith("k", undefined, 1)).toBe(51_201);
    builder.add("k", undefined, "");
    expect(builder.encode()).toHaveLength(51_200);
  });
});

describe("keys", () => {
  it("are written once, however many records have them (W-dedupe)", () => {
    const builder = new AggregateBuilder();
    for (let i = 0; i < 1000; i += 1) builder.add(`key-${i % 3}`, undefined, String(i));
    const aggregate = builder.encode();
    expect([
      ...Buffer.from(aggregate)
        .toString("latin1")
        .matchAll(/key-\d/g),
    ]).toHaveLength(3);
    expect(decode(aggregate).map(({ partitionKey, data }) => [partitionKey, text(data)])).toEqual(
      Array.from({ length: 1000 }, (_, i) => [`key-${i % 3}`, String(i)]),
    );
  });

  it("come back even if they look like integers or properties (W-numeric-keys)", () => {
    const keys = ["10", "9", "__proto__", "10", "constructor", "0", "toString", "9"];
    const aggregate = encode(keys.map((partitionKey, i) => ({ partitionKey, data: Buffer.of(i) })));
    expect(decode(aggregate).map(({ partitionKey }) => partitionKey)).toEqual(keys);
  });

  it("of any length come back", () => {
    const keys = [0, 1, 23, 24, 25, 127, 128, 256, 20_000].map((length) => "k".repeat(length));
    const wide = keys.map((key) => key.replaceAll("k", "я"));
    const records = [...keys, ...wide].map((partitionKey) => ({
      partitionKey,
      data: new Uint8Array(0),
    }));
    expect(decode(encode(records))).toEqual(records);
  });

  it("with a lone surrogate change, but corrupt no other record", () => {
    const builder = new AggregateBuilder();
    const size = builder.sizeWith("\ud800", undefined, 1);
    builder.add("\ud800", undefined, "x");
    expect(builder.byteLength).toBe(size);
    builder.add("after", undefined, "y");
    expect(decode(builder.encode()).map(({ partitionKey }) => partitionKey)).toEqual([
      "\ufffd",
      "after",
    ]);
  });
});

describe("data", () => {
  it("is copied, so that the caller may reuse its buffer at once", () => {
    const builder = new AggregateBuilder();
    const data = Buffer.from("first");
    builder.add("k", undefined, data);
    data.write("later");
    expect(text(decode(builder.encode())[0]?.data ?? Buffer.of())).toBe("first");
  });

  it("that is a string is the UTF-8 of it, short or long", () => {
    const texts = ["", "short", "ключ 🔑", "x".repeat(24), "y".repeat(25), "☃".repeat(20_000)];
    const builder = new AggregateBuilder();
    for (const data of texts) builder.add("k", undefined, data);
    expect(builder.dataByteLength).toBe(Buffer.byteLength(texts.join("")));
    expect(decode(builder.encode()).map(({ data }) => text(data))).toEqual(texts);
  });

  it("may be empty (W-empty)", () => {
    const records = [
      { partitionKey: "k", data: new Uint8Array(0) },
      { partitionKey: "k", explicitHashKey: "0", data: new Uint8Array(0) },
    ];
    expect(deaggregate(encode(records))).toEqual({ kind: "aggregate", records });
  });

  it("may be of the size that no record may exceed", () => {
    const data = new Uint8Array(10 * 1024 * 1024).fill(7);
    const [record] = decode(encode([{ partitionKey: "k", data }]));
    expect(Buffer.compare(record?.data ?? Buffer.of(), data)).toBe(0);
  });
});

describe("firstRecord", () => {
  it("is what was added first, in bytes that outlive the builder (W-empty)", () => {
    const builder = new AggregateBuilder();
    expect(builder.firstRecord).toBeUndefined();
    builder.add("first", "5", "data");
    builder.add("second", undefined, new Uint8Array(100_000));
    const first = builder.firstRecord;
    builder.clear();
    builder.add("third", undefined, "overwritten");
    expect(first).toEqual({
      partitionKey: "first",
      explicitHashKey: "5",
      data: new Uint8Array(Buffer.from("data")),
    });
    expect(builder.firstRecord).toEqual({
      partitionKey: "third",
      data: new Uint8Array(Buffer.from("overwritten")),
    });
  });

  it("may have empty data", () => {
    const builder = builderOf([{ partitionKey: "k", data: new Uint8Array(0) }]);
    expect(builder.firstRecord).toEqual({ partitionKey: "k", data: new Uint8Array(0) });
  });
});

describe("encode", () => {
  it("leaves the builder as it is, so that records can follow", () => {
    const builder = new AggregateBuilder();
    builder.add("a", undefined, "1");
    expect(builder.encode()).toEqual(builder.encode());
    builder.add("b", undefined, "2");
    expect(decode(builder.encode()).map(({ partitionKey }) => partitionKey)).toEqual(["a", "b"]);
  });

  it("answers memory of its own, of exactly the size of the aggregate", () => {
    const aggregate = encode([{ partitionKey: "a", data: new Uint8Array(5) }]);
    expect(aggregate.buffer.byteLength).toBe(aggregate.length);
  });

  it("refuses to make an aggregate of nothing", () => {
    const act = (): Uint8Array => new AggregateBuilder().encode();
    expect(act).toThrow(KinesisError);
    expect(act).toThrow("an aggregate has at least one record");
  });
});

describe("clear", () => {
  it("makes a builder as good as new", () => {
    fc.assert(
      fc.property(arbitraryRecords, arbitraryRecords, (earlier, later) => {
        const builder = builderOf(earlier);
        builder.encode();
        builder.clear();
        expect([builder.recordCount, builder.dataByteLength, builder.byteLength]).toEqual([
          0, 0, 20,
        ]);
        for (const { partitionKey, explicitHashKey, data } of later) {
          builder.add(partitionKey, explicitHashKey, data);
        }
        expect(builder.recordCount).toBe(later.length);
        expect(builder.encode()).toEqual(encode(later));
      }),
    );
  });
});
