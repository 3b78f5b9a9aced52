import { readFile } from "node:fs/promises";
import { createConsumer, type StreamInput } from "@shardline/consumer";

const shutdown = new AbortController();
process.once("SIGTERM", () => shutdown.abort());

/** A line for each tenant; asked for again and again, so that tenants come and go while this runs. */
async function listStreams(): Promise<readonly StreamInput[]> {
  const tenants = await readFile(process.env["TENANTS"] ?? "tenants.txt", "utf8");
  return tenants
    .split("\n")
    .filter((tenant) => tenant !== "")
    .map((tenant) => ({ stream: `orders-${tenant}`, label: tenant }));
}

const consumer = createConsumer({
  application: "invoices",
  startAt: "TRIM_HORIZON",
  streams: { list: listStreams, everyMs: 5000 },
  processBatch({ records }, { shardId, stream }) {
    for (const { data } of records) {
      console.log(`${stream} ${shardId}: ${Buffer.from(data).toString()}`);
    }
  },
});

consumer.on("streamFailed", ({ error, stream }) =>
  console.error(`${stream} cannot be read`, error),
);
consumer.on("streamRemoved", ({ stream }) => console.log(`${stream} is given up`));

await consumer.run({ signal: shutdown.signal });
