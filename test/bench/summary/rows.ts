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

/** What a line of the summary is about. */
export interface Subject {
  readonly title: string;
  readonly unit: string;
}

/** One line of the summary. */
export interface Row extends Subject {
  readonly ours: Entry;
  readonly peer: Entry | undefined;
  /** What the peer costs over what ours costs, round by round: below 1 ours is behind. */
  readonly ratio: number | undefined;
  /** Whether either says so, the ratio of the rounds or the medians: where rounds differ much they may disagree. */
  readonly isBehind: boolean;
  readonly floors: readonly Entry[];
}

const US_PER_SECOND = 1_000_000;

/** What a comparison is about, in the unit that the summary tells. */
export function subjectOf({ perSecond, title, unit }: Comparison): Subject {
  return { title, unit: perSecond === undefined ? unit : `${perSecond} per second` };
}

/**
 * The first variant of ours beside each peer; each that `comparison.also` names beside the peer that comes closest.
 * Without peers every variant of ours. But several of ours without a goal are none: how they compare with each other only
 * informs whoever works on them.
 */
export function rowsOf(comparison: Comparison, costs: Costs): readonly Row[] {
  const { also = [], goals } = comparison;
  const ours = named(comparison, "ours");
  const peers = named(comparison, "peer");
  const [first] = ours;
  if (first === undefined) return [];
  if (peers.length === 0) {
    if (ours.length > 1 && goals.length === 0) return [];
    return ours.map((name) => row(comparison, costs, name, undefined));
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
  const { perSecond } = comparison;
  const entry = (name: string): Entry => {
    const cost = median(of(costs, name));
    return { name, value: perSecond === undefined ? cost : US_PER_SECOND / cost };
  };
  const theirs = peer === undefined ? [] : of(costs, peer);
  const ratio = peer === undefined ? undefined : medianRatio(theirs, of(costs, ours));
  return {
    ...subjectOf(comparison),
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
