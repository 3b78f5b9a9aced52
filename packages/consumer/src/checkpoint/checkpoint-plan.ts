// Pure: an application asks for a checkpoint -> whether it may have it, and what to write. It may have what lies between
// its last checkpoint and what it was handed: before that it would take something back, behind that skip something.
import { comparePositions, isSentinel, type Position, SHARD_END } from "@shardline/core";

/** What an application may ask for just now. */
export interface CheckpointRange {
  /** Its last checkpoint, or where the shard was begun. */
  readonly last: Position;
  /** What it was handed up to. */
  readonly largest: Position;
  /** Whether everything of a closed shard was handed out and is done. */
  readonly isAtEnd: boolean;
}

export type CheckpointPlan =
  | { readonly kind: "checkpoint"; readonly position: Position }
  | { readonly kind: "invalid"; readonly problem: string };

const NO_POSITION = "it is no position of a record";
/** Sequence numbers of the version that all streams have today; the KCL reads them so. */
const VERSION_2 = 2n;
const VERSION_2_DIGITS = 56;
const DECIMAL = /^(0|[1-9][0-9]*)$/;

/** What a checkpoint at a position comes to; without one, at everything that was handed out. */
export function planCheckpoint(at: Position | undefined, range: CheckpointRange): CheckpointPlan {
  const { isAtEnd, largest, last } = range;
  // In plain JavaScript it may be anything.
  if (at === null) return invalid(NO_POSITION);
  if (at === undefined || comparePositions(at, SHARD_END) === 0) {
    if (at !== undefined && !isAtEnd) return invalid("the shard is not read to its end");
    return { kind: "checkpoint", position: later(last, largest) };
  }
  const problem = problemOf(at, range);
  if (problem !== undefined) return invalid(problem);
  const { sequenceNumber, subSequenceNumber } = at;
  // Of equal sentinels the one that stands is taken.
  return { kind: "checkpoint", position: later(last, { sequenceNumber, subSequenceNumber }) };
}

function problemOf(at: Position, { largest, last }: CheckpointRange): string | undefined {
  if (!isPosition(at)) return NO_POSITION;
  // LATEST is greater than TRIM_HORIZON, and would skip everything in between.
  if (isSentinel(at) && at.sequenceNumber !== last.sequenceNumber) return "it is no record";
  if (!mayBeOfOneShard(at, largest)) return "it is a record of another shard";
  if (comparePositions(at, last) < 0) return "the last checkpoint is ahead of it";
  if (comparePositions(at, largest) > 0)
    return "it was not handed out yet, or something before it is not done";
  return undefined;
}

/** Whether nothing speaks against it: the numbers that the service gives today say which shard they are of. */
function mayBeOfOneShard(a: Position, b: Position): boolean {
  const [one, other] = [shardBitsOf(a), shardBitsOf(b)];
  return one === undefined || other === undefined || one === other;
}

function shardBitsOf(position: Position): bigint | undefined {
  if (isSentinel(position) || position.sequenceNumber.length !== VERSION_2_DIGITS) return undefined;
  const bits = BigInt(position.sequenceNumber);
  return BigInt.asUintN(4, bits) === VERSION_2 ? BigInt.asUintN(32, bits >> 4n) : undefined;
}

function isPosition(at: Position): boolean {
  const { sequenceNumber, subSequenceNumber } = at;
  return (
    typeof sequenceNumber === "string" &&
    (isSentinel(at) || DECIMAL.test(sequenceNumber)) &&
    Number.isSafeInteger(subSequenceNumber) &&
    subSequenceNumber >= 0
  );
}

function invalid(problem: string): CheckpointPlan {
  return { kind: "invalid", problem };
}

/** The one that is further. */
export function later(a: Position, b: Position): Position {
  return comparePositions(a, b) < 0 ? b : a;
}
