// DecreaseStreamRetentionPeriod.
// Faithful: from 24 to 8,760 hours; the new period holds at once, before UPDATING is over;
// what is older goes at once. Deviates: asking for the present period succeeds and changes nothing.
import { streamOf } from "../input/addressing.ts";
import { structure } from "../input/compound-shapes.ts";
import {
  requirePossiblePeriod,
  RETENTION_PERIOD,
  type RetentionPeriodInput,
} from "../input/retention-period.ts";
import { requireRate } from "../limits/throttling.ts";
import type { Call, NoOutput, Operation } from "../operation.ts";
import { invalidArgument } from "../service-exception.ts";

/** Keeps the records of a stream for a shorter time. */
export const decreaseStreamRetentionPeriod: Operation<RetentionPeriodInput, NoOutput> = {
  name: "DecreaseStreamRetentionPeriod",
  input: structure<RetentionPeriodInput>(RETENTION_PERIOD),
  run,
};

function run({ RetentionPeriodHours: hours, ...address }: RetentionPeriodInput, call: Call) {
  const stream = streamOf(address, call);
  stream.requireStatus("ACTIVE");
  requirePossiblePeriod(hours);
  const current = stream.retentionHours;
  if (hours > current) {
    throw invalidArgument(
      `Requested retention period (${hours} hours) for stream ${stream.plan.name} can not be longer than ` +
        `existing retention period (${current} hours). Use IncreaseRetentionPeriod API.`,
    );
  }
  requireRate("DecreaseStreamRetentionPeriod", call, stream);
  if (hours !== current) stream.changeNow({ retentionHours: hours });
  return undefined;
}
