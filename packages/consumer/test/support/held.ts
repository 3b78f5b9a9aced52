// A lease in hand, on a table in memory whose calls a test may change.
import type { VirtualClock } from "@shardline/core/testing";
import { type Interceptors, intercept } from "../../../../test/support/intercept.ts";
import { quietClock } from "../../../../test/support/quiet-clock.ts";
import { HeldLease } from "../../src/lease/held-lease.ts";
import { HeldLeases } from "../../src/lease/held-leases.ts";
import type { Lease } from "../../src/lease/lease.ts";
import type { LeaseMove } from "../../src/lease/lease-move.ts";
import type { LeaseTable, LeaseUpdate } from "../../src/lease/lease-table.ts";
import { MemoryLeaseTable } from "../../src/lease/memory-lease-table.ts";
import { failed } from "./failures.ts";
import { nativeLease, positionOf } from "./leases.ts";
import { recordEvents, type Told } from "./told.ts";

export const FAILOVER_MS = 10_000;
export const ANY_SIGNAL: AbortSignal = new AbortController().signal;

/** What happens to a write: as it should be, refused before it took effect, or its answer lost. */
export type WriteFate = "answered" | "lost request" | "lost answer";

export interface HeldOne {
  readonly clock: VirtualClock;
  readonly table: MemoryLeaseTable;
  readonly held: HeldLease;
  /** What the lease told, in order. */
  readonly told: string[];
  /** The fates of the next writes; then all are answered. */
  readonly fates: WriteFate[];
  /** The item as it stands in the table. */
  readonly item: () => Lease;
  /** Another worker writes. */
  readonly write: (patch: LeaseMove["patch"]) => Promise<LeaseUpdate>;
}

export const MINE: Lease = nativeLease(0, "me", {
  counter: 7,
  checkpoint: positionOf(5),
  epoch: 1,
});

/** A lease that worker "me" took just now. */
export async function holdOne(
  lease: Lease = MINE,
  interceptors: Interceptors<LeaseTable> = {},
): Promise<HeldOne> {
  const clock = quietClock();
  const table = new MemoryLeaseTable();
  await table.create(lease, ANY_SIGNAL);
  const told: string[] = [];
  const fates: WriteFate[] = [];
  const faulty = intercept<LeaseTable>(table, { update: withFates(fates), ...interceptors });
  const held = new HeldLease(lease, clock.nowMs(), {
    clock,
    table: faulty,
    worker: "me",
    failoverMs: FAILOVER_MS,
    signal: ANY_SIGNAL,
    onLost: (_, cause, newOwner) => told.push(`lost: ${cause}, ${newOwner ?? "nobody"} has it`),
    onReleased: (_, to) => told.push(`released to ${to ?? "anybody"}`),
  });
  return {
    clock,
    table,
    held,
    told,
    fates,
    item: () => table.snapshot()[0] as Lease,
    write: (patch) => table.update(lease.key, { expect: {}, patch }, ANY_SIGNAL),
  };
}

/** An `update` whose writes meet the fates in turn. */
export function withFates(fates: WriteFate[]): NonNullable<Interceptors<LeaseTable>["update"]> {
  return async (next, ...args) => {
    const fate = fates.shift() ?? "answered";
    if (fate === "lost request") throw failed("transient");
    const update = await next(...args);
    if (fate === "lost answer") throw failed("transient");
    return update;
  };
}

/** The leases of worker "me", and what becomes of them. */
export function holdMany(
  table: LeaseTable,
  clock: VirtualClock,
  onHeld: (held: HeldLease, isFirstTake: boolean) => void = () => undefined,
): { readonly held: HeldLeases; readonly told: Told; readonly namesakes: readonly Error[] } {
  const told = recordEvents();
  const namesakes: Error[] = [];
  const held = new HeldLeases({
    clock,
    table,
    onHeld,
    onNamesake: (error) => namesakes.push(error),
    worker: "me",
    failoverMs: FAILOVER_MS,
    signal: ANY_SIGNAL,
    events: told.events,
  });
  return { held, told, namesakes };
}
