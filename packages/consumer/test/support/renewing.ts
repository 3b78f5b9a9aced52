// A renewer with leases that it has to renew, on a clock that stands still.
import { SeededRandom, type VirtualClock } from "@shardline/core/testing";
import { onTestFinished } from "vitest";
import type { Interceptors } from "../../../../test/support/intercept.ts";
import { quietClock } from "../../../../test/support/quiet-clock.ts";
import type { HeldLease } from "../../src/lease/held-lease.ts";
import { LeaseRenewer } from "../../src/lease/lease-renewer.ts";
import type { LeaseTable } from "../../src/lease/lease-table.ts";
import { MemoryLeaseTable } from "../../src/lease/memory-lease-table.ts";
import { ANY_SIGNAL, FAILOVER_MS, holdMany } from "./held.ts";
import { nativeLease } from "./leases.ts";
import { range } from "./lease-views.ts";
import { recordUpdates } from "./sent-updates.ts";

/** What a test does to the table; it may look at the clock and at the end of the loop. */
type Faults = (clock: VirtualClock, signal: AbortSignal) => Interceptors<LeaseTable>;

/** Leases that were all taken at once, at time 0. */
export async function startRenewing(
  count: number,
  faults: Faults = () => ({}),
  isYielding = () => false,
) {
  const clock = quietClock();
  const stop = new AbortController();
  const interceptors = faults(clock, stop.signal);
  const memory = new MemoryLeaseTable();
  const { sent, table } = recordUpdates(memory, () => clock.nowMs(), interceptors);
  const { held, told } = holdMany(table, clock);
  for (const lease of range(count).map((i) => nativeLease(i, "me"))) {
    await memory.create(lease, ANY_SIGNAL);
    held.add(lease, { sentAtMs: 0, previousOwner: undefined, isFirstTake: false });
  }
  const wanted: HeldLease[] = [];
  const refused: unknown[] = [];
  const renewer = new LeaseRenewer({
    clock,
    isYielding,
    random: new SeededRandom(1),
    failoverMs: FAILOVER_MS,
    signal: stop.signal,
    events: told.events,
    onRefused: (error) => refused.push(error),
    onWanted: (lease) => wanted.push(lease),
  });
  for (const lease of held.all()) renewer.noteTaken(lease);
  onTestFinished(async () => {
    stop.abort();
    await renewer.done;
  });
  return { clock, held, memory, refused, sent, stop, told, wanted, renewer };
}
