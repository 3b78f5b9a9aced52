// Pure: the size of a record that the service names when it refuses one for being too large.
import type { ApiFailure } from "@shardline/core";

/** KPL's issue 680 quotes "Value at 'records.1.member.data' failed to satisfy constraint: Member must have length …". */
const STATED =
  /'records\.\d+\.member\.data' failed to satisfy constraint: Member must have length less than or equal to (\d+)/;

/** The bound that a refusal states, in bytes; `undefined` if it is about something else. */
export function statedLimit({ awsName, kind, reason }: ApiFailure): number | undefined {
  if (kind !== "rejected" || !awsName.startsWith("Validation")) return undefined;
  const [, digits] = STATED.exec(reason) ?? [];
  return digits === undefined ? undefined : Number(digits);
}
