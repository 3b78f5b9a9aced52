// npm run simulate -- --large: runs the large world and prints what it takes to converge. Answers the exit code: 1 when a
// phase does not come to rest within its bound.
import { LargeWorld, type LargeWorldSize, type PhaseReport, type Stretch } from "./large-world.ts";

const SIZE = { workers: 200, shards: 5000 };

export async function runLarge(seed: number): Promise<number> {
  const size: LargeWorldSize = { ...SIZE, seed };
  console.log(`large world: ${size.workers} workers, ${size.shards} shards, seed ${seed}`);
  for await (const report of new LargeWorld(size).run()) {
    for (const line of linesOf(report)) console.log(line);
    if (!report.hasConverged) return 1;
  }
  return 0;
}

function linesOf({
  boundMs,
  hasConverged,
  name,
  rest,
  settling,
  spread,
  workers,
}: PhaseReport): string[] {
  const verdict = hasConverged ? "converged" : "NOT CONVERGED";
  return [
    `${name}, ${workers} workers: ${verdict} after ${seconds(settling.simulatedMs)} (bound ${seconds(boundMs)}); ${spread}`,
    `  until then: ${stretchText(settling)}`,
    `  then:       ${stretchText(rest)}`,
  ];
}

function stretchText({ bill, cpuMs, lost, simulatedMs, taken }: Stretch): string {
  const perMinute = (count: number): string =>
    Math.round((count * 60_000) / simulatedMs).toLocaleString("en-US");
  const { readCalls, readUnits, scans, writeCalls, writeUnits } = bill;
  return (
    `${scans} scans, ${taken} leases taken, ${lost} lost; a minute ${perMinute(readCalls)} reads of ` +
    `${perMinute(readUnits)} units and ${perMinute(writeCalls)} writes of ${perMinute(writeUnits)} units; ` +
    `${seconds(cpuMs)} of CPU`
  );
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
