// How commands are explained, from the same description by which their words are read.
import type { Command } from "./command.ts";

/** The help of one command. */
export function helpOf(command: Command): string {
  const words = command.words.map((word) => ` ${word}`).join("");
  const rows = Object.entries(command.options).map(([name, { help, value }]) => {
    return [`--${name}${value === undefined ? "" : ` ${value}`}`, help] as const;
  });
  return [
    `${command.summary}.`,
    `usage: shardline ${command.name}${words} [options]`,
    tableOf([...rows, ["--help", "show this"]]),
    ...(command.notes === undefined ? [] : [command.notes]),
  ].join("\n\n");
}

/** The help of the whole. */
export function overviewOf(commands: readonly Command[]): string {
  return [
    "shardline: Kinesis producers and consumers without a JVM, a daemon or an AWS account.",
    "usage: shardline COMMAND [options]",
    tableOf(commands.map(({ name, summary }) => [name, summary] as const)),
    'Say "shardline COMMAND --help" for the options of one, and "shardline --version" for the version.\n' +
      "With SHARDLINE_DEBUG set, an error shows where it came from.",
  ].join("\n\n");
}

function tableOf(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join("\n");
}
