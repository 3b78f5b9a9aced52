// A write to a lease that is repeated while the table fails.
import { type BackoffPlan, backoffMs, type Clock, type Random, sleep } from "@shardline/core";
import type { HeldLease } from "../lease/held-lease.ts";

const BACKOFF: BackoffPlan = { baseMs: 100, maxMs: 2000 };

export interface RepeatedWriteOptions {
  readonly held: HeldLease;
  readonly clock: Clock;
  readonly random: Random;
  /** Aborts when nobody waits for the writes any more. */
  readonly signal: AbortSignal;
}

/** Repeats a write until it is there, the lease is not ours any more, or nobody waits for it; then resolves. */
export async function repeatWrite(
  write: () => Promise<void>,
  isThere: () => boolean,
  { clock, held, random, signal }: RepeatedWriteOptions,
): Promise<void> {
  for (let failures = 1; !isThere() && held.isValid() && !signal.aborted; failures += 1) {
    // How often the table fails is told by the renewals that fail with it.
    await write().catch(() => undefined);
    if (isThere() || !held.isValid()) return;
    const pause = sleep(clock, backoffMs(BACKOFF, failures, random), signal);
    await pause.catch(() => undefined);
  }
}
