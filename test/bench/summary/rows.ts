// Comparison and costs -> rows of the summary: ours beside each peer, how many times as much that costs, and the
// floors.
import type { Costs } from "../rounds.ts";
import { median, medianRatio } from "../statistics.ts";
import type { Comparison } from "../suite.ts";

/** A variant with what it came to. */
export interface Entry {
  readonly name: string;
  readonly value: number;
}

/** One line of the summary. */
export interface Row {
  readonly subject: string;
  readonly unit: string;
  readonly ours: Entry;
  readonly peer: Entry | undefined;
  /** What the peer costs over what ours costs, round by round: below 1 ours is behind. */
  readonly ratio: number | undefined;
  /** Whether either says so, the ratio of the rounds or the medians: where rounds differ much they may disagree. */
  readonly isBehind: boolean;
  readonly floors: readonly Entry[];
}

const US_PER_SECOND = 1_000_000;

/**
 * The first variant of ours beside each peer; each that `comparison.also` names beside the peer that comes closest.
 * Without peers every variant of ours, if there is a goal: what has neither only informs whoever works on it.
 */
export function rowsOf(comparison: Comparison, costs: Costs): readonly Row[] {
  const { also = [], goals } = comparison;
  const ours = named(comparison, "ours");
  const peers = named(comparison, "peer");
  const [first] = ours;
  if (first === undefined) return [];
  if (peers.length === 0) {
    return goals.length === 0 ? [] : ours.map((name) => row(comparison, costs, name, undefined));
  }
  const cheapest = peers.reduce((best, name) =>
    median(of(costs, name)) < median(of(costs, best)) ? name : best,
  );
  return [
    ...peers.map((peer) => row(comparison, costs, first, peer)),
    ...also.map((name) => row(comparison, costs, name, cheapest)),
  ];
}

function row(comparison: Comparison, costs: Costs, ours: string, peer: string | undefined): Row {
  const { perSecond, title, unit } = comparison;
  const entry = (name: string): Entry => {
    const cost = median(of(costs, name));
    return { name, value: perSecond === undefined ? cost : US_PER_SECOND / cost };
  };
  const theirs = peer === undefined ? [] : of(costs, peer);
  const ratio = peer === undefined ? undefined : medianRatio(theirs, of(costs, ours));
  return {
    subject: title,
    unit: perSecond === undefined ? unit : `${perSecond} per second`,
    ours: entry(ours),
    peer: peer === undefined ? undefined : entry(peer),
    ratio,
    isBehind: ratio !== undefined && (ratio < 1 || median(theirs) < median(of(costs, ours))),
    floors: named(comparison, "floor").map(entry),
  };
}

function named({ variants }: Comparison, role: "ours" | "peer" | "floor"): readonly string[] {
  return variants.filter((variant) => variant.role === role).map(({ name }) => name);
}

function of(costs: Costs, name: string): readonly number[] {
  const found = costs.get(name);
  if (found === undefined) throw new Error(`"${name}" is no variant`);
  return found;
}
