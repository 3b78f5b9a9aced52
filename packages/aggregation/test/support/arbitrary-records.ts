// Records as fast-check draws them, and the builder that holds them.
import { type AggregatedRecord, AggregateBuilder } from "@shardline/aggregation";
import fc from "fast-check";

/** Few enough keys that some come twice; many enough that some take two bytes of UTF-8 or a pair of units. */
const partitionKey = fc.oneof(
  fc.constantFrom("a", "b", "10", "9", "__proto__", "constructor", "\ufeffk"),
  fc.string({ unit: "binary", maxLength: 40 }),
);
const explicitHashKey = fc.oneof(
  fc.constantFrom("0", "1", (2n ** 128n - 1n).toString()),
  fc.bigInt(0n, 2n ** 128n - 1n).map(String),
);

/** A record with or without an explicit hash key; its data may be empty. */
const arbitraryRecord: fc.Arbitrary<AggregatedRecord> = fc.record(
  { partitionKey, explicitHashKey, data: fc.uint8Array({ maxLength: 200 }) },
  { requiredKeys: ["partitionKey", "data"], noNullPrototype: true },
);

export const arbitraryRecords: fc.Arbitrary<AggregatedRecord[]> = fc.array(arbitraryRecord, {
  minLength: 1,
  maxLength: 60,
});

/** A builder to which records were added. */
export function builderOf(records: readonly AggregatedRecord[]): AggregateBuilder {
  const builder = new AggregateBuilder();
  for (const { partitionKey, explicitHashKey, data } of records) {
    builder.add(partitionKey, explicitHashKey, data);
  }
  return builder;
}

/** The aggregate of some records. */
export function encode(records: readonly AggregatedRecord[]): Uint8Array {
  return builderOf(records).encode();
}
