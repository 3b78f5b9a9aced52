// The process's side of the lease table: what it asks for and when by its own clock, before the network has its way with
// it, and what it is told.
import type { LeaseTable } from "@shardline/consumer";
import { apiFailureOf } from "@shardline/core";
import type { SimProcess } from "../fleet/sim-process.ts";
import type { Journal } from "./journal.ts";
import type { WriteOutcome } from "./outcomes.ts";
import { stamped } from "./stamped-moves.ts";

/** The port as a process uses it, with its conditional writes written down, and stamped with their times. */
export function askedLeaseTable(
  table: LeaseTable,
  process: SimProcess,
  journal: Journal,
): LeaseTable {
  const { name } = process;
  const watch = async <Answer>(key: string, sentAtMs: number, answer: Promise<Answer>) => {
    const settle = (outcome: WriteOutcome): void => {
      const localMs = process.nowMs();
      journal.write({ kind: "settled", process: name, key, outcome, localMs, sentAtMs });
    };
    try {
      const answered = await answer;
      settle("answered");
      return answered;
    } catch (error) {
      settle(apiFailureOf(error)?.kind === "throttled" ? "throttled" : "unknown");
      throw error;
    }
  };
  return {
    ensureTable: (signal) => table.ensureTable(signal),
    get: (key, options, signal) => table.get(key, options, signal),
    list: (signal) => table.list(signal),
    create: (lease, signal) => watch(lease.key, process.nowMs(), table.create(lease, signal)),
    update: (key, move, signal) => {
      const localMs = process.nowMs();
      journal.write({ kind: "asked", process: name, key, move, localMs });
      return watch(key, localMs, table.update(key, stamped(move, localMs), signal));
    },
    delete: (key, expect, signal) => watch(key, process.nowMs(), table.delete(key, expect, signal)),
  };
}
