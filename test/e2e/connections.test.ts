// How many connections a producer with the default transport opens, counted by a proxy in front of the emulator.
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { type RunningEmulator, startEmulator } from "@shardline/emulator";
import { createProducer, type ProducerOptions } from "@shardline/producer";
import { expect, test } from "vitest";

const HOUR_MS = 3_600_000;

interface CountedWay extends AsyncDisposable {
  readonly endpoint: string;
  /** Connections over which records were put, and how many were open at the same time, whatever for. */
  readonly seen: { readonly putting: ReadonlySet<Socket>; readonly most: number };
}

/** A port that leads to the emulator. */
async function countedWay(to: RunningEmulator): Promise<CountedWay> {
  const seen = { putting: new Set<Socket>(), open: 0, most: 0 };
  const sockets = new Set<Socket>();
  const server = createServer((inward) => {
    seen.open += 1;
    seen.most = Math.max(seen.most, seen.open);
    const outward = connect(Number(new URL(to.endpoint).port), "127.0.0.1");
    for (const socket of [inward, outward]) sockets.add(socket.on("error", () => undefined));
    inward.on("data", (chunk: Buffer) => {
      if (chunk.includes("Kinesis_20131202.PutRecords")) seen.putting.add(inward);
    });
    inward.on("close", () => {
      seen.open -= 1;
      outward.destroy();
    });
    outward.on("close", () => inward.destroy());
    inward.pipe(outward).pipe(inward);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  return {
    endpoint: `http://127.0.0.1:${port}`,
    seen,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** Options of a producer that goes that way. */
function by({ endpoint }: CountedWay, emulator: RunningEmulator): ProducerOptions {
  const { credentials, region } = emulator.clientConfig("kinesis");
  return { stream: "orders", kinesis: { credentials, endpoint, region } };
}

test("A-http: a hundred calls in turn go over one connection", async () => {
  await using emulator = await startEmulator({ streams: { orders: 4 } });
  await using way = await countedWay(emulator);
  await using producer = createProducer({ ...by(way, emulator), batch: { maxDelayMs: 0 } });
  for (let i = 0; i < 100; i += 1) await producer.put({ partitionKey: `${i}`, data: "x" });
  expect(way.seen.putting.size).toBe(1);
  // At the start the shards are listed and the stream is described side by side.
  expect(way.seen.most).toBeLessThanOrEqual(2);
});

test("A-http: calls side by side go over as many connections as there may be calls", async () => {
  await using emulator = await startEmulator({ streams: { orders: 4 } });
  await using way = await countedWay(emulator);
  // No answer before all calls that there may be are under way, however long that takes.
  const held = emulator.faults.add({
    match: { operations: "PutRecords" },
    effect: { kind: "latency", ms: HOUR_MS },
  });
  const batch = { maxDelayMs: 0, maxRecords: 1 };
  await using producer = createProducer({ ...by(way, emulator), aggregation: false, batch });
  const keys = Array.from({ length: 200 }, (_, i) => `${i}`);
  const puts = Promise.all(keys.map((partitionKey) => producer.put({ partitionKey, data: "x" })));
  await expect.poll(() => emulator.faults.log().length).toBe(24);
  held.remove();
  emulator.clock.advance(HOUR_MS);
  await puts;
  expect(way.seen.putting.size).toBe(24);
  expect(way.seen.most).toBe(24);
});
