import { createServer } from "node:http";
import { createConsumer } from "@shardline/consumer";

// "once": a second signal finds no listener, and ends the process on the spot.
const shutdown = new AbortController();
process.once("SIGTERM", () => shutdown.abort());
process.once("SIGINT", () => shutdown.abort());

const consumer = createConsumer({
  application: "billing",
  stream: "orders",
  startAt: "TRIM_HORIZON",
  processBatch({ records }) {
    for (const { data } of records) console.log("billed", Buffer.from(data).toString());
  },
});

const probes = createServer(({ url }, response) => {
  const { reasons, status } = consumer.health();
  const isReady = status === "ready" || status === "degraded";
  const isFine = url === "/live" ? status !== "down" : isReady;
  const answer = url === "/stats" ? consumer.stats() : { status, reasons };
  response.writeHead(isFine ? 200 : 503, { "content-type": "application/json" });
  response.end(
    JSON.stringify(answer, (_, value) => (value instanceof Error ? value.message : value)),
  );
}).listen(Number(process.env["PORT"] ?? 8080));

try {
  await consumer.run({ signal: shutdown.signal, drainTimeoutMs: 20_000 });
} finally {
  probes.close();
  probes.closeAllConnections();
}
