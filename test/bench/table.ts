// A comparison as text: its variants with their costs, and its goals below.
import { figure } from "./figure.ts";
import type { Verdict } from "./goal.ts";
import type { Costs } from "./rounds.ts";
import { median, medianRatio } from "./statistics.ts";
import type { Comparison } from "./suite.ts";

/** Lays a measured comparison out in aligned columns. */
export function table(comparison: Comparison, costs: Costs, verdicts: readonly Verdict[]): string {
  const ours = comparison.variants.find(({ role }) => role === "ours")?.name ?? "";
  const own = costs.get(ours) ?? [];
  const rows = comparison.variants.map(({ name, role }) => {
    const cost = costs.get(name) ?? [];
    const times = `${figure(medianRatio(cost, own))}x`;
    return [
      role,
      name,
      figure(median(cost)),
      figure(Math.min(...cost)),
      figure(Math.max(...cost)),
      times,
    ];
  });
  const header = ["", comparison.unit, "median", "least", "most", "to ours"];
  const lines = align([header, ...rows]);
  return [comparison.title, ...lines, ...verdicts.map(goalLine), ""].join("\n");
}

function goalLine({ id, ratio, must, stretch, direction, pass }: Verdict): string {
  const sign = direction === "lower" ? "<=" : ">=";
  return `  ${pass ? "met   " : "MISSED"}  ${id} = ${figure(ratio)}, must be ${sign} ${must}, stretch ${stretch}`;
}

function align(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length)),
  );
  return rows.map((row) => {
    const cells = row.map((cell, column) => {
      const width = widths[column] ?? 0;
      return column < 2 ? cell.padEnd(width) : cell.padStart(width);
    });
    return `  ${cells.join("  ")}`;
  });
}
