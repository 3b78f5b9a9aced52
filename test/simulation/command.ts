// The command that runs one world again.
import { oddsText } from "./odds-text.ts";
import type { OddsPatch } from "./odds.ts";

interface OneWorld {
  readonly seed: number;
  readonly hours: number | undefined;
  readonly odds: OddsPatch;
}

/** To be pasted into a shell. */
export function commandOf({ hours, odds, seed }: OneWorld): string {
  const forHours = hours === undefined ? "" : ` --hours ${hours}`;
  const withOdds = Object.keys(odds).length === 0 ? "" : ` --odds '${oddsText(odds)}'`;
  return `npm run simulate -- --seed ${seed}${forHours}${withOdds}`;
}
