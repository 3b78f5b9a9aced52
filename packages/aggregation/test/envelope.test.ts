import { isAggregate } from "@shardline/aggregation";
import { describe, expect, it } from "vitest";
import { aggregateOf, bytes } from "./support/messages.ts";

const MAGIC = [0xf3, 0x89, 0x9a, 0xc2];

describe("isAggregate", () => {
  it("is true of magic, a message of any kind, and its digest", () => {
    expect(isAggregate(aggregateOf("not even protobuf"))).toBe(true);
    expect(isAggregate(Buffer.from(aggregateOf(0)))).toBe(true);
  });

  it("is true of an aggregate in the middle of a larger buffer", () => {
    const aggregate = aggregateOf("message");
    const around = bytes("before", aggregate, "behind");
    expect(isAggregate(around.subarray(6, 6 + aggregate.length))).toBe(true);
    expect(isAggregate(around.subarray(6))).toBe(false);
  });

  it("is false of the magic with the digest of nothing, which is 20 bytes", () => {
    expect(aggregateOf()).toHaveLength(20);
    expect(isAggregate(aggregateOf())).toBe(false);
  });

  it("is false of anything shorter", () => {
    for (let length = 0; length < 20; length += 1) {
      expect(isAggregate(bytes(...MAGIC, new Uint8Array(20)).subarray(0, length))).toBe(false);
    }
  });

  it("is false when any bit of the aggregate is another", () => {
    const aggregate = aggregateOf("message");
    for (let bit = 0; bit < aggregate.length * 8; bit += 1) {
      const changed = aggregate.slice();
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(isAggregate(changed), `bit ${bit}`).toBe(false);
    }
  });
});
