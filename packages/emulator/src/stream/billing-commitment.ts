// Pure: an account's commitment to pay for a minimum of throughput, which opens warm throughput to its streams. It
// lasts a day at least; who ends it earlier ends it for the end of that day, and may think better of it until then.
//
//   DISABLED --- commit ---> ENABLED --- release ---> ENABLED_UNTIL_EARLIEST_ALLOWED_END --- a day is over ---> DISABLED
// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_MinimumThroughputBillingCommitmentInput.html, 2026-11-22.

/** Where a commitment stands; times are epoch milliseconds. */
export type BillingCommitment =
  | {
      readonly status: "DISABLED";
      readonly startedAtMs?: number;
      readonly endedAtMs?: number;
    }
  | {
      readonly status: "ENABLED" | "ENABLED_UNTIL_EARLIEST_ALLOWED_END";
      readonly startedAtMs: number;
    };

/** The commitment of an account that never made one. */
export const NEVER_COMMITTED: BillingCommitment = { status: "DISABLED" };

const MIN_COMMITMENT_MS = 24 * 3_600_000;

/** When a commitment that is under way can end. */
export function earliestEndMs({ startedAtMs }: { readonly startedAtMs: number }): number {
  return startedAtMs + MIN_COMMITMENT_MS;
}

/** What has become of a commitment by now. */
export function commitmentAt(commitment: BillingCommitment, nowMs: number): BillingCommitment {
  if (commitment.status !== "ENABLED_UNTIL_EARLIEST_ALLOWED_END") return commitment;
  const endedAtMs = earliestEndMs(commitment);
  if (nowMs < endedAtMs) return commitment;
  return { status: "DISABLED", startedAtMs: commitment.startedAtMs, endedAtMs };
}

/** After the account asked for it. */
export function commit(commitment: BillingCommitment, nowMs: number): BillingCommitment {
  const current = commitmentAt(commitment, nowMs);
  const startedAtMs = current.status === "DISABLED" ? nowMs : current.startedAtMs;
  return { status: "ENABLED", startedAtMs };
}

/** After the account asked for its end. */
export function release(commitment: BillingCommitment, nowMs: number): BillingCommitment {
  const current = commitmentAt(commitment, nowMs);
  if (current.status === "DISABLED") return current;
  const { startedAtMs } = current;
  return nowMs < earliestEndMs(current)
    ? { status: "ENABLED_UNTIL_EARLIEST_ALLOWED_END", startedAtMs }
    : { status: "DISABLED", startedAtMs, endedAtMs: nowMs };
}
