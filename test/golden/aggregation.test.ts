// The codec against bytes that are known: W-golden.
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { AggregateBuilder, deaggregate, isAggregate } from "@shardline/aggregation";
import { describe, expect, it } from "vitest";
import { type Vector, vectors } from "./aggregation-vectors.ts";

const bytesOf = (data: Uint8Array | string): Uint8Array => new Uint8Array(Buffer.from(data));
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const sha256Of = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

function build({ records }: Vector): AggregateBuilder {
  const builder = new AggregateBuilder();
  for (const { partitionKey, explicitHashKey, data } of records) {
    builder.add(partitionKey, explicitHashKey, data);
  }
  return builder;
}

describe.each(vectors)("$id, $what", (vector) => {
  it("encodes to the known bytes (W-golden)", () => {
    const aggregate = build(vector).encode();
    if ("hex" in vector.bytes) expect(hexOf(aggregate)).toBe(vector.bytes.hex);
    else expect(sha256Of(aggregate)).toBe(vector.bytes.sha256);
  });

  it("has the known size before it is encoded, record by record (W-golden)", () => {
    const builder = new AggregateBuilder();
    for (const { partitionKey, explicitHashKey, data } of vector.records) {
      const size = builder.sizeWith(partitionKey, explicitHashKey, bytesOf(data).length);
      builder.add(partitionKey, explicitHashKey, data);
      expect(builder.byteLength).toBe(size);
      expect(builder.encode()).toHaveLength(size);
    }
    expect(builder.byteLength).toBe(vector.byteLength);
  });

  it("decodes to the records that it was made of", () => {
    const aggregate = build(vector).encode();
    expect(isAggregate(aggregate)).toBe(true);
    expect(deaggregate(aggregate)).toEqual({
      kind: "aggregate",
      records: vector.records.map(({ data, ...keys }) => ({ ...keys, data: bytesOf(data) })),
    });
  });
});

/** The same vectors of another origin, which may lie beside the checkout. */
const otherVectors = new URL("../../../shared/data/aggregation-vectors.json", import.meta.url);

it.skipIf(!existsSync(otherVectors))("vectors of another origin have the same bytes", () => {
  const others = JSON.parse(readFileSync(otherVectors, "utf8")) as readonly OtherVector[];
  for (const vector of vectors) {
    const name = { K1: "KPL_ehk", K2: "KPL_noehk" }[vector.id] ?? `${vector.id}_`;
    const other = others.find(({ n }) => n.startsWith(name));
    const aggregate = build(vector).encode();
    expect(other?.len ?? other?.kplLen, vector.id).toBe(vector.byteLength);
    if (other?.hex === undefined) expect(sha256Of(aggregate), vector.id).toBe(other?.sha256);
    else expect(hexOf(aggregate), vector.id).toBe(other.hex);
  }
});

interface OtherVector {
  readonly n: string;
  readonly len?: number;
  readonly kplLen?: number;
  readonly hex?: string;
  readonly sha256?: string;
}
