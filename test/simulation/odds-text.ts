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
  const odds = jsonOf(text);
  if (!isGroup(odds)) throw new Error('--odds takes groups, as in {"fleet":{"workers":2}}');
  const known = new Map(Object.entries<object>({ ...drawOdds(new SeededRandom(0)) }));
  for (const [group, values] of Object.entries(odds)) {
    const drawn = known.get(group);
    if (drawn === undefined) throw new Error(`--odds: there are no odds ${group}`);
    if (!isGroup(values)) throw new Error(`--odds: ${group} takes odds by their names`);
    checkValues(group, values, new Map(Object.entries(drawn)));
  }
  return odds;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text, (_, value: unknown) => {
      return value === ENDLESS ? Number.POSITIVE_INFINITY : value;
    });
  } catch (error) {
    throw new Error(`--odds takes JSON: ${(error as Error).message}`, { cause: error });
  }
}

/** What is drawn for any world shows of which kind each value is. */
function checkValues(group: string, values: object, drawn: ReadonlyMap<string, unknown>): void {
  for (const [name, value] of Object.entries(values)) {
    const known = drawn.get(name);
    if (known === undefined) throw new Error(`--odds: there are no odds ${group}.${name}`);
    const kind = kindOf(known);
    const isBelow = typeof value === "number" && value < 0;
    if (kindOf(value) !== kind || isBelow) {
      throw new Error(`--odds: ${group}.${name} takes ${KINDS[kind] ?? kind}, not ${short(value)}`);
    }
  }
}

const KINDS: Readonly<Record<string, string>> = {
  number: "a number from 0",
  boolean: "true or false",
  string: "a word",
  group: "an object",
};

function kindOf(value: unknown): string {
  return isGroup(value) ? "group" : value === null ? "null" : typeof value;
}

function isGroup(value: unknown): value is OddsPatch {
  return typeof value === "object" && value !== null && !Array.isArray(value);
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
