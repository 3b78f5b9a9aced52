// The command line: finds the command, runs it, and turns what happened into an exit code. 0: done; 1: it failed; 2: the
// command line was not understood.
import { readFile } from "node:fs/promises";
import { type Command, readGiven, UsageError } from "./command.ts";
import { decode } from "./commands/decode.ts";
import { demo } from "./commands/demo.ts";
import { doctor } from "./commands/doctor.ts";
import { emulator } from "./commands/emulator.ts";
import { leases } from "./commands/leases.ts";
import { put } from "./commands/put.ts";
import { reset } from "./commands/reset.ts";
import { tail } from "./commands/tail.ts";
import { explain } from "./failure.ts";
import { helpOf, overviewOf } from "./help.ts";
import { processTerminal, type Terminal } from "./terminal.ts";

const COMMANDS: readonly Command[] = [decode, demo, doctor, emulator, leases, put, reset, tail];

/** Runs one command line; resolves with the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const terminal = processTerminal();
  const [name, ...rest] = args;
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    terminal.stdout.write(`${overviewOf(COMMANDS)}\n`);
    return name === undefined ? 2 : 0;
  }
  if (name === "--version") {
    terminal.stdout.write(`${await version()}\n`);
    return 0;
  }
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (command === undefined) return refuse(terminal, `no command is called ${name}`, "");
  if (rest.includes("--help") || rest.includes("-h")) {
    terminal.stdout.write(`${helpOf(command)}\n`);
    return 0;
  }
  return runCommand(command, rest, terminal);
}

async function runCommand(
  command: Command,
  args: readonly string[],
  terminal: Terminal,
): Promise<number> {
  try {
    return await command.run(readGiven(command, args), terminal);
  } catch (error) {
    if (error instanceof UsageError) return refuse(terminal, error.message, ` ${command.name}`);
    // Whatever it was that the end interrupted.
    const cause: unknown = terminal.signal.aborted ? terminal.signal.reason : error;
    terminal.stderr.write(`${terminal.style.red("shardline:")} ${explain(cause)}\n`);
    if (process.env["SHARDLINE_DEBUG"] !== undefined && error instanceof Error) {
      terminal.stderr.write(`${terminal.style.dim(error.stack ?? "")}\n`);
    }
    return 1;
  }
}

/** The same file beside the sources and beside what was built of them. */
async function version(): Promise<string> {
  const text = await readFile(new URL("../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}

function refuse({ stderr, style }: Terminal, problem: string, name: string): number {
  stderr.write(`${style.red("shardline:")} ${problem}; say "shardline${name} --help"\n`);
  return 2;
}
