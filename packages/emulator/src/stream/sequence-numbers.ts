// Sequence numbers in the layout of version 2, checked against numbers that the service has published: 47
// hex digits, written as a decimal of 56 digits.
//
//   hex digits   1      9             1                 16      2    9         8       1
//   meaning      2   created, s   low bits of shard   index   00   put, s   shard   version 2
//
// The index stands before the time of the put, so numbers of a shard grow even if the clock steps back.

/** The parts of a sequence number. */
export interface SequenceNumber {
  /** When the shard was created, in epoch seconds. */
  readonly createdSeconds: number;
  readonly shardIndex: number;
  /** Counts the records of a shard from 1; 0 is the number that the shard starts with. */
  readonly index: bigint;
  /** When the record was put, in epoch seconds. */
  readonly putSeconds: number;
}

/** The index of the number that a closed shard ends with: above that of every record. */
export const LAST_INDEX: bigint = (1n << 63n) - 1n;

const LEADING_DIGIT = 2n << 184n;
const VERSION = 2n;

/** Writes a sequence number. */
export function formatSequenceNumber(parts: SequenceNumber): string {
  return (
    LEADING_DIGIT |
    (BigInt(parts.createdSeconds) << 148n) |
    (BigInt(parts.shardIndex & 0xf) << 144n) |
    (parts.index << 80n) |
    (BigInt(parts.putSeconds) << 36n) |
    (BigInt(parts.shardIndex) << 4n) |
    VERSION
  ).toString();
}

/** Reads a decimal sequence number; `undefined` if it is none of version 2. */
export function parseSequenceNumber(decimal: string): SequenceNumber | undefined {
  if (decimal.length !== 56) return undefined;
  const value = BigInt(decimal);
  const parts = {
    createdSeconds: bitsOf(value, 148n, 36n),
    shardIndex: bitsOf(value, 4n, 31n),
    index: (value >> 80n) & LAST_INDEX,
    putSeconds: bitsOf(value, 36n, 36n),
  };
  return formatSequenceNumber(parts) === decimal ? parts : undefined;
}

function bitsOf(value: bigint, shift: bigint, width: bigint): number {
  return Number((value >> shift) & ((1n << width) - 1n));
}
