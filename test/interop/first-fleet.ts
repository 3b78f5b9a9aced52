// What stands in the lease table once a fleet of the KCL 3.x has begun, made beforehand. Of a table without leases it
// looks for up to 30 s whether another worker makes them; and of workers that find the version of the fleet missing at
// the same moment, only the one that writes it ever begins.
import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { DynamoDbLeaseTable } from "@shardline/consumer";
import { systemClock } from "@shardline/core";
import type { EmulatorClientConfig } from "@shardline/emulator";
import { ANY_SIGNAL, leaseWithKey } from "../contract/lease-table/tables.ts";
import type { Stage } from "./stage.ts";

/** Makes the lease table of an application, with a lease for each open shard. */
export async function makeFirstFleet(
  application: string,
  stage: Stage,
  dynamodb: EmulatorClientConfig,
): Promise<void> {
  const options = { table: {}, tableName: application, timeoutMs: 5000, clock: systemClock };
  const table = new DynamoDbLeaseTable({ ...options, dynamodb });
  await table.ensureTable(ANY_SIGNAL);
  for (const { hashKeyRange, shardId } of stage.openShards) {
    const range = hashKeyRange && { hashKeyRange };
    await table.create(leaseWithKey(shardId, range), ANY_SIGNAL);
  }
  table.close();
  await writeVersion(application, dynamodb);
}

async function writeVersion(application: string, dynamodb: EmulatorClientConfig): Promise<void> {
  const client = new DynamoDBClient(dynamodb);
  const Item = {
    leaseKey: { S: "Migration3.0" },
    entityType: { S: "CLIENT_VERSION_MIGRATION" },
    cv: { S: "CLIENT_VERSION_3X" },
    mb: { S: "java" },
    mts: { N: "1" },
    h: { L: [] },
  };
  await client.send(new PutItemCommand({ TableName: application, Item }));
  client.destroy();
}
