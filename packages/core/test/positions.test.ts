import {
  comparePositions,
  isOpen,
  isSentinel,
  parentIdsOf,
  parseStreamRef,
  type Position,
  SHARD_END,
  sentinelPosition,
  type Shard,
} from "@shardline/core";
import * as fc from "fast-check";
import { expect, test } from "vitest";

const SENTINELS = ["AT_TIMESTAMP", "TRIM_HORIZON", "LATEST", "SHARD_END"] as const;

const positions: fc.Arbitrary<Position> = fc.oneof(
  fc.constantFrom(...SENTINELS).map(sentinelPosition),
  fc.record({
    sequenceNumber: fc.bigInt({ min: 0n, max: 1n << 190n }).map(String),
    subSequenceNumber: fc.nat({ max: 3 }),
  }),
);

/** The order, by making numbers. */
function valueOf({ sequenceNumber, subSequenceNumber }: Position): bigint {
  const rank = [-3n, -2n, -1n, 1n << 200n][SENTINELS.indexOf(sequenceNumber as never)];
  return (
    (rank ?? BigInt(sequenceNumber)) * 10n + (rank === undefined ? BigInt(subSequenceNumber) : 0n)
  );
}

test("positions are ordered as numbers are, sentinels at the ends", () => {
  fc.assert(
    fc.property(positions, positions, (a, b) => {
      const expected = valueOf(a) - valueOf(b);
      const sign = expected === 0n ? 0 : expected < 0n ? -1 : 1;
      expect(Math.sign(comparePositions(a, b))).toBe(sign);
    }),
  );
});

test("a sequence number of 56 digits is compared to its last digit", () => {
  const at = (sequenceNumber: string): Position => ({ sequenceNumber, subSequenceNumber: 0 });
  const long = "49590338271490256608559692538361571095921575989136588898";
  expect(comparePositions(at(long), at(`${long.slice(0, -1)}9`))).toBeLessThan(0);
  expect(comparePositions(at("9"), at("10"))).toBeLessThan(0);
});

test("sentinels are told from records", () => {
  for (const sentinel of SENTINELS) expect(isSentinel(sentinelPosition(sentinel))).toBe(true);
  expect(isSentinel({ sequenceNumber: "1", subSequenceNumber: 0 })).toBe(false);
  expect(SHARD_END).toEqual({ sequenceNumber: "SHARD_END", subSequenceNumber: 0 });
});

test.each([
  ["orders", { name: "orders" }],
  ["a.b-c_1", { name: "a.b-c_1" }],
  ["x".repeat(128), { name: "x".repeat(128) }],
  [
    "arn:aws:kinesis:eu-west-1:123456789012:stream/orders",
    { name: "orders", account: "123456789012", region: "eu-west-1" },
  ],
  [
    "arn:aws-cn:kinesis:cn-north-1:123456789012:stream/orders",
    { name: "orders", account: "123456789012", region: "cn-north-1" },
  ],
])("%s names a stream", (text, ref) => {
  const arn = text.startsWith("arn:") ? { arn: text } : {};
  expect(parseStreamRef(text)).toEqual({ ...ref, ...arn });
});

test.each([
  "",
  "or ders",
  "orders/1",
  "x".repeat(129),
  "órders",
  "orders\n",
  "arn:aws:kinesis:eu-west-1:12345678901:stream/orders",
  "arn:aws:kinesis:eu-west-1:123456789012:stream/",
  "arn:aws:kinesis:eu-west-1:123456789012:table/orders",
  "arn:aws:kinesis:eu-west-1:123456789012:stream/orders/consumer/c:1",
  "arn:aws:dynamodb:eu-west-1:123456789012:stream/orders",
])("%j names none", (text) => {
  expect(parseStreamRef(text)).toBeUndefined();
});

test("a shard is open until it has an end, and has none, one or two parents", () => {
  const shard: Shard = { shardId: "s", startingSequenceNumber: "1" };
  expect(isOpen(shard)).toBe(true);
  expect(isOpen({ ...shard, endingSequenceNumber: "2" })).toBe(false);
  expect(parentIdsOf(shard)).toEqual([]);
  expect(parentIdsOf({ ...shard, parentShardId: "a" })).toEqual(["a"]);
  expect(parentIdsOf({ ...shard, parentShardId: "a", adjacentParentShardId: "b" })).toEqual([
    "a",
    "b",
  ]);
});
