// Clients of the AWS SDK for a running emulator, closed where they go out of use: before the test ends, so that
// it leaves no socket open.
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { KinesisClient, type KinesisClientConfig } from "@aws-sdk/client-kinesis";
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

export function dynamoDbClient(emulator: RunningEmulator): DynamoDBClient & Disposable {
  const client = new DynamoDBClient({ ...emulator.clientConfig("dynamodb"), maxAttempts: 1 });
  return Object.assign(client, { [Symbol.dispose]: () => client.destroy() });
}
