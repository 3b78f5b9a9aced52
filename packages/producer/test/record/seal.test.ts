import { AggregateBuilder } from "@shardline/aggregation";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { unpack } from "../../src/record/unpack.ts";
import { BuilderPool } from "../../src/record/builder-pool.ts";
import { newChunk, pack, packOpen, seal } from "../../src/record/seal.ts";
import { membersOf } from "../support/kcl-reader.ts";
import {
  AGGREGATED,
  carrierOf,
  looseRecord,
  newRecord,
  pendingRecord,
  PLAIN,
  SOLITARY,
  WIDE,
} from "../support/records.ts";

/** V1 of the golden vectors: `a=x`, `b=y`. */
const V1 = "f3899ac20a01610a01621a0508001a01781a0508011a0179b0031909ae75891ca94acec2ecce3125";
const V11 =
  "f3899ac20a016b1a2c08001a28f3899ac20a01610a01621a0508001a01781a0508011a0179b0031909ae75891ca94acec2ecce3125" +
  "223daeb51ad64eca6f1af17981dcf5f9";
const HASH_OF_A = "16955237001963240173058271559858726497";
const hex = (data: Uint8Array): string => Buffer.from(data).toString("hex");

describe("one record", () => {
  it("W-single-plain: is sent as it is, under its own key and the hash of it", () => {
    const carrier = carrierOf(looseRecord("a", "hello"));
    expect(carrier.entry).toEqual({
      data: new Uint8Array(Buffer.from("hello")),
      partitionKey: "a",
      explicitHashKey: HASH_OF_A,
    });
    expect(carrier.content.kind).toBe("plain");
    expect(carrier.bytes).toBe(6);
  });

  it("W-single-ehk: is sent with the explicit hash key that it has", () => {
    const { entry } = carrierOf(looseRecord("a", "", { explicitHashKey: "7" }));
    expect(entry).toEqual({ data: new Uint8Array(), partitionKey: "a", explicitHashKey: "7" });
  });

  it("W-utf8: counts its key in bytes", () => {
    expect(carrierOf(looseRecord("☃", "x")).bytes).toBe(4);
  });
});

describe("several records", () => {
  it("W-carrier-first: are one aggregate under the key a and the hash of the first", () => {
    const carrier = carrierOf(looseRecord("a", "x"), looseRecord("b", "y"));
    expect(hex(carrier.entry.data)).toBe(V1);
    expect(carrier.entry).toMatchObject({ partitionKey: "a", explicitHashKey: HASH_OF_A });
    expect(carrier.content).toEqual({ kind: "aggregate", digest: "written" });
    expect(carrier.bytes).toBe(41);
  });

  it("W-carrier-first: go where the explicit hash key of the first says", () => {
    const records = [looseRecord("a", "", { explicitHashKey: "9" }), looseRecord("b")];
    expect(carrierOf(...records).entry.explicitHashKey).toBe("9");
  });
});

describe("W-escape: a record that looks like an aggregate", () => {
  const record = looseRecord("k", new Uint8Array(Buffer.from(V1, "hex")));

  it("is wrapped in an aggregate of its own, so that a reader gets back what was put", () => {
    const [carrier] = pack([record], WIDE, AGGREGATED);
    expect(hex(carrier?.entry.data ?? new Uint8Array())).toBe(V11);
    expect(carrier?.bytes).toBe(70);
  });

  it("is sent untouched where nothing is aggregated, so that forwarders keep working", () => {
    const [carrier] = pack([record], WIDE, PLAIN);
    expect(carrier?.entry).toMatchObject({ data: record.content.data, partitionKey: "k" });
  });

  it("is sent untouched if its digest is wrong, because no reader would take it apart", () => {
    const broken = looseRecord("k", Uint8Array.from(record.content.data).fill(0, -1));
    expect(pack([broken], WIDE, AGGREGATED)[0]?.entry.data).toEqual(broken.content.data);
  });

  it("is wrapped once if others share its aggregate", () => {
    const [carrier] = pack([record, looseRecord("k", "z")], WIDE, AGGREGATED);
    const members = membersOf(carrier?.entry.data ?? new Uint8Array());
    expect(members?.map(({ partitionKey }) => partitionKey)).toEqual(["k", "k"]);
  });
});

describe("packing", () => {
  const arbitraryRecord = fc.tuple(
    fc.constantFrom("a", "b", "key-7", "☃"),
    fc.uint8Array({ maxLength: 40 }),
    fc.option(fc.constantFrom("0", "7", "99"), { nil: undefined }),
  );

  it("and taking apart give the records back in order, in carriers within the limits", () => {
    const limits = { maxBytes: 150, maxRecords: 4 };
    fc.assert(
      fc.property(fc.array(arbitraryRecord), fc.boolean(), (inputs, isAggregating) => {
        const records = inputs.map(([key, data, hashKey], i) =>
          looseRecord(key, data, {
            context: i,
            ...(hashKey === undefined ? {} : { explicitHashKey: hashKey }),
          }),
        );
        const carriers = pack(
          records,
          isAggregating ? limits : SOLITARY,
          isAggregating ? AGGREGATED : PLAIN,
        );
        const unpacked = carriers.flatMap(unpack);
        expect(unpacked.map(({ content }) => content)).toEqual(
          records.map(({ content }) => content),
        );
        expect(unpacked.map(({ pending }) => pending.context)).toEqual(inputs.map((_, i) => i));
        for (const { bytes, entry, members } of carriers) {
          expect(bytes).toBe(entry.data.length + Buffer.byteLength(entry.partitionKey ?? ""));
          expect(members.length).toBeLessThanOrEqual(isAggregating ? 4 : 1);
          if (members.length > 1) expect(entry.data.length).toBeLessThanOrEqual(limits.maxBytes);
        }
      }),
    );
  });

  it("S-limit: fills each aggregate until the next record would not fit", () => {
    const records = Array.from({ length: 200 }, () => looseRecord("k", new Uint8Array(1000)));
    const sizes = pack(records, WIDE, AGGREGATED).map(({ entry }) => entry.data.length);
    const builder = new AggregateBuilder();
    builder.add("k", undefined, new Uint8Array(1000));
    const growth = builder.sizeWith("k", undefined, 1000) - builder.byteLength;
    for (const size of sizes) expect(size).toBeLessThanOrEqual(WIDE.maxBytes);
    for (const size of sizes.slice(0, -1)) expect(size + growth).toBeGreaterThan(WIDE.maxBytes);
  });

  it("of nothing is nothing", () => {
    expect(pack([], WIDE, AGGREGATED)).toEqual([]);
  });
});

describe("packing some records of a chunk into one that stays open", () => {
  it("W-dedupe: names a key once, also that of a record which joins them later", () => {
    const builders = new BuilderPool();
    const chunk = newChunk(AGGREGATED, builders);
    for (const data of ["0", "1"]) chunk.add(newRecord("the key", data), pendingRecord());
    const open = packOpen(chunk, AGGREGATED, builders, ({ content }) => content.data[0] === 0x31);
    for (const key of ["another", "the key"]) open.add(newRecord(key, "2"), pendingRecord());
    const { entry } = seal(open, AGGREGATED, "flush");
    expect(Buffer.from(entry.data).toString("latin1").split("the key")).toHaveLength(2);
  });
});
