// The process of one way to put: puts at a steady pace whenever it is asked to, and answers how long each record took.
import { setTimeout as sleep } from "node:timers/promises";
import type { Latencies, LatencyArgument, Pace } from "./latency-messages.ts";
import { LATENCY_WAYS, type LatencyWay, type PutOne } from "./latency-ways.ts";
import { RecordSource, TRAFFICS } from "./traffic.ts";

const { endpoint, way } = JSON.parse(process.argv[2] ?? "") as LatencyArgument;
const chosen: LatencyWay = LATENCY_WAYS[way];
if (!("open" in chosen)) throw new Error(`"${way}" has a process of another kind`);
const putOne = await chosen.open(endpoint);
const source = new RecordSource(TRAFFICS.keys20);
process.on("disconnect", () => process.exit());
process.on("message", ({ question }: { readonly question: Pace }) => {
  measure(question).then(
    (ms) => tell({ ms }),
    (error: unknown) => tell({ error: String((error as Error).stack ?? error) }),
  );
});
process.send?.("ready");

function tell(message: Latencies): void {
  process.send?.(message);
}

/** A record that is due while others are not settled is put all the same. */
async function measure({ everyMs, records }: Pace): Promise<number[]> {
  const firstAtMs = performance.now();
  const timed: Promise<number>[] = [];
  for (let i = 0; i < records; i += 1) {
    const aheadMs = firstAtMs + i * everyMs - performance.now();
    if (aheadMs > 0) await sleep(aheadMs);
    const settled = time(putOne);
    // It is awaited below; until then it may reject.
    settled.catch(() => undefined);
    timed.push(settled);
  }
  return Promise.all(timed);
}

async function time(put: PutOne): Promise<number> {
  const putAtMs = performance.now();
  await put(source.next());
  return performance.now() - putAtMs;
}
