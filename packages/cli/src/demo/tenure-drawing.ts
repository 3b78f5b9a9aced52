// Draws who held which shard when: a row for each shard, a letter for each worker.
import type { Style } from "../terminal.ts";
import type { Tenure } from "./lease-log.ts";

const COLUMNS = 60;
const TICKS = 6;

/** Rows of text, the time scale first. */
export function drawTenures(tenures: readonly Tenure[], totalMs: number, style: Style): string {
  const shardIds = [...new Set(tenures.map(({ shardId }) => shardId))].sort();
  const workers = [...new Set(tenures.map(({ worker }) => worker))].sort();
  const letters = new Map(workers.map((worker, i) => [worker, letterOf(i)]));
  const rows = shardIds.map((shardId) => {
    const own = tenures.filter((tenure) => tenure.shardId === shardId);
    return `  ${style.dim(shortOf(shardId))} ${drawRow(own, totalMs, letters)}`;
  });
  const legend = workers.map((worker) => `${letters.get(worker)} ${worker}`).join("   ");
  return [`  ${style.dim(scaleOf(totalMs))}`, ...rows, `  ${style.dim(`      ${legend}`)}`].join(
    "\n",
  );
}

function drawRow(
  tenures: readonly Tenure[],
  totalMs: number,
  letters: ReadonlyMap<string, string>,
): string {
  const cells = Array.from({ length: COLUMNS }, () => "·");
  for (const { fromMs, untilMs, worker } of tenures) {
    const from = Math.floor((fromMs / totalMs) * COLUMNS);
    const until = Math.ceil(((untilMs ?? totalMs) / totalMs) * COLUMNS);
    cells.fill(letters.get(worker) ?? "?", from, Math.max(until, from + 1));
  }
  return cells.slice(0, COLUMNS).join("");
}

function scaleOf(totalMs: number): string {
  const width = COLUMNS / TICKS;
  const marks = Array.from({ length: TICKS }, (_, i) => {
    return `${Math.round((totalMs / 1000 / TICKS) * i)} s`.padEnd(width);
  });
  return `shard ${marks.join("")}`;
}

function letterOf(index: number): string {
  return String.fromCharCode("a".charCodeAt(0) + (index % 26));
}

/** The last digits tell shards apart. */
function shortOf(shardId: string): string {
  return `…${shardId.slice(-4)}`;
}
