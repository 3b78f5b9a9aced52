// Reads a .properties file as java.util.Properties does: comments, three kinds of separator, continued lines, escapes.
// First of what turns a configuration of the KPL or the KCL into ours; knows nothing of either.

/** One key with its value; of a key that comes again the last one counts. */
export interface Property {
  readonly key: string;
  readonly value: string;
  /** Where it begins, from 1. */
  readonly line: number;
}

interface LogicalLine {
  readonly text: string;
  readonly line: number;
}

const BYTE_ORDER_MARK = "\uFEFF";
const LETTERS: Readonly<Record<string, string>> = { t: "\t", n: "\n", r: "\r", f: "\f" };

/** The properties of a file in their order; what cannot be read is told in `problems`. */
export function readProperties(text: string, problems: string[]): Property[] {
  return logicalLinesOf(text).map(({ line, text: logical }) => {
    const read = (escaped: string): string => unescaped(escaped, line, problems);
    const keyEnd = endOfKey(logical);
    return {
      key: read(logical.slice(0, keyEnd)),
      value: read(logical.slice(keyEnd).replace(/^[ \t\f]*[=:]?[ \t\f]*/, "")),
      line,
    };
  });
}

/** Without blank lines and comments, continued lines joined. */
function logicalLinesOf(text: string): LogicalLine[] {
  const content = text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
  const lines = content.split(/\r\n|\r|\n/).map((line) => line.replace(/^[ \t\f]+/, ""));
  const logical: LogicalLine[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const line = at + 1;
    // A backslash with nothing before it continues nothing: what follows may be a comment again.
    if (/^([#!]|\\$)/.test(lines[at] as string)) continue;
    const parts: string[] = [];
    for (; isContinued(lines[at]); at += 1) parts.push((lines[at] as string).slice(0, -1));
    parts.push(lines[at] ?? "");
    const joined = parts.join("");
    if (joined !== "") logical.push({ text: joined, line });
  }
  return logical;
}

/** Whether a line ends in a backslash that is not itself escaped. */
function isContinued(line: string | undefined): boolean {
  let backslashes = 0;
  while (line?.at(-1 - backslashes) === "\\") backslashes += 1;
  return backslashes % 2 === 1;
}

/** The index of the first separator that is not escaped. */
function endOfKey(line: string): number {
  let at = 0;
  while (at < line.length && !"=: \t\f".includes(line[at] as string)) {
    at += line[at] === "\\" ? 2 : 1;
  }
  return at;
}

function unescaped(text: string, line: number, problems: string[]): string {
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/gs, (_, unit?: string, letter = "") => {
    if (unit !== undefined) return String.fromCharCode(Number.parseInt(unit, 16));
    if (letter === "u") problems.push(`line ${line}: \\u must be followed by four hex digits`);
    return LETTERS[letter] ?? letter;
  });
}
