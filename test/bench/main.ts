// `npm run bench -- [suite...] [--json] [--peers] [--rounds N]`: runs the named suites, or all. Tables go to the standard
// output; with --json each goal does, a line for each, and the tables go to the standard error. A missed goal is told and
// has no other consequence: timing decides no test.
import { parseArgs } from "node:util";
import { judge } from "./goal.ts";
import { buildJavaPeers } from "./java-peers.ts";
import { installPeers } from "./peers-folder.ts";
import { measure } from "./rounds.ts";
import type { Suite } from "./suite.ts";
import { suites } from "./suites.ts";
import { table } from "./table.ts";

interface Command {
  readonly chosen: readonly (() => Promise<Suite>)[];
  readonly isJson: boolean;
  readonly withPeers: boolean;
  readonly rounds: number;
}

const ROUNDS = 7;

const command = readCommand(process.argv.slice(2));
if (typeof command === "string") {
  process.stderr.write(`${command}\n`);
  process.exitCode = 1;
} else {
  if (command.withPeers) preparePeers();
  for (const load of command.chosen) await run(await load(), command);
}

/** What to do, or what is wrong with what was asked. */
function readCommand(args: string[]): Command | string {
  try {
    const options = {
      json: { type: "boolean", default: false },
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
    const isChosen = (name: string): boolean =>
      positionals.length === 0 || positionals.includes(name);
    const chosen = [...suites].flatMap(([name, load]) => (isChosen(name) ? [load] : []));
    return { chosen, isJson: values.json, withPeers: values.peers, rounds };
  } catch (error) {
    return (error as Error).message;
  }
}

/** Those of npm must come; those in Java need a JDK and Maven, and are left out where these are not. */
function preparePeers(): void {
  installPeers();
  const failure = buildJavaPeers();
  if (failure !== undefined) {
    process.stderr.write(
      `without the KPL and the KCL, which need a JDK of 17 and Maven: ${failure}\n`,
    );
  }
}

async function run(suite: Suite, { isJson, rounds }: Command): Promise<void> {
  for await (const comparison of suite()) {
    const costs = await measure(comparison, rounds);
    const verdicts = comparison.goals.map((goal) => judge(goal, costs));
    (isJson ? process.stderr : process.stdout).write(`${table(comparison, costs, verdicts)}\n`);
    if (!isJson) continue;
    for (const verdict of verdicts) process.stdout.write(`${JSON.stringify(verdict)}\n`);
  }
}
