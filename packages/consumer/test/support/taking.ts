// A lease taker for worker "me" on a table in memory, whose calls a test may change.
import { SeededRandom, type VirtualClock } from "@shardline/core/testing";
import { onTestFinished } from "vitest";
import { type Interceptors, intercept } from "../../../../test/support/intercept.ts";
import { quietClock } from "../../../../test/support/quiet-clock.ts";
import { ControlWrites } from "../../src/lease/control-writes.ts";
import { FleetWatch } from "../../src/lease/fleet-watch.ts";
import type { HeldLease } from "../../src/lease/held-lease.ts";
import type { HeldLeases } from "../../src/lease/held-leases.ts";
import type { Lease } from "../../src/lease/lease.ts";
import type { LeaseAssignment } from "../../src/lease/lease-plan.ts";
import type { LeasePatch } from "../../src/lease/lease-move.ts";
import type { LeaseTable, LeaseUpdate } from "../../src/lease/lease-table.ts";
import { LeaseTaker, type LeaseTakerOptions } from "../../src/lease/lease-taker.ts";
import { MemoryLeaseTable } from "../../src/lease/memory-lease-table.ts";
import { ANY_SIGNAL, FAILOVER_MS, holdMany } from "./held.ts";
import { shardIdOf } from "./leases.ts";
import type { Told } from "./told.ts";

export interface TakerSetup {
  readonly maxPerWorker?: number;
  readonly assignment?: LeaseAssignment;
  /** By default it reads every stream. */
  readonly serves?: LeaseTakerOptions["serves"];
  /** What happens to the taker's calls. */
  readonly faults?: (clock: VirtualClock) => Interceptors<LeaseTable>;
}

interface Started {
  readonly held: HeldLease;
  readonly isFirstTake: boolean;
}

export interface Taking {
  readonly clock: VirtualClock;
  readonly taker: LeaseTaker;
  readonly held: HeldLeases;
  readonly told: Told;
  /** The leases that became ours, in order. */
  readonly started: readonly Started[];
  /** When the table was listed. */
  readonly listedAtMs: readonly number[];
  readonly item: (index: number) => Lease;
  /** Another worker writes. */
  readonly write: (index: number, patch: LeasePatch) => Promise<LeaseUpdate>;
  /** Ends the loop. */
  readonly stop: () => Promise<void>;
}

export async function startTaking(
  leases: readonly Lease[],
  {
    assignment = "balanced",
    faults = () => ({}),
    maxPerWorker = Number.MAX_SAFE_INTEGER,
    serves = () => true,
  }: TakerSetup = {},
): Promise<Taking> {
  const clock = quietClock();
  const memory = new MemoryLeaseTable();
  for (const lease of leases) await memory.create(lease, ANY_SIGNAL);
  const listedAtMs: number[] = [];
  const table = intercept<LeaseTable>(intercept<LeaseTable>(memory, faults(clock)), {
    list: (next, signal) => {
      listedAtMs.push(clock.nowMs());
      return next(signal);
    },
  });
  const started: Started[] = [];
  const { held, told } = holdMany(table, clock, (one, isFirstTake) => {
    started.push({ held: one, isFirstTake });
  });
  const ending = new AbortController();
  const { events } = told;
  const shared = { clock, events, table, failoverMs: FAILOVER_MS, random: new SeededRandom(1) };
  const taker = new LeaseTaker({
    ...shared,
    assignment,
    held,
    maxPerWorker,
    worker: "me",
    control: new ControlWrites(shared),
    fleet: new FleetWatch(shared),
    serves,
    signal: ending.signal,
    callSignal: ANY_SIGNAL,
  });
  const stop = async (): Promise<void> => {
    ending.abort();
    await taker.done;
  };
  onTestFinished(stop);
  return {
    clock,
    held,
    listedAtMs,
    started,
    stop,
    taker,
    told,
    item: (index) => memory.snapshot().find(({ key }) => key === shardIdOf(index)) as Lease,
    write: (index, patch) => memory.update(shardIdOf(index), { expect: {}, patch }, ANY_SIGNAL),
  };
}
