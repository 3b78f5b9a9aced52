// Protobuf messages by hand, byte for byte and right or wrong, and aggregates around them. Shares nothing with
// the code under test.
import { createHash } from "node:crypto";

/** Bytes of a message: numbers stand for themselves, texts for their UTF-8. */
export type Part = number | string | Uint8Array;

/** Parts in a row. */
export function bytes(...parts: readonly Part[]): Uint8Array {
  const buffers = parts.map((part) =>
    typeof part === "number" ? Uint8Array.of(part) : new Uint8Array(Buffer.from(part)),
  );
  return new Uint8Array(Buffer.concat(buffers));
}

/** A varint, with as many needless bytes behind it as asked for. */
export function varint(value: number | bigint, needlessBytes = 0): Uint8Array {
  const groups: number[] = [];
  for (let rest = BigInt(value); groups.length === 0 || rest > 0n; rest >>= 7n) {
    groups.push(Number(rest & 0x7fn));
  }
  groups.push(...Array.from({ length: needlessBytes }, () => 0));
  return Uint8Array.from(groups, (group, i) => (i === groups.length - 1 ? group : group | 0x80));
}

/** A field of the length-delimited type. */
export function field(number: number, ...content: readonly Part[]): Uint8Array {
  const inside = bytes(...content);
  return bytes(varint((number << 3) | 2), varint(inside.length), inside);
}

/** Magic, message, digest. */
export function aggregateOf(...message: readonly Part[]): Uint8Array {
  const inside = bytes(...message);
  const digest = createHash("md5").update(inside).digest();
  return bytes(0xf3, 0x89, 0x9a, 0xc2, inside, digest);
}
