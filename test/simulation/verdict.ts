// What worlds fell short of, although no invariant broke: too few were run, too few count, or a fault never fired.
import type { Flags } from "./flags.ts";
import type { Tally } from "./tally.ts";

type Asked = Pick<Flags, "counting" | "hours" | "least" | "odds">;

/** For people, a line each; none if all is well. */
export function shortcomingsOf(tally: Tally, { counting, hours, least, odds }: Asked): string[] {
  const { counted, neverFired, worlds } = tally;
  // Odds that were not drawn, and short worlds, may leave out what they like.
  const isDrawn = Object.keys(odds).length === 0 && hours === undefined;
  const isMissed = isDrawn && neverFired.length > 0;
  return [
    ...(worlds < least ? [`--least ${least}: only ${worlds} worlds were run`] : []),
    ...(counted < counting ? [`--counting ${counting}: only ${counted} worlds count`] : []),
    ...(isMissed ? [`never fired: ${neverFired.join(", ")}`] : []),
  ];
}
