// How long a stream may be told to keep its records, for the two operations that tell it.
import type { MemberShapes } from "./compound-shapes.ts";
import { STREAM_ADDRESS, type StreamAddress } from "./members.ts";
import { integer } from "./scalar-shapes.ts";
import { invalidArgument } from "../service-exception.ts";
import { required } from "./shape.ts";

/** Members of either call. */
export interface RetentionPeriodInput extends StreamAddress {
  readonly RetentionPeriodHours: number;
}

/** https://docs.aws.amazon.com/streams/latest/dev/kinesis-extended-retention.html, 2026-11-21. */
const MIN_HOURS = 24;
const MAX_HOURS = 8760;

/** The members of either call; the bounds are no constraint of the model but have texts of their own. */
export const RETENTION_PERIOD: MemberShapes<RetentionPeriodInput> = {
  ...STREAM_ADDRESS,
  RetentionPeriodHours: required(
    integer({ min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY }),
  ),
};

/**
 * Refuses a period that no stream may have.
 * @throws ServiceException InvalidArgumentException
 */
export function requirePossiblePeriod(hours: number): void {
  if (hours < MIN_HOURS) {
    throw invalidArgument(
      `Minimum allowed retention period is ${MIN_HOURS} hours. Requested retention period (${hours} hours) is too short.`,
    );
  }
  if (hours > MAX_HOURS) {
    throw invalidArgument(
      `Maximum allowed retention period is ${MAX_HOURS} hours. Requested retention period (${hours} hours) is too long.`,
    );
  }
}
