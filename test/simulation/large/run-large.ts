// npm run simulate -- --large: runs the large world and prints what it takes to converge. Answers the exit code: 1 when a
// phase does not come to rest within its bound, or anything happens that should not.
import { LargeWorld, type LargeWorldSize, type PhaseReport, type Stretch } from "./large-world.ts";

const SIZE = { workers: 200, shards: 5000 };

export async function runLarge(seed: number): Promise<number> {
  const size: LargeWorldSize = { ...SIZE, seed };
  console.log(`large world: ${size.workers} workers, ${size.shards} shards, seed ${seed}`);
  for await (const report of new LargeWorld(size).run()) {
    for (const line of linesOf(report)) console.log(line);
    if (report.problems.length > 0) return 1;
  }
  return 0;
}

/** So many problems are told; the others are like them. */
const MOST_TOLD = 10;

function linesOf(report: PhaseReport): string[] {
  const { boundMs, name, problems, rest, settling, spread, workers } = report;
  const bound = `bound ${seconds(boundMs)}`;
  const verdict =
    problems.length > 0 ? "BROKEN" : `at rest after ${seconds(settling.simulatedMs)} (${bound})`;
  const untold = problems.length - MOST_TOLD;
  return [
    `${name}, ${workers} workers: ${verdict}; ${spread}`,
    `  until then: ${stretchText(settling)}`,
    `  then:       ${stretchText(rest)}`,
    ...problems.slice(0, MOST_TOLD).map((problem) => `  PROBLEM ${problem}`),
    ...(untold > 0 ? [`  and ${untold} more`] : []),
  ];
}

function stretchText({ bill, cpuMs, simulatedMs, taken }: Stretch): string {
  const perMinute = (count: number): string =>
    Math.round((count * 60_000) / simulatedMs).toLocaleString("en-US");
  const { readCalls, readUnits, scans, writeCalls, writeUnits } = bill;
  return (
    `${scans} scans, ${taken} leases taken; a minute ${perMinute(readCalls)} reads of ` +
    `${perMinute(readUnits)} units and ${perMinute(writeCalls)} writes of ${perMinute(writeUnits)} units; ` +
    `${seconds(cpuMs)} of CPU`
  );
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
