import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { birthOf } from "../../src/shard-map/shard-birth.ts";

const seconds = fc.bigInt({ min: 1n, max: 16_025_175_000n });
const index = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });
const shardIndex = fc.bigInt({ min: 0n, max: 2n ** 31n });

/** A number as the service lays them out. */
function numberOf(created: bigint, shard: bigint, nth: bigint, put: bigint): string {
  const high = (2n << 184n) | (created << 148n) | ((shard & 0xfn) << 144n) | (nth << 80n);
  return String(high | (put << 36n) | (shard << 4n) | 2n);
}

describe("the leading digits of a sequence number", () => {
  // Of the same shard, in "Perform basic Kinesis Data Streams operations using the AWS CLI".
  it("are those of the number that the shard started with, in numbers that the service has published", () => {
    const start = "49546986683135544286507457935754639466300920667981217794";
    const record = "49546986683135544286507457936321625675700192471156785154";
    expect(birthOf(record)).toBe(birthOf(start));
    expect(birthOf(record)).toBe("495469866831");
  });

  it("differ between shards that were created in different seconds", () => {
    const later = fc.bigInt({ min: 1n, max: 1_000_000n });
    fc.assert(
      fc.property(seconds, later, index, index, shardIndex, (created, by, a, b, shard) => {
        const before = numberOf(created, shard, a, created);
        const after = numberOf(created + by, shard, b, created + by);
        expect(birthOf(after)).not.toBe(birthOf(before));
      }),
    );
  });

  it("change once at most in the life of a shard", () => {
    fc.assert(
      fc.property(seconds, index, seconds, shardIndex, (created, nth, put, shard) => {
        const start = BigInt(birthOf(numberOf(created, shard, 0n, created)));
        const birth = BigInt(birthOf(numberOf(created, shard, nth, put)));
        expect([0n, 1n]).toContain(birth - start);
      }),
    );
  });

  it("are none in numbers that count from one", () => {
    expect([birthOf("1"), birthOf("123456789012")]).toEqual(["", ""]);
  });
});
