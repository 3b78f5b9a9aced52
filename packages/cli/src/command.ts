// What a command is, and how its words are read.
import { parseArgs } from "node:util";
import type { Terminal } from "./terminal.ts";

/** One option of a command. */
export interface OptionSpec {
  /** What stands for its value in the help; left out for a switch. */
  readonly value?: string;
  readonly help: string;
}

export interface Command {
  readonly name: string;
  readonly summary: string;
  /** Names of the words that must follow, in order. */
  readonly words: readonly string[];
  readonly options: Readonly<Record<string, OptionSpec>>;
  /** What the help adds below the options. */
  readonly notes?: string;
  /** Resolves with the exit code: 0 if all went well, 1 if not. */
  run(given: Given, terminal: Terminal): Promise<number>;
}

/** What was given on the command line. */
export interface Given {
  readonly words: readonly string[];
  readonly texts: Readonly<Record<string, string>>;
  readonly switches: ReadonlySet<string>;
}

/** The command line cannot be understood: exit code 2. */
export class UsageError extends Error {}

/**
 * Reads the words behind a command's name.
 * @throws UsageError
 */
export function readGiven(command: Command, args: readonly string[]): Given {
  const options = Object.fromEntries(
    Object.entries(command.options).map(([name, { value }]) => {
      return [name, { type: value === undefined ? "boolean" : "string" } as const];
    }),
  );
  const { positionals, tokens, values } = parse([...args], options);
  const names = tokens.flatMap((token) => token.name ?? []);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw new UsageError(`--${twice} is given twice`);
  const missing = command.words[positionals.length];
  if (missing !== undefined) throw new UsageError(`${missing} is missing`);
  if (positionals.length > command.words.length) {
    throw new UsageError(`unexpected word: ${positionals[command.words.length]}`);
  }
  const entries = Object.entries(values);
  const texts = entries.filter((entry): entry is [string, string] => typeof entry[1] === "string");
  return {
    words: positionals,
    texts: Object.fromEntries(texts),
    switches: new Set(entries.filter(([, value]) => value === true).map(([name]) => name)),
  };
}

interface ParsedArgs {
  readonly positionals: readonly string[];
  readonly values: Readonly<Record<string, unknown>>;
  /** Every word, as what it was read. */
  readonly tokens: readonly { readonly kind: string; readonly name?: string }[];
}

function parse(
  args: string[],
  options: Record<string, { type: "boolean" | "string" }>,
): ParsedArgs {
  try {
    return parseArgs({ args, options, allowPositionals: true, strict: true, tokens: true });
  } catch (error) {
    // Node's own sentence, without its advice on how to pass odd words.
    const [sentence] = (error as Error).message.split(/\.\s/);
    throw new UsageError(sentence);
  }
}
