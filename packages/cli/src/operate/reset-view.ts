// A step of a reset as it is told: what stood there, and what stands there then.
import type { ResetOutcome, ResetStep } from "@shardline/consumer/operate";
import type { Position } from "@shardline/core";
import { positionText } from "./lease-view.ts";

/** What stands above the rows. */
export const RESET_COLUMNS: readonly string[] = ["SHARD", "OLD", "NEW", "OUTCOME"];

/** `planned`: it was not to be written; `not written`: the table failed before. */
export type ToldOutcome = ResetOutcome | "planned" | "not written";

/** The cells of a step. */
export function resetCells(step: ResetStep, outcome: ToldOutcome): readonly string[] {
  const { from, to } = positionsOf(step);
  const result = step.kind === "keep" ? `kept: ${step.reason}` : outcome;
  return [step.shardId, textOf(from), textOf(to), result];
}

/** The same for a machine. */
export function resetJson(step: ResetStep, outcome: ToldOutcome): object {
  const { from, to } = positionsOf(step);
  const { shardId } = step;
  const result = step.kind === "keep" ? { outcome: "kept", reason: step.reason } : { outcome };
  return { shardId, old: from ?? null, new: to ?? null, ...result };
}

interface FromTo {
  readonly from: Position | undefined;
  readonly to: Position | undefined;
}

function positionsOf(step: ResetStep): FromTo {
  switch (step.kind) {
    case "create":
      return { from: undefined, to: step.lease.checkpoint };
    case "rewrite":
      return { from: step.lease.checkpoint, to: step.to.checkpoint };
    case "keep":
      return { from: step.lease.checkpoint, to: step.lease.checkpoint };
  }
}

function textOf(position: Position | undefined): string {
  return position === undefined ? "-" : positionText(position);
}
