// A step of a reset as it is told: what stood there, and what stands there then.
import type { ResetOutcome, ResetStep } from "@shardline/consumer/operate";
import type { Position } from "@shardline/core";
import { checkpointText } from "./position-text.ts";

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
  return { shardId, old: jsonOf(from), new: jsonOf(to), ...result };
}

/** A checkpoint, and the time that it may stand for. */
interface Place {
  readonly checkpoint: Position;
  readonly initialTimestampMs?: number | null;
}

interface FromTo {
  readonly from: Place | undefined;
  readonly to: Place;
}

function positionsOf(step: ResetStep): FromTo {
  switch (step.kind) {
    case "create":
      return { from: undefined, to: step.lease };
    case "rewrite":
      return { from: step.lease, to: step.to };
    case "keep":
      return { from: step.lease, to: step.lease };
  }
}

function textOf(place: Place | undefined): string {
  return place === undefined ? "-" : checkpointText(place.checkpoint, place.initialTimestampMs);
}

function jsonOf(place: Place | undefined): object | null {
  if (place === undefined) return null;
  const { checkpoint, initialTimestampMs } = place;
  const isTime =
    checkpoint.sequenceNumber === "AT_TIMESTAMP" && typeof initialTimestampMs === "number";
  return { ...checkpoint, ...(isTime ? { timestampMs: initialTimestampMs } : {}) };
}
