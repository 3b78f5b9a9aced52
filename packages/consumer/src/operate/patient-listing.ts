// Lists a lease table that may be throttled: whoever looks for the cause of trouble must not fail of it.
import { apiFailureOf, backoffMs, type Clock, type Random, sleep } from "@shardline/core";
import type { LeaseListing, LeaseTable } from "../lease/lease-table.ts";

const BACKOFF = { baseMs: 200, maxMs: 3000 };
const MAX_TRIES = 6;
const PASSING: ReadonlySet<string> = new Set(["throttled", "transient", "unreachable"]);

export interface PatientListingOptions {
  readonly table: Pick<LeaseTable, "list">;
  readonly clock: Clock;
  readonly random: Random;
}

/** A listing, and how often one was refused before because there were too many calls. */
export interface PatientListing {
  readonly listing: LeaseListing;
  readonly throttledCalls: number;
}

/** Tries a few times; rejects with what failed last. */
export async function listPatiently(
  { clock, random, table }: PatientListingOptions,
  signal: AbortSignal,
): Promise<PatientListing> {
  let throttledCalls = 0;
  for (let tries = 1; ; tries += 1) {
    try {
      return { listing: await table.list(signal), throttledCalls };
    } catch (error) {
      const kind = apiFailureOf(error)?.kind;
      if (kind === undefined || !PASSING.has(kind) || tries === MAX_TRIES) throw error;
      if (kind === "throttled") throttledCalls += 1;
      await sleep(clock, backoffMs(BACKOFF, tries, random), signal);
    }
  }
}
