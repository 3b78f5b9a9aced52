// What the API tells of an account's settings.
import { type BillingCommitment, commitmentAt, earliestEndMs } from "./billing-commitment.ts";

/** Members of every answer about them; times are epoch seconds with three decimals. */
export interface AccountSettingsOutput {
  readonly MinimumThroughputBillingCommitment: {
    readonly Status: BillingCommitment["status"];
    readonly StartedAt?: number;
    readonly EndedAt?: number;
    readonly EarliestAllowedEndAt?: number;
  };
}

/** Describes them at some wall time. */
export function describeAccount(
  commitment: BillingCommitment,
  nowMs: number,
): AccountSettingsOutput {
  const current = commitmentAt(commitment, nowMs);
  const { status: Status, startedAtMs } = current;
  const times = {
    ...(startedAtMs === undefined ? {} : { StartedAt: startedAtMs / 1000 }),
    ...(current.status === "DISABLED"
      ? endOf(current)
      : { EarliestAllowedEndAt: earliestEndMs(current) / 1000 }),
  };
  return { MinimumThroughputBillingCommitment: { Status, ...times } };
}

function endOf({ endedAtMs }: { readonly endedAtMs?: number }): { readonly EndedAt?: number } {
  return endedAtMs === undefined ? {} : { EndedAt: endedAtMs / 1000 };
}
