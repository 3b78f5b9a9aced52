// One way to ask a server something, and the comparison of several. Each has a server of its own, which runs as long
// as the comparison, and a new stream for each sample.
import { havePeers } from "../peers-folder.ts";
import type { Comparison, Goal } from "../suite.ts";
import { http1Client } from "./http1-client.ts";
import { http2Client } from "./http2-client.ts";
import { type Client, firstAnswer, type Spent, spend } from "./load.ts";
import { Server } from "./server.ts";
import type { ServerKind } from "./server-messages.ts";
import { renewStream, type StreamSetup } from "./stream-setup.ts";
import type { Traffic } from "./traffic.ts";

/** Requests under way at a time, where it is not said. */
const LANES = 8;

/** One way to ask. */
interface Way {
  readonly name: string;
  readonly role: "ours" | "floor" | "peer";
  readonly kind: ServerKind;
  readonly connect: (port: number, traffic: Traffic, lanes: number) => Client | Promise<Client>;
}

/** Over HTTP/1.1: ours, the bare transport, and the peers where they are installed. */
export function http1Ways(): readonly Way[] {
  return [
    { name: "HTTP/1.1", role: "ours", kind: "emulator", connect: http1Client },
    { name: "transport, HTTP/1.1", role: "floor", kind: "floor, http1", connect: http1Client },
    ...(havePeers() ? (["kinesalite", "kinesis-local"] as const) : []).map(
      (name): Way => ({ name, role: "peer", kind: name, connect: http1Client }),
    ),
  ];
}

/** Over one session of HTTP/2 without TLS: ours and the bare transport. */
export const HTTP2_WAYS: readonly Way[] = [
  { name: "h2c, one session", role: "ours", kind: "emulator", connect: http2Client },
  { name: "transport, h2c", role: "floor", kind: "floor, http2", connect: http2Client },
];

/** What is asked, in which ways, and what it should cost. */
interface Contest {
  readonly title: string;
  readonly traffic: Traffic;
  readonly ways: readonly Way[];
  /** @defaultValue processor time of the server per record, on all threads */
  readonly measure?: Measure;
  readonly setup?: StreamSetup;
  /** Requests under way at a time. @defaultValue 8 */
  readonly lanes?: number;
  /** Throws unless an answer is right; floors, which answer nonsense, are not asked. */
  readonly check: (answer: readonly Buffer[]) => void;
  /** Goals against peers that are not installed fall away. */
  readonly goals: readonly Goal[];
}

/** What a load is counted by. */
interface Measure {
  readonly unit: string;
  readonly costOf: (spent: Spent, traffic: Traffic) => number;
}

const CPU_PER_RECORD: Measure = {
  unit: "µs of the server's CPU per record",
  costOf: ({ cpuUs, requests }, { records }) => cpuUs / (requests * records),
};

/** A way with its server. */
interface Entrant {
  readonly way: Way;
  readonly server: Server;
}

/** Compares what ways cost their servers. */
export async function* contest(what: Contest): AsyncGenerator<Comparison> {
  const { title, ways, check, goals, measure = CPU_PER_RECORD } = what;
  const names = new Set(ways.map(({ name }) => name));
  const entrants = await Promise.all(ways.map(enter));
  try {
    yield {
      title,
      unit: measure.unit,
      variants: entrants.map((entrant) => ({
        name: entrant.way.name,
        role: entrant.way.role,
        sample: async () => {
          const spent = await asking(entrant, what, (client) => spend(entrant.server, client));
          return measure.costOf(spent, what.traffic);
        },
      })),
      goals: goals.filter(({ against }) => against === undefined || names.has(against)),
      check: async () => {
        for (const entrant of entrants) {
          if (entrant.way.role !== "floor") check(await asking(entrant, what, firstAnswer));
        }
      },
    };
  } finally {
    for (const { server } of entrants) await server[Symbol.asyncDispose]();
  }
}

async function enter(way: Way): Promise<Entrant> {
  return { way, server: await Server.start(way.kind) };
}

/** Lends a client for a new stream. Connections do not outlive it: servers close those that idle. */
async function asking<T>(
  { way, server }: Entrant,
  { traffic, setup, lanes = LANES }: Contest,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  if (way.role !== "floor") await renewStream(server, setup);
  const client = await way.connect(server.port, traffic, lanes);
  try {
    return await use(client);
  } finally {
    client.close();
  }
}

/** A goal on a cost itself. */
export function atMost(id: string, what: string, of: string, must: number, stretch: number): Goal {
  return { id, what, direction: "lower", of, must, stretch };
}
