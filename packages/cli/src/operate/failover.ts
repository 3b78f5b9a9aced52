// For how long an owner of leases may be silent before it counts as gone.
import type { Given, OptionSpec } from "../command.ts";
import { readNumber } from "../read-option.ts";

const DEFAULT_SECONDS = 10;
const BOUNDS = { min: 1, max: 600 };

/** The option that says it. */
export const FAILOVER_OPTION: Readonly<Record<string, OptionSpec>> = {
  failover: {
    value: "SECONDS",
    help: `the longest leases.failoverMs of its workers, in seconds (${DEFAULT_SECONDS}): what does not move for so long is dead`,
  },
};

/** What it says. */
export function readFailoverMs(given: Given): number {
  return readNumber(given, "failover", DEFAULT_SECONDS, BOUNDS) * 1000;
}
