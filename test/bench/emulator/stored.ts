// What stored records cost: memory, and the time of those that come after them. The garbage collector has to look at
// everything that is kept as objects, so a store that keeps objects slows down as it fills.
import { http1Client } from "./http1-client.ts";
import type { Comparison } from "../suite.ts";
import { askTimes, type Client, spend } from "./load.ts";
import { Server } from "./server.ts";
import { call, renewStream } from "./stream-setup.ts";
import { putRecordsTraffic } from "./traffic.ts";
import { atMost } from "./way.ts";

const RECORDS = 5_000_000;
const PUT_RECORDS = 500;
/** Of the heap; what lies in buffers is not in it. */
const HEAP_MB = 2048;
const LANES = 8;
const STORE = "store";

/** Puts into an empty emulator and into one that holds five million records in another stream. */
export async function* storedComparisons(): AsyncGenerator<Comparison> {
  await using empty = await Server.start("emulator", { heapMb: HEAP_MB });
  await using full = await Server.start("emulator", { heapMb: HEAP_MB });
  const { usedBytes } = await full.usage({ collect: true });
  await fill(full);
  const filled = await full.usage({ collect: true });
  yield {
    title: `5,000,000 records of 100 B with keys of 11 B; the heap bounded to ${HEAP_MB} MB`,
    unit: "bytes per record",
    variants: [
      { name: "in use", role: "ours", sample: () => (filled.usedBytes - usedBytes) / RECORDS },
      { name: "resident, all in all", role: "ours", sample: () => filled.rssBytes / RECORDS },
    ],
    goals: [
      atMost("E8.used", "in use", "in use", 300, 200),
      atMost("E8.resident", "resident, all in all", "resident, all in all", 400, 300),
    ],
    check: () => {},
  };
  yield {
    title: "PutRecords, 500 x 100 B, over HTTP/1.1",
    unit: "µs of the server's CPU per record",
    variants: [
      { name: "with 5,000,000 stored", role: "ours", sample: () => sample(full) },
      { name: "with none", role: "floor", sample: () => sample(empty) },
    ],
    goals: [
      {
        id: "E7",
        what: "with 5,000,000 records stored to without any",
        direction: "lower",
        of: "with 5,000,000 stored",
        against: "with none",
        must: 1.15,
        stretch: 1.05,
      },
    ],
    check: () => {},
  };
}

async function fill(server: Server): Promise<void> {
  await call(server, "CreateStream", { StreamName: STORE, ShardCount: 4 });
  await putting(server, STORE, (client) => askTimes(client, RECORDS / PUT_RECORDS));
}

async function sample(server: Server): Promise<number> {
  await renewStream(server);
  const { cpuUs, requests } = await putting(server, undefined, (client) => spend(server, client));
  return cpuUs / (requests * PUT_RECORDS);
}

async function putting<T>(
  { port }: Server,
  stream: string | undefined,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const client = await http1Client(port, putRecordsTraffic(PUT_RECORDS, stream), LANES);
  try {
    return await use(client);
  } finally {
    client.close();
  }
}
