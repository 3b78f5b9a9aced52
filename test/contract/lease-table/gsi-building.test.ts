// The KCL 3.x adds its index to a table that is in use, and waits for it, up to an hour. We never do.
import {
  DescribeTableCommand,
  type DescribeTableCommandOutput,
  DynamoDBClient,
} from "@aws-sdk/client-dynamodb";
import { createConsumer } from "@shardline/consumer";
import { silentLogger } from "@shardline/core";
import { startEmulator } from "@shardline/emulator";
import { expect, test } from "vitest";
import { intercept } from "../../support/intercept.ts";
import { ANY_SIGNAL, newTable, TABLE_NAME } from "./tables.ts";

/** A client that sees every table's index unfinished, whenever it looks. */
function whileIndexIsBuilt(client: DynamoDBClient): DynamoDBClient {
  return intercept(client, {
    send: (async (next: DynamoDBClient["send"], command: DescribeTableCommand, options: object) => {
      const output = await next(command, options);
      if (!(command instanceof DescribeTableCommand)) return output;
      const { Table } = output as DescribeTableCommandOutput;
      const indexes = Table?.GlobalSecondaryIndexes?.map((index) => {
        return { ...index, IndexStatus: "CREATING", Backfilling: true };
      });
      const table = { ...Table, TableStatus: "UPDATING", GlobalSecondaryIndexes: indexes };
      return { ...output, Table: table };
    }) as never,
  });
}

test("gsi-building: while the index is built, the first record comes without waiting for it, and the index is not asked", async () => {
  await using emulator = await startEmulator({ streams: { orders: 2 } });
  const table = newTable(emulator);
  await table.ensureTable(ANY_SIGNAL);
  table.close();
  const stream = { name: "orders" };
  const entries = [{ partitionKey: "a", data: Buffer.from("a") }];
  await emulator.kinesis.putRecords({ stream, entries }, ANY_SIGNAL);
  const client = new DynamoDBClient(emulator.clientConfig("dynamodb"));
  const stop = new AbortController();
  const consumer = createConsumer({
    application: TABLE_NAME,
    stream: stream.name,
    startAt: "TRIM_HORIZON",
    kinesis: emulator.kinesis,
    dynamodb: whileIndexIsBuilt(client),
    logger: silentLogger,
    processBatch: () => stop.abort(),
  });
  await consumer.run({ signal: stop.signal });
  const asked = emulator.leaseTableRequests().map(({ input }) => JSON.stringify(input));
  expect(asked.filter((input) => input.includes("IndexName"))).toHaveLength(1);
  expect(emulator.leaseTableRequests().map(({ operation }) => operation)).not.toContain("Query");
  client.destroy();
});
