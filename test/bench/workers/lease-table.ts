// The lease table that workers find when they start. The KCL finds it made: dynalite cannot add the index that the KCL 3
// looks its own leases up by to a table that is there, and the KCL waits ten seconds for one that it has made.
import {
  type AttributeValue,
  CreateTableCommand,
  DynamoDBClient,
  ScanCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import type { EmulatorClientConfig } from "@shardline/emulator";
import type { WorkerKind } from "./worker-kinds.ts";

const PROVISIONED = { ReadCapacityUnits: 1000, WriteCapacityUnits: 1000 };

/** Makes it, if a worker of this kind needs one. */
export async function prepareTable(
  kind: WorkerKind,
  client: EmulatorClientConfig,
  application: string,
): Promise<void> {
  if (kind !== "KCL 3.5" && kind !== "KCL 2.7") return;
  const dynamodb = new DynamoDBClient(client);
  const key = { AttributeName: "leaseKey", KeyType: "HASH" } as const;
  await dynamodb.send(
    new CreateTableCommand({
      TableName: application,
      ProvisionedThroughput: PROVISIONED,
      AttributeDefinitions: [
        { AttributeName: "leaseKey", AttributeType: "S" },
        { AttributeName: "leaseOwner", AttributeType: "S" },
      ],
      KeySchema: [key],
      GlobalSecondaryIndexes: [
        {
          IndexName: "LeaseOwnerToLeaseKeyIndex",
          KeySchema: [
            { AttributeName: "leaseOwner", KeyType: "HASH" },
            { AttributeName: "leaseKey", KeyType: "RANGE" },
          ],
          Projection: { ProjectionType: "KEYS_ONLY" },
          ProvisionedThroughput: PROVISIONED,
        },
      ],
    }),
  );
  dynamodb.destroy();
}

/** Takes every lease from whom it says it belongs to: the KCL leaves its name behind, also where it ends in good order. */
export async function clearOwners(
  client: EmulatorClientConfig,
  application: string,
): Promise<void> {
  const dynamodb = new DynamoDBClient(client);
  const { Items = [] } = await dynamodb.send(
    new ScanCommand({ TableName: application, FilterExpression: "attribute_exists(leaseOwner)" }),
  );
  for (const { leaseKey } of Items) {
    const update = { TableName: application, UpdateExpression: "REMOVE leaseOwner" };
    await dynamodb.send(
      new UpdateItemCommand({ ...update, Key: { leaseKey: leaseKey as AttributeValue } }),
    );
  }
  dynamodb.destroy();
}
