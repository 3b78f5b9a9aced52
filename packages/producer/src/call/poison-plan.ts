// Pure: a call of several carriers was refused because of what one of them holds -> who is suspected, and who of
// them is tried together next. By the name that the service gives, or else by halves: each round halves the
// suspects, so that one bad carrier among 500 is found with 18 calls.

/** For each carrier of the call, by its place: the trial it goes on, or `undefined` for one that is cleared. */
export type TrialPlan = readonly (number | undefined)[];

/** How the service names an entry of the call; it counts from one. */
const NAMED_ENTRY = /\brecords\.(\d+)\.member\b/g;

/** Plans what is sent after a call of `carriers` carriers was refused for that reason. */
export function planTrials(carriers: number, reason: string): TrialPlan {
  const places = Array.from({ length: carriers }, (_, i) => i);
  const named = namedIn(reason).filter((place) => place < carriers);
  if (named.length > 0) {
    const suspects = new Set(named);
    return places.map((place) => (suspects.has(place) ? place : undefined));
  }
  const middle = Math.ceil(carriers / 2);
  return places.map((place) => (place < middle ? 0 : 1));
}

function namedIn(reason: string): number[] {
  return [...reason.matchAll(NAMED_ENTRY)]
    .map(([, number]) => Number(number) - 1)
    .filter((place) => place >= 0);
}
