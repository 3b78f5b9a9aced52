// The process of one server under measurement: starts what its first argument names, tells where that listens, and
// answers what it has spent whenever it is asked.
import { floorHttp1, floorHttp2 } from "./floor.ts";
import { kinesalite, kinesisLocal } from "./peers.ts";
import type { AskUsage, Ready, ServerKind, Usage } from "./server-messages.ts";

/** Each loads its modules only when it is called, and answers its port. */
const STARTERS: Readonly<Record<ServerKind, () => Promise<number>>> = {
  emulator: async () => {
    const { startEmulator } = await import("@shardline/emulator");
    return (await startEmulator({ transitions: { createMs: 0, deleteMs: 0 }, maxBytes: 2 ** 31 }))
      .port;
  },
  "floor, http1": floorHttp1,
  "floor, http2": floorHttp2,
  kinesalite,
  "kinesis-local": kinesisLocal,
};

const begunAtMs = performance.now();
const port = await STARTERS[process.argv[2] as ServerKind]();
tell({ port, startMs: performance.now() - begunAtMs });
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
