// How long it takes until an emulator listens, in a process that has nothing else to load: the call alone, and with
// the loading of its modules.
import { havePeers } from "../peers-folder.ts";
import type { Comparison } from "../suite.ts";
import { Server } from "./server.ts";
import type { Ready, ServerKind } from "./server-messages.ts";
import { atMost } from "./way.ts";

/** Ours without TLS, as all of them here. */
export function startComparison(): Comparison {
  const peers: readonly ServerKind[] = havePeers() ? ["kinesalite", "kinesis-local"] : [];
  return {
    title: "start",
    unit: "ms until it listens",
    variants: [
      { name: "startEmulator()", role: "ours", sample: () => timed("emulator", callAlone) },
      { name: "modules and all", role: "ours", sample: () => timed("emulator", withModules) },
      ...peers.map((kind) => ({
        name: `${kind}, modules and all`,
        role: "peer" as const,
        sample: () => timed(kind, withModules),
      })),
    ],
    goals: [
      atMost("E5.call", "of startEmulator() alone", "startEmulator()", 40, 10),
      atMost("E5.cold", "modules and all", "modules and all", 40, 30),
    ],
    check: () => {},
  };
}

function callAlone({ startMs }: Ready): number {
  return startMs;
}

function withModules({ loadMs, startMs }: Ready): number {
  return loadMs + startMs;
}

async function timed(kind: ServerKind, part: (ready: Ready) => number): Promise<number> {
  await using server = await Server.start(kind);
  return part(server.ready);
}
