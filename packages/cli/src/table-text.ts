// Rows of cells as lines, each column as wide as its longest cell.

/** One line a row; the last cell is not padded. */
export function linesOfTable(rows: readonly (readonly string[])[]): readonly string[] {
  const columns = Math.max(0, ...rows.map((cells) => cells.length));
  const widths = Array.from({ length: columns }, (_, i) =>
    Math.max(...rows.map((cells) => cells[i]?.length ?? 0)),
  );
  return rows.map((cells) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] as number))
      .join("  ")
      .trimEnd(),
  );
}
