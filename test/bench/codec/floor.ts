// What no encoder and no decoder of aggregates can do without.
import { hash } from "node:crypto";

const target = new Uint8Array(1 << 20);

/** One pass of crypto's MD5 over an aggregate's message. */
export function digestOf(aggregate: Uint8Array): Uint8Array {
  return hash("md5", aggregate.subarray(4, -16), "buffer");
}

/** The same, and one copy of the whole. */
export function copyAndDigest(aggregate: Uint8Array): Uint8Array {
  target.set(aggregate);
  return digestOf(target.subarray(0, aggregate.length));
}
