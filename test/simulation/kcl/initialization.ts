// How a worker of the KCL 2.x begins (Scheduler, `initialize`): where no leases are it looks for a while whether another
// worker makes them, then it makes them itself, and takes up what stands under its name.
import { type Clock, type Random, sleep } from "@shardline/core";
import type { KclTable } from "./kcl-table.ts";
import type { LeaseRenewer } from "./lease-renewer.ts";
import { isThrownInJava } from "./repeat.ts";
import type { ShardSync } from "./shard-sync.ts";

export interface Initialization {
  readonly table: KclTable;
  readonly sync: ShardSync;
  readonly renewer: LeaseRenewer;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
}

/** `maxInitializationAttempts`. */
const TRIES = 20;
const BACKOFF_MS = 1000;
/** It looks for so long, by chance. */
const MIN_WAIT_MS = 1000;
const MAX_WAIT_MS = 30_000;
const BETWEEN_LOOKS_MS = 3000;

/** Rejects with the last failure, which ends the worker. */
export async function initialize(parts: Initialization): Promise<void> {
  const { clock, renewer, signal, sync, table } = parts;
  for (let tries = 1; ; tries += 1) {
    try {
      await table.ensure();
      if (await isWithoutLeases(parts)) await sync.sync();
      await renewer.initialize();
      return;
    } catch (error) {
      if (tries === TRIES || !isThrownInJava(error)) throw error;
      await sleep(clock, BACKOFF_MS, signal);
    }
  }
}

async function isWithoutLeases({ clock, random, signal, table }: Initialization): Promise<boolean> {
  const untilMs = clock.nowMs() + MIN_WAIT_MS + random.next() * (MAX_WAIT_MS - MIN_WAIT_MS);
  while (clock.nowMs() < untilMs) {
    if ((await table.list()).length > 0) return false;
    await sleep(clock, BETWEEN_LOOKS_MS, signal);
  }
  return true;
}
