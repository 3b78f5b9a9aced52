// The process of one variant: puts for a while whenever it is asked to, and answers what a record cost.
import type { Spent } from "../cpu-time.ts";
import type { Load } from "./load.ts";
import { TRAFFICS, type Traffic } from "./traffic.ts";
import { type Variant, VARIANTS, type VariantName } from "./variants.ts";

/** What the process is told when it starts. */
export interface LoadArgument {
  readonly variant: VariantName;
  readonly traffic: Traffic["id"];
  /** The endpoint's URL. */
  readonly endpoint: string;
}

/** What a record took, or why that is not known. */
export type Sample = Spent | { readonly error: string };

const SAMPLE_MS = 500;
/** The first sample does not count, and is so long: V8 takes seconds to compile everything. */
const WARM_UP_MS = 3000;

const { endpoint, traffic, variant } = JSON.parse(process.argv[2] ?? "") as LoadArgument;
const chosen: Variant = VARIANTS[variant];
if ("kpl" in chosen) throw new Error(`"${variant}" has a process of another kind`);
const load = await chosen.open(endpoint, TRAFFICS[traffic]);
let sampleMs = WARM_UP_MS;
process.on("disconnect", () => process.exit());
process.on("message", () => {
  sample(load).then(tell, (error: unknown) =>
    tell({ error: String((error as Error).stack ?? error) }),
  );
});
process.send?.("ready");

function tell(message: Sample): void {
  process.send?.(message);
}

/** Without a collection before it: V8 would forget what it has compiled. */
async function sample(load: Load): Promise<Spent> {
  const limit = { isOver: false };
  const begunAtMs = performance.now();
  const before = process.cpuUsage();
  setTimeout(() => {
    limit.isOver = true;
  }, sampleMs);
  sampleMs = SAMPLE_MS;
  const records = await load.run(limit);
  const { user, system } = process.cpuUsage(before);
  const wallMs = performance.now() - begunAtMs;
  return { cpuUs: (user + system) / records, wallUs: (wallMs * 1000) / records };
}
