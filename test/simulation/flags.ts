// The command line of the simulation.
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { oddsFromText } from "./odds-text.ts";
import type { OddsPatch } from "./odds.ts";

/** Which worlds are run, and what is done when one breaks. */
export interface Flags {
  readonly seed: number;
  /** Without end if only the time is given, or how many have to count. */
  readonly seeds: number;
  /** So many have to count, and no more are run than that takes; zero: all the same. */
  readonly counting: number;
  readonly minutes: number;
  /** So many have to be run. */
  readonly least: number;
  readonly jobs: number;
  readonly hours: number | undefined;
  readonly odds: OddsPatch;
  readonly shrink: boolean;
  readonly large: boolean;
}

export const USAGE = `usage: npm run simulate -- [--seed N] [--seeds COUNT] [--counting COUNT] [--minutes M] [--least COUNT] [--jobs J]
                          [--hours H] [--odds JSON] [--shrink]
       npm run simulate -- --large [--seed N]

  --seed N         the first seed, 1 unless given
  --seeds COUNT    how many worlds, from that seed on; 1 unless given, or as many as the other flags allow
  --counting COUNT goes on until so many worlds count, with a reshard and three other kinds of fault; fails if fewer do
  --minutes M      begins no world later than this
  --least COUNT    fails if fewer worlds were run, as when the minutes were too few
  --jobs J         how many worlds run at once, each in a process of its own; as many as this machine runs well unless given
  --hours H        simulated hours of faults in each world, 1/6 unless given
  --odds JSON      odds that hold in place of those that the seed draws, as in {"fleet":{"workers":2}}
  --shrink         when a world breaks, looks for one with fewer processes and fewer faults that breaks alike
  --large          instead, one world of 200 workers and 5,000 shards, which has to share them evenly within a bound`;

const FOREVER = Number.POSITIVE_INFINITY;

const OPTIONS = {
  seed: { type: "string", default: "1" },
  seeds: { type: "string" },
  counting: { type: "string" },
  minutes: { type: "string" },
  least: { type: "string" },
  jobs: { type: "string" },
  hours: { type: "string" },
  odds: { type: "string", default: "{}" },
  shrink: { type: "boolean", default: false },
  large: { type: "boolean", default: false },
} as const;

type Values = ReturnType<typeof valuesOf>;

/** Reads the command line; answers what is wrong with it otherwise. */
export function readFlags(args: readonly string[]): Flags | string {
  try {
    const values = valuesOf(args);
    const seed = wholeNumber("seed", 0, values.seed);
    if (values.large) refuseBesideLarge(args);
    const minutes = numberAbove0("minutes", values.minutes, FOREVER) ?? FOREVER;
    const counting = values.counting === undefined ? 0 : countOf("counting", values.counting);
    const seeds = seedsOf(values, minutes < FOREVER || counting > 0);
    const { jobs, large, least, shrink } = values;
    return {
      seed,
      seeds,
      counting,
      minutes,
      least: least === undefined ? 0 : countOf("least", least),
      jobs: jobs === undefined ? Math.min(seeds, availableParallelism()) : countOf("jobs", jobs),
      hours: numberAbove0("hours", values.hours, 1000),
      odds: oddsFromText(values.odds),
      shrink,
      large,
    };
  } catch (error) {
    return (error as Error).message;
  }
}

function valuesOf(args: readonly string[]) {
  return parseArgs({ args: [...args], options: OPTIONS }).values;
}

function seedsOf({ seeds }: Values, hasOtherEnd: boolean): number {
  if (seeds !== undefined) return countOf("seeds", seeds);
  return hasOtherEnd ? Number.MAX_SAFE_INTEGER : 1;
}

/** They would mean nothing there. */
function refuseBesideLarge(args: readonly string[]): void {
  const { tokens } = parseArgs({ args: [...args], options: OPTIONS, tokens: true });
  const names = tokens.flatMap((token) => (token.kind === "option" ? token.name : []));
  const others = names.filter((name) => name !== "large" && name !== "seed");
  if (others.length > 0) throw new Error(`--large goes with --seed alone, not with --${others[0]}`);
}

function countOf(flag: string, text: string): number {
  return wholeNumber(flag, 1, text);
}

function wholeNumber(flag: string, least: number, text: string): number {
  const number = numberOf(text);
  if (Number.isSafeInteger(number) && number >= least) return number;
  throw new Error(`--${flag} takes a whole number from ${least}`);
}

function numberAbove0(flag: string, text: string | undefined, most: number): number | undefined {
  if (text === undefined) return undefined;
  const number = numberOf(text);
  if (number > 0 && number <= most) return number;
  const bound = most === FOREVER ? "" : `, to ${most}`;
  throw new Error(`--${flag} takes a number above 0${bound}`);
}

/** Nothing at all is no number. */
function numberOf(text: string): number {
  return text.trim() === "" ? Number.NaN : Number(text);
}
