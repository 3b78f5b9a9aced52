// Comparison and verdicts -> rows of the summary that tell its goals, the missed ones as well.
import type { Verdict } from "../goal.ts";
import type { Comparison } from "../suite.ts";
import { type Subject, subjectOf } from "./rows.ts";

/** One goal, and what it came to. */
export interface GoalRow extends Subject, Pick<Verdict, "direction" | "must" | "pass" | "what"> {
  /** A cost in the comparison's unit, or a ratio between two of them. */
  readonly measured: number;
}

/** A row for each goal of a comparison. */
export function goalRowsOf(comparison: Comparison, verdicts: readonly Verdict[]): GoalRow[] {
  const subject = subjectOf(comparison);
  return verdicts.map(({ direction, must, pass, ratio, what }) => {
    return { ...subject, direction, must, pass, what, measured: ratio };
  });
}
