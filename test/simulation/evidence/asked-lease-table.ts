// The process's side of the lease table: what it asks for and when by its own clock, before the network has its way with
// it.
import type { LeaseTable } from "@shardline/consumer";
import type { SimProcess } from "../fleet/sim-process.ts";
import type { Journal } from "./journal.ts";
import { stamped } from "./stamped-moves.ts";

/** The port as a process uses it, with its conditional writes written down, and stamped with their times. */
export function askedLeaseTable(
  table: LeaseTable,
  process: SimProcess,
  journal: Journal,
): LeaseTable {
  return {
    ensureTable: (signal) => table.ensureTable(signal),
    get: (key, options, signal) => table.get(key, options, signal),
    list: (signal) => table.list(signal),
    create: (lease, signal) => table.create(lease, signal),
    update: (key, move, signal) => {
      const localMs = process.nowMs();
      journal.write({ kind: "asked", process: process.name, key, move, localMs });
      return table.update(key, stamped(move, localMs), signal);
    },
    delete: (key, expect, signal) => table.delete(key, expect, signal),
  };
}
