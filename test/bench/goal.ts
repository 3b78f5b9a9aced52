// Goal and costs -> verdict.
import type { Costs } from "./rounds.ts";
import { median, medianRatio } from "./statistics.ts";
import type { Goal } from "./suite.ts";

/** How a goal was met: one line of the machine-readable output. */
export interface Verdict {
  readonly id: string;
  readonly what: string;
  readonly ratio: number;
  readonly must: number;
  readonly stretch: number;
  readonly direction: Goal["direction"];
  readonly pass: boolean;
}

/** Judges a goal by what was measured. */
export function judge(goal: Goal, costs: Costs): Verdict {
  const { id, what, must, stretch, direction } = goal;
  const ratio = ratioOf(goal, costs);
  const pass = direction === "lower" ? ratio <= must : ratio >= must;
  return { id, what, ratio: Number(ratio.toPrecision(3)), must, stretch, direction, pass };
}

function ratioOf({ of, against, direction }: Goal, costs: Costs): number {
  const own = costsOf(of, costs);
  if (against === undefined) return median(own);
  const other = costsOf(against, costs);
  return direction === "lower" ? medianRatio(own, other) : medianRatio(other, own);
}

function costsOf(variant: string, costs: Costs): readonly number[] {
  const found = costs.get(variant);
  if (found === undefined) throw new Error(`a goal names "${variant}", which is no variant`);
  return found;
}
