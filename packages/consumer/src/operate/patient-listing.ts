// Reads a lease table that may be throttled: whoever looks for the cause of trouble must not fail of it.
import { apiFailureOf, backoffMs, type Clock, type Random, sleep } from "@shardline/core";
import type { LeaseListing, LeaseTable } from "../lease/lease-table.ts";

const BACKOFF = { baseMs: 200, maxMs: 3000 };
const MAX_TRIES = 8;
const PASSING: ReadonlySet<string> = new Set(["throttled", "transient", "unreachable"]);

export interface Patience {
  readonly clock: Clock;
  readonly random: Random;
}

/** What was answered in the end, and how often the call was refused before because there were too many. */
export interface PatientAnswer<Answer> {
  readonly answer: Answer;
  readonly throttledCalls: number;
}

/** Everything in a lease table. Tries a few times; rejects with what failed last. */
export function listPatiently(
  { clock, random, table }: Patience & { readonly table: Pick<LeaseTable, "list"> },
  signal: AbortSignal,
): Promise<PatientAnswer<LeaseListing>> {
  return askPatiently(() => table.list(signal), { clock, random }, signal);
}

/** Any call to a lease table. */
export async function askPatiently<Answer>(
  ask: () => Promise<Answer>,
  { clock, random }: Patience,
  signal: AbortSignal,
): Promise<PatientAnswer<Answer>> {
  let throttledCalls = 0;
  for (let tries = 1; ; tries += 1) {
    try {
      return { answer: await ask(), throttledCalls };
    } catch (error) {
      const kind = apiFailureOf(error)?.kind;
      if (kind === undefined || !PASSING.has(kind) || tries === MAX_TRIES) throw error;
      if (kind === "throttled") throttledCalls += 1;
      await sleep(clock, backoffMs(BACKOFF, tries, random), signal);
    }
  }
}
