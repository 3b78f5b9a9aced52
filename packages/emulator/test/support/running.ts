// Clients of the AWS SDK for a running emulator, closed where they go out of use: before the test ends, so that
// it leaves no socket open.
import { Agent } from "node:https";
import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  type DynamoDBClientConfig,
} from "@aws-sdk/client-dynamodb";
import { KinesisClient, type KinesisClientConfig } from "@aws-sdk/client-kinesis";
import { NodeHttp2Handler, NodeHttpHandler } from "@smithy/node-http-handler";
import type { RunningEmulator } from "@shardline/emulator";

export function kinesisClient(
  emulator: RunningEmulator,
  config: KinesisClientConfig = {},
): KinesisClient & Disposable {
  const client = new KinesisClient({
    ...emulator.clientConfig("kinesis"),
    maxAttempts: 1,
    ...config,
  });
  return Object.assign(client, { [Symbol.dispose]: () => client.destroy() });
}

export function dynamoDbClient(
  emulator: RunningEmulator,
  config: DynamoDBClientConfig = {},
): DynamoDBClient & Disposable {
  const all = { ...emulator.clientConfig("dynamodb"), maxAttempts: 1, ...config };
  const client = new DynamoDBClient(all);
  return Object.assign(client, { [Symbol.dispose]: () => client.destroy() });
}

/** A new table is ACTIVE a moment after the answer, and cannot be used before. */
export async function untilActive(client: DynamoDBClient, TableName: string): Promise<void> {
  for (;;) {
    const { Table } = await client.send(new DescribeTableCommand({ TableName }));
    if (Table?.TableStatus === "ACTIVE") return;
  }
}

/** Creates a table for leases that has nothing but its key, and waits until it can be used. */
export async function createLeases(client: DynamoDBClient): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName: "leases",
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: "leaseKey", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "leaseKey", KeyType: "HASH" }],
    }),
  );
  await untilActive(client, "leases");
}

type Tls = Pick<KinesisClientConfig, "endpoint" | "requestHandler">;

/** Makes a client trust the emulator's certificate, over HTTP/1.1. */
export function tlsHttp1({ endpoints, ca = "" }: RunningEmulator): Tls {
  const httpsAgent = new Agent({ ca, keepAlive: true });
  return { endpoint: endpoints.https ?? "", requestHandler: new NodeHttpHandler({ httpsAgent }) };
}

/** The same over HTTP/2, as the SDK does by default. */
export function tlsHttp2({ endpoints, ca = "" }: RunningEmulator): Tls {
  const requestHandler = new NodeHttp2Handler({
    disableConcurrentStreams: true,
    nodeHttp2ConnectOptions: { ca },
  });
  return { endpoint: endpoints.https ?? "", requestHandler };
}
