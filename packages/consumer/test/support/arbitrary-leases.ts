// Any lease that we may have in hand.
import { MAX_HASH_KEY, type Position } from "@shardline/core";
import fc from "fast-check";
import type { Lease } from "../../src/lease/lease.ts";
import { shardIdOf } from "./leases.ts";

const count = fc.nat(1_000_000);
const name = fc.string({ minLength: 1, maxLength: 20, unit: "grapheme" });
const shardIds = fc.uniqueArray(fc.nat(20).map(shardIdOf), { maxLength: 3 });
const time = fc.nat(2_000_000_000_000);

const checkpoint: fc.Arbitrary<Position> = fc.oneof(
  fc.record({
    sequenceNumber: fc.constantFrom("TRIM_HORIZON", "LATEST", "AT_TIMESTAMP", "SHARD_END"),
    subSequenceNumber: fc.constant(0),
  }),
  fc.record({
    sequenceNumber: fc.bigInt({ min: 0n, max: 2n ** 186n }).map(String),
    subSequenceNumber: fc.nat(10_000),
  }),
);

/** No shard of one key: the Java class could not read it. */
const hashKeyRange = fc
  .tuple(fc.bigInt({ min: 0n, max: MAX_HASH_KEY - 1n }), fc.bigInt({ min: 1n, max: MAX_HASH_KEY }))
  .map(([a, b]) => (a < b ? { start: a, end: b } : { start: b - 1n, end: a + 1n }));

export const arbitraryLease: fc.Arbitrary<Lease> = fc
  .record({ index: fc.nat(1000), isOfManyStreams: fc.boolean() })
  .chain(({ index, isOfManyStreams }) =>
    fc.record(
      {
        key: fc.constant(`${isOfManyStreams ? "123:orders:5:" : ""}${shardIdOf(index)}`),
        shardId: fc.constant(shardIdOf(index)),
        counter: count,
        ownerSwitches: count,
        checkpoint,
        parentShardIds: shardIds,
        childShardIds: shardIds,
        epoch: count,
        ...(isOfManyStreams ? { streamName: fc.constant("123:orders:5") } : {}),
        pendingCheckpoint: fc.record(
          { position: checkpoint, state: fc.uint8Array({ maxLength: 8 }) },
          { requiredKeys: ["position"] },
        ),
        owner: name,
        checkpointOwner: name,
        hashKeyRange,
        initialTimestampMs: time,
        latestSinceMs: time,
        streamEpoch: time,
        nativeOwner: name,
        wantedBy: name,
        releaseNotice: name,
        haltedAt: checkpoint,
      },
      {
        requiredKeys: [
          "key",
          "shardId",
          "counter",
          "ownerSwitches",
          "checkpoint",
          "parentShardIds",
          "childShardIds",
          "epoch",
          ...(isOfManyStreams ? (["streamName"] as const) : []),
        ],
      },
    ),
  );
