// `npm run bench -- [suite...] [--json] [--peers] [--rounds N] [--markdown PAGE]`: runs the named suites, or all.
// Tables go to the standard output, in the end one of all; with --json each goal does, a line for each, and the tables
// go to the standard error. With --markdown the page keeps what came out. A missed goal is told and has no other
// consequence: timing decides no test.
import { readFileSync, writeFileSync } from "node:fs";
import { type Command, readCommand, USAGE } from "./command.ts";
import { judge } from "./goal.ts";
import { buildJavaPeers } from "./java-peers.ts";
import { havePeers, installPeers } from "./peers-folder.ts";
import { measure } from "./rounds.ts";
import { load, machine, peers } from "./summary/circumstances.ts";
import { type GoalRow, goalRowsOf } from "./summary/goal-rows.ts";
import { asMarkdown, asText, type Summary } from "./summary/layout.ts";
import { keptOn } from "./summary/page.ts";
import { type Row, rowsOf } from "./summary/rows.ts";
import { stampOf } from "./summary/stamp.ts";
import type { Suite } from "./suite.ts";
import { table } from "./table.ts";

// The AWS SDK's word on versions of Node.js to come, of this process and of those it starts, would stand among the tables.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] = "true";
const args = process.argv.slice(2);
const command = readCommand(args);
if (args.includes("--help")) process.stdout.write(`${USAGE}\n`);
else if (typeof command === "string") {
  process.stderr.write(`${command}\n\n${USAGE}\n`);
  process.exitCode = 1;
} else {
  if (command.withPeers) preparePeers();
  const all: Summary[] = [];
  for (const [name, open] of command.chosen) all.push(await tried(name, open, command));
  const summary = {
    rows: all.flatMap(({ rows }) => rows),
    goals: all.flatMap(({ goals }) => goals),
  };
  (command.isJson ? process.stderr : process.stdout).write(`ours beside peers\n${asText(summary)}`);
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

/** A suite that breaks is told, and those after it are run all the same. */
async function tried(name: string, open: () => Promise<Suite>, asked: Command): Promise<Summary> {
  const { page, rounds } = asked;
  const loadBefore = load();
  try {
    const summary = await run(await open(), asked);
    if (page !== undefined && summary.rows.length > 0) {
      const stamp = stampOf({
        // Where peers are there already they take part unasked.
        command: `npm run bench -- ${name}${havePeers() ? " --peers" : ""}`,
        at: new Date(),
        rounds,
        machine: machine(),
        load: [loadBefore, load()],
        peers: peers(),
      });
      const measured = `${stamp}\n\n${asMarkdown(summary)}`;
      writeFileSync(page, keptOn(readFileSync(page, "utf8"), name, measured));
    }
    return summary;
  } catch (error) {
    process.stderr.write(`the suite "${name}" broke: ${(error as Error).stack}\n`);
    process.exitCode = 1;
    return { rows: [], goals: [] };
  }
}

/** On a terminal: some comparisons take minutes. */
function tellProgress(what: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${what}`);
}

function clearProgress(): void {
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
}

async function run(suite: Suite, { isJson, rounds }: Command): Promise<Summary> {
  const rows: Row[] = [];
  const goals: GoalRow[] = [];
  for await (const comparison of suite()) {
    const costs = await measure(comparison, rounds, tellProgress).finally(clearProgress);
    const verdicts = comparison.goals.map((goal) => judge(goal, costs));
    (isJson ? process.stderr : process.stdout).write(`${table(comparison, costs, verdicts)}\n`);
    rows.push(...rowsOf(comparison, costs));
    goals.push(...goalRowsOf(comparison, verdicts));
    if (!isJson) continue;
    for (const verdict of verdicts) process.stdout.write(`${JSON.stringify(verdict)}\n`);
  }
  return { rows, goals };
}
