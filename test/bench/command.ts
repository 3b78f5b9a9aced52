// The command line -> what to do.
import { parseArgs } from "node:util";
import type { Suite } from "./suite.ts";
import { suites } from "./suites.ts";

/** What is asked for. */
export interface Command {
  readonly chosen: ReadonlyMap<string, () => Promise<Suite>>;
  readonly isJson: boolean;
  readonly withPeers: boolean;
  readonly rounds: number;
  /** A page that keeps what is measured. */
  readonly page: string | undefined;
}

const ROUNDS = 7;

/** How it is called. */
export const USAGE: string = `usage: npm run bench -- [SUITE...] [--peers] [--rounds N] [--markdown PAGE] [--json]

  SUITE            which to run, all of them unless given: ${[...suites.keys()].join(", ")}
  --peers          installs and builds what others have made, and measures it as well; in Java it needs a JDK of 17 and Maven
  --rounds N       samples of each variant, ${ROUNDS} unless given, or fewer where one takes long
  --markdown PAGE  keeps the tables on a page, between the marks "measured: SUITE"
  --json           a line of JSON for each goal on the standard output; the tables go to the standard error`;

/** What to do, or what is wrong with what was asked. */
export function readCommand(args: string[]): Command | string {
  try {
    const options = {
      json: { type: "boolean", default: false },
      markdown: { type: "string" },
      peers: { type: "boolean", default: false },
      rounds: { type: "string", default: String(ROUNDS) },
    } as const;
    const { positionals, values } = parseArgs({ args, allowPositionals: true, options });
    const unknown = positionals.find((name) => !suites.has(name));
    if (unknown !== undefined) {
      return `there is no suite "${unknown}"; there is: ${[...suites.keys()].join(", ")}`;
    }
    const rounds = Number(values.rounds);
    if (!Number.isInteger(rounds) || rounds < 1) {
      return `--rounds must be a whole number of at least 1, got "${values.rounds}"`;
    }
    const chosen = new Map(
      [...suites].filter(([name]) => positionals.length === 0 || positionals.includes(name)),
    );
    const { json: isJson, markdown: page, peers: withPeers } = values;
    return { chosen, isJson, withPeers, rounds, page };
  } catch (error) {
    return (error as Error).message;
  }
}
