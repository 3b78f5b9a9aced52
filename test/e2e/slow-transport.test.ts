// A client with the SDK's own transport, handed to a producer and a consumer.
import { KinesisClient } from "@aws-sdk/client-kinesis";
import { createConsumer, MemoryLeaseTable } from "@shardline/consumer";
import type { Logger } from "@shardline/core";
import { startEmulator } from "@shardline/emulator";
import { createProducer } from "@shardline/producer";
import { expect, test } from "vitest";

/** A logger that keeps its warnings. */
function keeper(): { readonly logger: Logger; readonly warnings: string[] } {
  const warnings: string[] = [];
  const nothing = (): void => undefined;
  const warn: Logger["warn"] = (_fields, message) => void warnings.push(message);
  return { logger: { debug: nothing, info: nothing, warn, error: nothing }, warnings };
}

test("draws one warning from each, which says what to do", async () => {
  await using emulator = await startEmulator({ streams: { orders: 1 } });
  const client = new KinesisClient(emulator.clientConfig("kinesis"));
  const { logger, warnings } = keeper();
  const stopping = new AbortController();
  const consumer = createConsumer({
    application: "warned",
    stream: "orders",
    startAt: "TRIM_HORIZON",
    kinesis: client,
    leaseTable: new MemoryLeaseTable(),
    logger,
    processBatch: async () => stopping.abort(),
  });
  const running = consumer.run({ signal: stopping.signal });
  {
    await using producer = createProducer({ stream: "orders", kinesis: client, logger });
    await producer.put({ partitionKey: "customer-7", data: Buffer.from("an order") });
  }
  await running;
  client.destroy();
  const advice =
    "the Kinesis client opens a connection for every request; hand in its configuration or give it a NodeHttpHandler";
  expect(warnings).toEqual([advice, advice]);
});
