// How long it takes until an emulator listens, in a process that has nothing else to load: the call alone, and with
// the loading of its modules.
import { havePeers } from "../peers-folder.ts";
import type { Comparison } from "../suite.ts";
import { Server } from "./server.ts";
import type { Ready, ServerKind } from "./server-messages.ts";
import { atMost } from "./way.ts";

/** Ours without TLS, as all of them here. */
export function* startComparisons(): Generator<Comparison> {
  const peers: readonly ServerKind[] = havePeers() ? ["kinesalite", "kinesis-local"] : [];
  const cold = (kind: ServerKind): Promise<number> => timed(kind, withModules);
  yield {
    title: "start, modules and all",
    unit: "ms until it listens",
    variants: [
      { name: "emulator", role: "ours", sample: () => cold("emulator") },
      ...peers.map((kind) => ({ name: kind, role: "peer" as const, sample: () => cold(kind) })),
    ],
    goals: [atMost("E5.cold", "modules and all", "emulator", 40, 30)],
    check: () => {},
  };
  yield {
    title: "start, with its modules there",
    unit: "ms until it listens",
    variants: [
      { name: "startEmulator()", role: "ours", sample: () => timed("emulator", callAlone) },
    ],
    goals: [atMost("E5.call", "of startEmulator() alone", "startEmulator()", 40, 10)],
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
