// GetRecords of a full page: how long one caller waits, and what it costs the server.
import assert from "node:assert/strict";
import { havePeers } from "../peers-folder.ts";
import { SideFigures } from "../side-figures.ts";
import type { Comparison } from "../suite.ts";
import { http1Client } from "./http1-client.ts";
import { askTimes, type Client, firstAnswer, type Spent, spend } from "./load.ts";
import { Server } from "./server.ts";
import type { ServerKind } from "./server-messages.ts";
import { call, readJson, renewStream } from "./stream-setup.ts";
import { jsonTraffic, putRecordsTraffic, STREAM } from "./traffic.ts";
import { atMost } from "./way.ts";

const RECORDS = 10_000;
const PUT_RECORDS = 500;
const SHARD = { StreamName: STREAM, ShardId: "shardId-000000000000" };

/** One shard, read from its beginning again and again by one caller. */
export async function* getRecordsComparison(): AsyncGenerator<Comparison> {
  const kinds: readonly ServerKind[] = havePeers()
    ? ["emulator", "kinesalite", "kinesis-local"]
    : ["emulator"];
  const servers = await Promise.all(kinds.map(startFilled));
  try {
    const spent = new SideFigures<Spent>();
    const figure = (unit: string, sampleOf: (server: Server) => number | Promise<number>) => ({
      title: "GetRecords, 10,000 x 100 B, over HTTP/1.1",
      unit,
      variants: servers.map((server) => ({
        name: server.kind,
        role: server.kind === "emulator" ? ("ours" as const) : ("peer" as const),
        sample: () => sampleOf(server),
      })),
    });
    yield {
      ...figure("ms per call, until all has come", async (server) => {
        const take = (): Promise<Spent> => reading(server, (client) => spend(server, client));
        return perRequest(await spent.take(server.kind, take), ({ wallMs }) => wallMs);
      }),
      goals: [atMost("E3.wall", "time until all has come", "emulator", 8, 6)],
      check: async () => {
        for (const server of servers) {
          const answer = readJson(await reading(server, firstAnswer));
          assert.equal((answer as { Records: unknown[] }).Records.length, RECORDS);
        }
      },
    };
    yield {
      ...figure("ms of the server's CPU per call", (server) =>
        perRequest(spent.next(server.kind), ({ cpuUs }) => cpuUs / 1000),
      ),
      goals: [atMost("E3.cpu", "CPU of the emulator", "emulator", 8, 6)],
      check: () => {},
    };
  } finally {
    for (const server of servers) await server[Symbol.asyncDispose]();
  }
}

async function startFilled(kind: ServerKind): Promise<Server> {
  const server = await Server.start(kind);
  await renewStream(server, { ShardCount: 1 });
  const puts = await http1Client(server.port, putRecordsTraffic(PUT_RECORDS), 1);
  await askTimes(puts, RECORDS / PUT_RECORDS);
  puts.close();
  return server;
}

/** Lends a client that reads the shard from its beginning. Iterators are good for five minutes. */
async function reading<T>(server: Server, use: (client: Client) => Promise<T>): Promise<T> {
  const start = { ...SHARD, ShardIteratorType: "TRIM_HORIZON" };
  const { ShardIterator } = await call<{ ShardIterator: string }>(
    server,
    "GetShardIterator",
    start,
  );
  const traffic = jsonTraffic("GetRecords", [{ ShardIterator, Limit: RECORDS }], RECORDS);
  const client = await http1Client(server.port, traffic, 1);
  try {
    return await use(client);
  } finally {
    client.close();
  }
}

function perRequest(spent: Spent, what: (spent: Spent) => number): number {
  return what(spent) / spent.requests;
}
