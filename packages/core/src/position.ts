// Where reading is: a sequence number and the index of a user record inside its aggregate, or one of the
// sentinels that the KCL stores in the same place.

/** A place in a shard, in the form in which the KCL stores a checkpoint. */
export interface Position {
  /** A decimal sequence number or a sentinel. */
  readonly sequenceNumber: string;
  /** Index of the user record inside its Kinesis record; 0 for a plain record. */
  readonly subSequenceNumber: number;
}

/** The words that stand where a sequence number would. */
export type Sentinel = "AT_TIMESTAMP" | "TRIM_HORIZON" | "LATEST" | "SHARD_END";

/** Everything of the shard is done. */
export const SHARD_END: Position = sentinelPosition("SHARD_END");

/** Sentinels before any number, in the KCL's order; a number; the end. */
const RANKS: ReadonlyMap<string, number> = new Map([
  ["AT_TIMESTAMP", -3],
  ["TRIM_HORIZON", -2],
  ["LATEST", -1],
  ["SHARD_END", 1],
]);

/** The position that a sentinel stands for. */
export function sentinelPosition(sentinel: Sentinel): Position {
  return Object.freeze({ sequenceNumber: sentinel, subSequenceNumber: 0 });
}

/** Whether a position is a sentinel and not a record's. */
export function isSentinel(position: Position): boolean {
  return RANKS.has(position.sequenceNumber);
}

/**
 * Orders two positions: AT_TIMESTAMP, TRIM_HORIZON, LATEST, every record by number and then by index,
 * SHARD_END. Negative, zero or positive.
 */
export function comparePositions(a: Position, b: Position): number {
  // Those that rest are compared most often, thousands of times a second.
  if (a === b) return 0;
  const rankA = RANKS.get(a.sequenceNumber) ?? 0;
  const rankB = RANKS.get(b.sequenceNumber) ?? 0;
  if (rankA !== 0 || rankB !== 0) return rankA - rankB;
  const bySequence = compareDecimals(a.sequenceNumber, b.sequenceNumber);
  return bySequence === 0 ? a.subSequenceNumber - b.subSequenceNumber : bySequence;
}

/** Canonical decimals compare by length first: the order of the numbers without making any. */
function compareDecimals(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
