// The command line of the simulation.
import { parseArgs } from "node:util";
import { oddsFromText } from "./odds-text.ts";
import type { OddsPatch } from "./odds.ts";

/** Which worlds are run, and what is done when one breaks. */
export interface Flags {
  readonly seed: number;
  readonly seeds: number;
  readonly hours: number | undefined;
  readonly odds: OddsPatch;
  readonly shrink: boolean;
  readonly large: boolean;
}

export const USAGE = `usage: npm run simulate -- [--seed N] [--seeds COUNT] [--hours H] [--odds JSON] [--shrink]
       npm run simulate -- --large [--seed N]

  --seed N       the first seed, 1 unless given
  --seeds COUNT  how many worlds, from that seed on; 1 unless given
  --hours H      simulated hours of faults in each world, 1/6 unless given
  --odds JSON    odds that hold in place of those that the seed draws, as in {"fleet":{"workers":2}}
  --shrink       when a world breaks, looks for one with fewer processes and fewer faults that breaks alike
  --large        instead, one world of 200 workers and 5,000 shards, which has to share them evenly within a bound`;

const OPTIONS = {
  seed: { type: "string", default: "1" },
  seeds: { type: "string", default: "1" },
  hours: { type: "string" },
  odds: { type: "string", default: "{}" },
  shrink: { type: "boolean", default: false },
  large: { type: "boolean", default: false },
} as const;

/** Reads the command line; answers what is wrong with it otherwise. */
export function readFlags(args: readonly string[]): Flags | string {
  try {
    const { values } = parseArgs({ args: [...args], options: OPTIONS });
    const seed = Number(values.seed);
    const seeds = Number(values.seeds);
    const hours = values.hours === undefined ? undefined : Number(values.hours);
    if (!Number.isSafeInteger(seed) || seed < 0) return "--seed takes a whole number from 0";
    if (!Number.isSafeInteger(seeds) || seeds < 1) return "--seeds takes a whole number from 1";
    if (hours !== undefined && !(hours > 0 && hours <= 1000)) {
      return "--hours takes a number above 0, to 1000";
    }
    const { large, shrink } = values;
    return { seed, seeds, hours, odds: oddsFromText(values.odds), shrink, large };
  } catch (error) {
    return (error as Error).message;
  }
}
