// Cells -> lines of text whose columns stand below each other.

/** A column: its header, and whether it holds numbers, which stand on its right. */
export interface Column {
  readonly header: string;
  readonly holds: "text" | "numbers";
}

/** A line of the header and one of each row, every cell as wide as the widest of its column. */
function aligned(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): readonly (readonly string[])[] {
  const all = [columns.map(({ header }) => header), ...rows];
  const widths = columns.map((_, i) => Math.max(...all.map((row) => (row[i] ?? "").length)));
  return all.map((row) =>
    columns.map(({ holds }, i) => {
      const [cell = "", width = 0] = [row[i], widths[i]];
      return holds === "numbers" ? cell.padStart(width) : cell.padEnd(width);
    }),
  );
}

/** A table in Markdown. */
export function markdownTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string {
  const [header = [], ...lines] = aligned(
    columns,
    rows.map((row) => row.map((cell) => cell.replaceAll("|", "\\|"))),
  );
  const rule = header.map((cell, i) =>
    columns[i]?.holds === "numbers" ? `${"-".repeat(cell.length - 1)}:` : "-".repeat(cell.length),
  );
  return `${[header, rule, ...lines].map((row) => `| ${row.join(" | ")} |`).join("\n")}\n`;
}

/** A table for a terminal. */
export function textTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string {
  const lines = aligned(columns, rows).map((cells) => `  ${cells.join("  ")}`);
  return `${lines.map((line) => line.trimEnd()).join("\n")}\n`;
}
