// Pure: which records of a carrier that was not delivered may be tried again, and why the others may not.
import type { LooseRecord } from "../record/pending-record.ts";
import { isExpired } from "../record/time-to-live.ts";

/** Each record is in one of these, in the order of the carrier. */
export interface RecordFates {
  readonly goOn: readonly LooseRecord[];
  readonly triedOften: readonly LooseRecord[];
  readonly expired: readonly LooseRecord[];
}

/** Sorts records by what becomes of them. */
export function sortByFate(
  records: readonly LooseRecord[],
  limits: { readonly maxAttempts: number; readonly recordTtlMs: number; readonly nowMs: number },
): RecordFates {
  const fates = { goOn: [], triedOften: [], expired: [] } as Record<
    keyof RecordFates,
    LooseRecord[]
  >;
  for (const record of records) {
    const { acceptedAtMs, earlierAttempts } = record.pending;
    if (earlierAttempts.countedTries >= limits.maxAttempts) fates.triedOften.push(record);
    else if (isExpired(acceptedAtMs, limits.recordTtlMs, limits.nowMs)) fates.expired.push(record);
    else fates.goOn.push(record);
  }
  return fates;
}
