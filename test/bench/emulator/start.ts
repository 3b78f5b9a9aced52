// How long it takes until an emulator listens, from the first import on, in a process that has nothing else to load.
import { havePeers } from "../peers-folder.ts";
import type { Comparison } from "../suite.ts";
import { Server } from "./server.ts";
import type { ServerKind } from "./server-messages.ts";
import { atMost } from "./way.ts";

/** Ours without TLS, as all of them here. */
export function startComparison(): Comparison {
  const peers: readonly ServerKind[] = havePeers() ? ["kinesalite", "kinesis-local"] : [];
  return {
    title: "start, modules and all",
    unit: "ms until it listens",
    variants: [
      { name: "emulator", role: "ours", sample: () => startOnce("emulator") },
      ...peers.map((kind) => ({
        name: kind,
        role: "peer" as const,
        sample: () => startOnce(kind),
      })),
    ],
    goals: [atMost("E5", "until it listens", "emulator", 40, 30)],
    check: () => {},
  };
}

async function startOnce(kind: ServerKind): Promise<number> {
  await using server = await Server.start(kind);
  return server.startMs;
}
