// Odds as text: to be printed, and to be repeated from the command line.
import { SeededRandom } from "@shardline/core/testing";
import { drawOdds, type Odds, type OddsPatch } from "./odds.ts";

const ENDLESS = "Infinity";

/** One line that `oddsFromText` reads again. */
export function oddsText(odds: OddsPatch): string {
  return JSON.stringify(odds, nameEndless);
}

function nameEndless(_: string, value: unknown): unknown {
  return value === Number.POSITIVE_INFINITY ? ENDLESS : value;
}

/** @throws Error saying what is wrong with the text */
export function oddsFromText(text: string): OddsPatch {
  const odds = JSON.parse(text, (_, value: unknown) => {
    return value === ENDLESS ? Number.POSITIVE_INFINITY : value;
  }) as OddsPatch;
  const known = drawOdds(new SeededRandom(0));
  for (const [group, values] of Object.entries(odds)) {
    const names = known[group as keyof Odds] as object | undefined;
    if (names === undefined) throw new Error(`--odds: there are no odds ${group}`);
    const unknown = Object.keys(values).find((name) => !(name in names));
    if (unknown !== undefined) throw new Error(`--odds: there are no odds ${group}.${unknown}`);
  }
  return odds;
}

/** For people: group by group, without what never happens. */
export function oddsLine(odds: Odds): string {
  const groups = Object.entries(odds).map(([group, values]: [string, object]) => {
    const told = Object.entries(values).filter(([, value]) => value !== 0);
    return `${group} ${told.map(([name, value]) => `${name} ${short(value)}`).join(", ")}`;
  });
  return groups.join("; ");
}

function short(value: unknown): string {
  if (typeof value === "number") return String(Number(value.toPrecision(3)));
  if (typeof value === "string") return value;
  return JSON.stringify(value, nameEndless);
}
