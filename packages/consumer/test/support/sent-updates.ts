// Records the writes that a table is sent.
import { type Interceptors, intercept } from "../../../../test/support/intercept.ts";
import type { LeaseMove } from "../../src/lease/lease-move.ts";
import type { LeaseTable } from "../../src/lease/lease-table.ts";

export interface SentUpdate {
  readonly atMs: number;
  readonly key: string;
  readonly move: LeaseMove;
}

/** The same table, and every update that it was sent from now on. */
export function recordUpdates(
  table: LeaseTable,
  nowMs: () => number,
  interceptors: Interceptors<LeaseTable> = {},
): { readonly table: LeaseTable; readonly sent: SentUpdate[] } {
  const sent: SentUpdate[] = [];
  const faulty = intercept(table, interceptors);
  const recording = intercept<LeaseTable>(faulty, {
    update: (next, key, move, signal) => {
      sent.push({ atMs: nowMs(), key, move });
      return next(key, move, signal);
    },
  });
  return { table: recording, sent };
}
