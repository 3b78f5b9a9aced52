// Rows of the summary -> text: aligned columns for a terminal, or a table in Markdown.
import { figure } from "../figure.ts";
import type { Entry, Row } from "./rows.ts";

const HEADER = ["what", "ours", "peer", "ratio", "floor"] as const;
const RATIO_COLUMN = 3;

/** For a terminal. What is measured is told in its first row only. */
export function asText(rows: readonly Row[]): string {
  const lines = table([HEADER, ...cellsOf(rows, plain)]).map((cells) => `  ${cells.join("  ")}`);
  return `${lines.map((line) => line.trimEnd()).join("\n")}\n`;
}

/** In Markdown. A ratio is bold where ours is behind. */
export function asMarkdown(rows: readonly Row[]): string {
  const cells = cellsOf(rows, (ratio, { isBehind }) =>
    isBehind ? `**${plain(ratio)}**` : plain(ratio),
  );
  const [header = [], ...lines] = table([HEADER, ...cells.map((row) => row.map(escaped))]);
  const rule = header.map((cell, column) =>
    column === RATIO_COLUMN ? `${"-".repeat(cell.length - 1)}:` : "-".repeat(cell.length),
  );
  return `${[header, rule, ...lines].map((row) => `| ${row.join(" | ")} |`).join("\n")}\n`;
}

function cellsOf(
  rows: readonly Row[],
  ratioText: (ratio: number, row: Row) => string,
): readonly (readonly string[])[] {
  return rows.map((row, i) => {
    const { floors, ours, peer, ratio, subject, unit } = row;
    const [before] = rows.slice(Math.max(i - 1, 0), i);
    const isSame = before?.subject === subject && before.unit === unit;
    return [
      isSame ? "" : `${subject}; ${unit}`,
      entryText(ours),
      peer === undefined ? "" : entryText(peer),
      ratio === undefined ? "" : ratioText(ratio, row),
      isSame ? "" : floors.map(entryText).join(", "),
    ];
  });
}

/** Every cell as wide as the widest of its column; numbers on the right. */
function table(rows: readonly (readonly string[])[]): readonly (readonly string[])[] {
  const widths = HEADER.map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length)),
  );
  return rows.map((row) =>
    row.map((cell, column) => {
      const width = widths[column] ?? 0;
      return column === RATIO_COLUMN ? cell.padStart(width) : cell.padEnd(width);
    }),
  );
}

function entryText({ name, value }: Entry): string {
  return `${name}: ${figure(value)}`;
}

function plain(ratio: number): string {
  return figure(ratio);
}

function escaped(cell: string): string {
  return cell.replaceAll("|", "\\|");
}
