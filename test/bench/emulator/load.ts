// The load on a server: who asks, how long, and what it costs the server.
import type { Server } from "./server.ts";

/** Asks one thing after the other and resolves with the body of each answer, in pieces. */
export type Lane = (turn: number) => Promise<readonly Buffer[]>;

/** Some lanes to one server. */
export interface Client {
  readonly lanes: readonly Lane[];
  close(): void;
}

const SAMPLE_MS = 700;

/** What a load came to. */
export interface Spent {
  readonly requests: number;
  readonly cpuUs: number;
  readonly wallMs: number;
}

/** Keeps all lanes busy for a while, and answers what that cost the server. */
export async function spend(server: Server, { lanes }: Client): Promise<Spent> {
  const before = await server.usage({ collect: true });
  const begunAtMs = performance.now();
  let requests = 0;
  const keepBusy = async (lane: Lane): Promise<void> => {
    do {
      requests += 1;
      await lane(requests);
    } while (performance.now() - begunAtMs < SAMPLE_MS);
  };
  await Promise.all(lanes.map(keepBusy));
  const wallMs = performance.now() - begunAtMs;
  const after = await server.usage();
  return { requests, cpuUs: after.cpuUs - before.cpuUs, wallMs };
}

/** Asks all lanes together until so many requests are answered. */
export async function askTimes({ lanes }: Client, requests: number): Promise<void> {
  let asked = 0;
  const keepBusy = async (lane: Lane): Promise<void> => {
    while (asked < requests) {
      asked += 1;
      await lane(asked);
    }
  };
  await Promise.all(lanes.map(keepBusy));
}

/** The answer to one request. */
export async function firstAnswer({ lanes }: Client): Promise<readonly Buffer[]> {
  return (await lanes[0]?.(0)) ?? [];
}
