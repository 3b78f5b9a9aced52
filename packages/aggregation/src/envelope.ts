// What is around the message of an aggregate: the magic before it and its MD5 behind it. Whole aggregates go
// in here, in place, so that several can be hashed in one go.
import { md5 } from "@shardline/core";
import { digestAll } from "./digest-all.ts";
import { DIGEST_BYTES, MAGIC, OVERHEAD_BYTES } from "./format.ts";

/**
 * Whether data passes for an aggregate: the magic and the digest fit, and the message is not empty. Consumers
 * would take such data apart, so a payload of which this is true must not be sent plain.
 */
export function isAggregate(data: Uint8Array): boolean {
  if (data.length <= OVERHEAD_BYTES || !hasMagic(data)) return false;
  const digest = data.subarray(data.length - DIGEST_BYTES);
  return Buffer.compare(md5(messageOf(data)), digest) === 0;
}

/** The message inside an aggregate, as a view. */
export function messageOf(aggregate: Uint8Array): Uint8Array {
  return aggregate.subarray(MAGIC.length, aggregate.length - DIGEST_BYTES);
}

/**
 * Writes the digests of aggregates that lack nothing else, as `encodeWithoutDigest` makes them. Many at once are hashed
 * several times as fast as one by one.
 */
export function writeDigests(aggregates: readonly Uint8Array[]): void {
  const digests = digestAll(aggregates.map(messageOf));
  aggregates.forEach((aggregate, i) => {
    aggregate.set(digests[i] as Uint8Array, aggregate.length - DIGEST_BYTES);
  });
}

/** Whether data begins as every aggregate does. */
export function hasMagic(data: Uint8Array): boolean {
  return MAGIC.every((byte, i) => data[i] === byte);
}
