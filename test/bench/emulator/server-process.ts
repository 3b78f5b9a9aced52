// The process of one server under measurement: starts what its first argument names, tells where that listens, and
// answers what it has spent whenever it is asked. It loads nothing before that, so that each server's start is told with
// all that it loads, Node's own modules included.
import type { AskUsage, Ready, ServerKind, Usage } from "./server-messages.ts";

/** Each loads its modules, and answers what starts the server and answers its port. */
const LOADERS: Readonly<Record<ServerKind, () => Promise<() => Promise<number>>>> = {
  emulator: async () => {
    const { startEmulator } = await import("@shardline/emulator");
    const transitions = { createMs: 0, deleteMs: 0 };
    return async () => (await startEmulator({ transitions, maxBytes: MAX_STORED_BYTES })).port;
  },
  "floor, http1": async () => (await import("./floor.ts")).floorHttp1,
  "floor, http2": async () => (await import("./floor.ts")).floorHttp2,
  kinesalite: async () => (await import("./peers.ts")).loadKinesalite(),
  "kinesis-local": async () => (await import("./peers.ts")).startKinesisLocal,
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
