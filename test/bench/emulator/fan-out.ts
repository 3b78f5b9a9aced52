// Enhanced fan-out: how fast stored records are pushed, and how soon a new one is. No peer here has it.
import assert from "node:assert/strict";
import type { ClientHttp2Session } from "node:http2";
import type { Comparison } from "../suite.ts";
import { http1Client } from "./http1-client.ts";
import { openSession } from "./http2-client.ts";
import { askTimes, firstAnswer, type Spent } from "./load.ts";
import { Server } from "./server.ts";
import { newConsumer } from "./new-consumer.ts";
import { renewStream } from "./stream-setup.ts";
import { subscribe } from "./subscriber.ts";
import { putRecordsTraffic, putRecordTraffic } from "./traffic.ts";
import { atMost } from "./way.ts";

const RECORDS = 200_000;
const PUT_RECORDS = 500;
const FIRST_SHARD = "shardId-000000000000";
const LATENCIES = 500;
/** The end of an event after which there is nothing more to read. */
const AT_TIP = Buffer.from('"MillisBehindLatest":0}');

/** Stored records, pushed to one consumer after the other. */
export async function* pushComparison(): AsyncGenerator<Comparison> {
  await using server = await Server.start("emulator");
  await renewStream(server, { ShardCount: 1 });
  const puts = await http1Client(server.port, putRecordsTraffic(PUT_RECORDS), 1);
  await askTimes(puts, RECORDS / PUT_RECORDS);
  puts.close();
  const spent = (): Promise<Spent> => withSession(server, (session) => readAll(server, session));
  yield {
    title: `SubscribeToShard, ${RECORDS} stored records of 100 B, over h2c`,
    unit: "µs per record",
    variants: [
      {
        name: "until all have come",
        role: "ours",
        sample: async () => ((await spent()).wallMs * 1000) / RECORDS,
      },
      {
        name: "the server's CPU",
        role: "ours",
        sample: async () => (await spent()).cpuUs / RECORDS,
      },
    ],
    goals: [
      atMost("E4.wall", "700,000 records per second", "until all have come", 1.43, 1),
      atMost("E4.cpu", "700,000 records per CPU-second", "the server's CPU", 1.43, 1),
    ],
    check: () => {},
  };
}

/** New records, from the moment of the put's sending to that of the event's coming. */
export async function* pushLatencyComparison(): AsyncGenerator<Comparison> {
  await using server = await Server.start("emulator");
  await renewStream(server, { ShardCount: 1 });
  yield {
    title: "SubscribeToShard, put to push",
    unit: "ms",
    variants: [0.5, 0.99].map((share) => ({
      name: `p${share * 100}`,
      role: "ours",
      sample: async () => shareOf(await withSession(server, (s) => latencies(server, s)), share),
    })),
    goals: [atMost("E4.latency", "put to push, p99", "p99", 3, 1.5)],
    check: () => {},
  };
}

async function readAll(server: Server, session: ClientHttp2Session): Promise<Spent> {
  const ConsumerARN = await newConsumer(server);
  const before = await server.usage({ collect: true });
  const begunAtMs = performance.now();
  await new Promise<void>((resolve, reject) => {
    const input = {
      ConsumerARN,
      ShardId: FIRST_SHARD,
      StartingPosition: { Type: "TRIM_HORIZON" },
    } as const;
    const onEvent = (payload: Buffer): void => {
      if (payload.subarray(-AT_TIP.length).equals(AT_TIP)) resolve();
    };
    subscribe(session, input, onEvent).catch(reject);
  });
  const wallMs = performance.now() - begunAtMs;
  const after = await server.usage();
  return { requests: 1, cpuUs: after.cpuUs - before.cpuUs, wallMs };
}

async function latencies(server: Server, session: ClientHttp2Session): Promise<readonly number[]> {
  const ConsumerARN = await newConsumer(server);
  let onPush = (): void => {};
  const input = {
    ConsumerARN,
    ShardId: FIRST_SHARD,
    StartingPosition: { Type: "LATEST" },
  } as const;
  await subscribe(session, input, () => onPush());
  const puts = await http1Client(server.port, putRecordTraffic(), 1);
  const found: number[] = [];
  for (let i = 0; i < LATENCIES; i += 1) {
    const begunAtMs = performance.now();
    const pushed = new Promise<void>((resolve) => {
      onPush = resolve;
    });
    await Promise.all([firstAnswer(puts), pushed]);
    found.push(performance.now() - begunAtMs);
  }
  puts.close();
  return found;
}

async function withSession<T>(
  { port }: Server,
  use: (session: ClientHttp2Session) => Promise<T>,
): Promise<T> {
  const session = await openSession(port);
  try {
    return await use(session);
  } finally {
    session.destroy();
  }
}

function shareOf(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const found = sorted[Math.floor(share * sorted.length)];
  assert(found !== undefined);
  return found;
}
