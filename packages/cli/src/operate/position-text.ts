// Positions as a person reads them in a row.
import { isSentinel, type Position } from "@shardline/core";

/** Digits of a sequence number that are shown: the first ones are the same for years. */
const SHOWN_DIGITS = 12;

/** A position, short enough for a row. */
export function positionText(position: Position): string {
  const { sequenceNumber, subSequenceNumber } = position;
  if (isSentinel(position)) return sequenceNumber;
  const shown =
    sequenceNumber.length > SHOWN_DIGITS
      ? `..${sequenceNumber.slice(-SHOWN_DIGITS)}`
      : sequenceNumber;
  return subSequenceNumber === 0 ? shown : `${shown}/${subSequenceNumber}`;
}

/** A checkpoint; where that stands for a time, with it. */
export function checkpointText(
  checkpoint: Position,
  initialTimestampMs: number | null | undefined,
): string {
  const shown = positionText(checkpoint);
  const time = new Date(initialTimestampMs ?? Number.NaN);
  const isTime = shown === "AT_TIMESTAMP" && !Number.isNaN(time.getTime());
  return isTime ? `${shown} ${time.toISOString()}` : shown;
}
