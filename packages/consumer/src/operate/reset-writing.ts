// Writes the steps of a reset, one after the other: their order matters.
import type { Clock, Random } from "@shardline/core";
import type { Lease } from "../lease/lease.ts";
import { type LeaseMove, tookEffect } from "../lease/lease-move.ts";
import type { LeaseTable } from "../lease/lease-table.ts";
import { askPatiently } from "./patient-listing.ts";
import type { ResetCheckpoint, ResetStep } from "./reset-plan.ts";

export interface ResetWritingOptions {
  readonly table: Pick<LeaseTable, "create" | "update">;
  readonly clock: Clock;
  readonly random: Random;
  /** Whether leases are also taken from workers that write to them meanwhile. */
  readonly isForced: boolean;
}

/** What became of a step; `conflict`: somebody has written to the lease since it was seen, and it is left as it is. */
export type ResetOutcome = "written" | "kept" | "conflict";

const MAX_FORCED_TRIES = 5;

/** Writes one step. Rejects when the table fails. */
export async function writeResetStep(
  step: ResetStep,
  options: ResetWritingOptions,
  signal: AbortSignal,
): Promise<ResetOutcome> {
  switch (step.kind) {
    case "keep":
      return "kept";
    case "create":
      return create(step.lease, options, signal);
    case "rewrite":
      return rewrite(step.lease, step.to, options, signal);
  }
}

/** Begins anew, and belongs to nobody: whoever had it learns so from the counter. */
function resetMove(lease: Lease, to: ResetCheckpoint): LeaseMove {
  return {
    expect: {
      counter: lease.counter,
      owner: lease.owner ?? null,
      checkpointOwner: lease.checkpointOwner ?? null,
      checkpoint: lease.checkpoint,
    },
    patch: {
      ...to,
      counter: lease.counter + 1,
      owner: null,
      nativeOwner: null,
      checkpointOwner: null,
      ownerSwitches: 0,
      wantedBy: null,
      wantedAtMs: null,
      haltedAt: null,
    },
  };
}

async function create(
  lease: Lease,
  options: ResetWritingOptions,
  signal: AbortSignal,
): Promise<ResetOutcome> {
  const { table } = options;
  const { answer } = await askPatiently(() => table.create(lease, signal), options, signal);
  return answer ? "written" : "conflict";
}

async function rewrite(
  seen: Lease,
  to: ResetCheckpoint,
  options: ResetWritingOptions,
  signal: AbortSignal,
): Promise<ResetOutcome> {
  const { isForced, table } = options;
  let lease = seen;
  for (let tries = 1; ; tries += 1) {
    const move = resetMove(lease, to);
    const ask = () => table.update(lease.key, move, signal);
    const { answer: update } = await askPatiently(ask, options, signal);
    if (update.kind === "updated") return "written";
    const { current } = update;
    // Of a write whose answer was lost only the repetition is refused.
    if (current !== undefined && tookEffect(move, lease, current)) return "written";
    if (current === undefined || !isForced || tries === MAX_FORCED_TRIES) return "conflict";
    lease = current;
  }
}
