// A consumer's process of either kind.
import { SimKclWorker } from "./sim-kcl-worker.ts";
import { SimWorker, type SimWorkerOptions } from "./sim-worker.ts";
import { isOfKcl } from "./worker-name.ts";

/** What a fleet of consumers is made of. */
export type Worker = SimWorker | SimKclWorker;

/** Starts one of the kind that its process is named after. */
export function startWorker(options: SimWorkerOptions): Worker {
  return isOfKcl(options.process.name) ? new SimKclWorker(options) : new SimWorker(options);
}
