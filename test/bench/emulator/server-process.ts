// The process of one server under measurement: starts what its first argument names, tells where that listens, and
// answers what it has spent whenever it is asked.
import { floorHttp1, floorHttp2 } from "./floor.ts";
import { loadKinesalite, startKinesisLocal } from "./peers.ts";
import type { AskUsage, Ready, ServerKind, Usage } from "./server-messages.ts";

/** Each loads its modules, and answers what starts the server and answers its port. */
const LOADERS: Readonly<Record<ServerKind, () => Promise<() => Promise<number>>>> = {
  emulator: async () => {
    const { startEmulator } = await import("@shardline/emulator");
    const transitions = { createMs: 0, deleteMs: 0 };
    return async () => (await startEmulator({ transitions, maxBytes: MAX_STORED_BYTES })).port;
  },
  "floor, http1": async () => floorHttp1,
  "floor, http2": async () => floorHttp2,
  kinesalite: async () => loadKinesalite(),
  "kinesis-local": async () => startKinesisLocal,
};
/** More than any benchmark stores. */
const MAX_STORED_BYTES = 2 ** 31;

const begunAtMs = performance.now();
const start = await LOADERS[process.argv[2] as ServerKind]();
const loadedAtMs = performance.now();
const port = await start();
const startMs = performance.now() - loadedAtMs;
tell({ port, loadMs: loadedAtMs - begunAtMs, startMs });
process.on("message", ({ collect }: AskUsage) => {
  if (collect) globalThis.gc?.();
  tell(usage());
});
process.on("disconnect", () => process.exit());

function tell(message: Ready | Usage): void {
  process.send?.(message);
}

function usage(): Usage {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed, external } = process.memoryUsage();
  return { cpuUs: user + system, rssBytes: rss, usedBytes: heapUsed + external };
}
