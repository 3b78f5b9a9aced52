// The process of one variant: puts for a while whenever it is asked to, and answers what a record cost.
import type { Load } from "./load.ts";
import { TRAFFICS, type Traffic } from "./traffic.ts";
import { VARIANTS, type VariantName } from "./variants.ts";

/** What the process is told when it starts. */
export interface LoadArgument {
  readonly variant: VariantName;
  readonly traffic: Traffic["id"];
  readonly port: number;
}

/** Processor time of the whole process, on all threads, and why there is none. */
export type Sample = { readonly usPerRecord: number } | { readonly error: string };

const SAMPLE_MS = 500;
/** The first sample does not count, and is so long: V8 takes seconds to compile everything. */
const WARM_UP_MS = 3000;

const { port, traffic, variant } = JSON.parse(process.argv[2] ?? "") as LoadArgument;
const load = await VARIANTS[variant].open(port, TRAFFICS[traffic]);
let sampleMs = WARM_UP_MS;
process.on("disconnect", () => process.exit());
process.on("message", () => {
  sample(load).then(
    (usPerRecord) => tell({ usPerRecord }),
    (error: unknown) => tell({ error: String((error as Error).stack ?? error) }),
  );
});
process.send?.("ready");

function tell(message: Sample): void {
  process.send?.(message);
}

/** Without a collection before it: V8 would forget what it has compiled. */
async function sample(load: Load): Promise<number> {
  const limit = { isOver: false };
  const before = process.cpuUsage();
  setTimeout(() => {
    limit.isOver = true;
  }, sampleMs);
  sampleMs = SAMPLE_MS;
  const records = await load.run(limit);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / records;
}
