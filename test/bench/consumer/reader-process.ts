// The process of one variant: reads for a while whenever it is asked to, and answers what it cost.
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { EndpointPorts } from "./endpoint-process.ts";
import { type Load, LOADS } from "./load.ts";
import type { Reader } from "./reader.ts";
import { VARIANTS, type VariantName } from "./variants.ts";

/** What the process is told when it starts. */
export interface ReaderArgument {
  readonly variant: VariantName;
  readonly load: Load["id"];
  readonly ports: EndpointPorts;
}

/** Or why there is none. */
export type Sample =
  | {
      /** Processor time of the whole process, on all threads, for each answer. */
      readonly cpuPerAnswerUs: number;
      /** For how long nothing else could have run, at most. */
      readonly longestStallMs: number;
    }
  | { readonly error: string };

const SAMPLE_MS = 700;

const { load: loadId, ports, variant } = JSON.parse(process.argv[2] ?? "") as ReaderArgument;
const load = LOADS[loadId];
const reader = await VARIANTS[variant].open(ports, load);
process.on("disconnect", () => process.exit());
process.on("message", () => {
  sample(reader).then(tell, (error: unknown) => {
    tell({ error: String((error as Error).stack ?? error) });
  });
});
process.send?.("ready");

function tell(message: Sample): void {
  process.send?.(message);
}

/** Without a collection before it: V8 would forget what it has compiled. */
async function sample({ read }: Reader): Promise<Sample> {
  const limit = { isOver: false };
  const stalls = monitorEventLoopDelay({ resolution: 1 });
  stalls.enable();
  const before = process.cpuUsage();
  setTimeout(() => {
    limit.isOver = true;
  }, SAMPLE_MS);
  const answers = await read(limit);
  const { user, system } = process.cpuUsage(before);
  stalls.disable();
  return {
    cpuPerAnswerUs: (user + system) / answers,
    longestStallMs: stalls.max / 1e6,
  };
}
