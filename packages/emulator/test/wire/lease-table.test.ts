import {
  ConditionalCheckFailedException,
  CreateTableCommand,
  type CreateTableCommandInput,
  DeleteItemCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  GetItemCommand,
  ListTagsOfResourceCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TagResourceCommand,
  TransactWriteItemsCommand,
  UpdateContinuousBackupsCommand,
  UpdateItemCommand,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import { ListStreamsCommand } from "@aws-sdk/client-kinesis";
import { startEmulator } from "@shardline/emulator";
import { expect, test } from "vitest";
import { exchange, requestOf } from "../support/raw-http.ts";
import { dynamoDbClient, kinesisClient, untilActive } from "../support/running.ts";

const TableName = "leases";
const Key = { leaseKey: { S: "shard-0" } };

async function createTable(
  client: DynamoDBClient,
  more: Partial<CreateTableCommandInput> = {},
): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [
        { AttributeName: "leaseKey", AttributeType: "S" },
        { AttributeName: "leaseOwner", AttributeType: "S" },
      ],
      KeySchema: [{ AttributeName: "leaseKey", KeyType: "HASH" }],
      GlobalSecondaryIndexes: [
        {
          IndexName: "byOwner",
          KeySchema: [
            { AttributeName: "leaseOwner", KeyType: "HASH" },
            { AttributeName: "leaseKey", KeyType: "RANGE" },
          ],
          Projection: { ProjectionType: "KEYS_ONLY" },
          ...(more.BillingMode === "PROVISIONED"
            ? { ProvisionedThroughput: more.ProvisionedThroughput }
            : {}),
        },
      ],
      ...more,
    }),
  );
  await untilActive(client, TableName);
}

/** Takes the lease if its counter is as expected. */
function take(counter: number, owner: string): UpdateItemCommand {
  return new UpdateItemCommand({
    TableName,
    Key,
    UpdateExpression: "SET leaseOwner = :owner, leaseCounter = leaseCounter + :one",
    ConditionExpression: "leaseCounter = :expected",
    ExpressionAttributeValues: {
      ":owner": { S: owner },
      ":one": { N: "1" },
      ":expected": { N: String(counter) },
    },
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  });
}

test("a lease table is created at once and holds items, on the port of Kinesis", async () => {
  await using emulator = await startEmulator();
  using client = dynamoDbClient(emulator);
  await createTable(client);
  const Item = { ...Key, leaseOwner: { S: "a" }, leaseCounter: { N: "1" } };
  await client.send(new PutItemCommand({ TableName, Item }));
  const got = await client.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }));
  expect(got.Item).toEqual(Item);
  const scanned = await client.send(new ScanCommand({ TableName }));
  expect(scanned.Items).toEqual([Item]);
  const queried = await client.send(
    new QueryCommand({
      TableName,
      IndexName: "byOwner",
      KeyConditionExpression: "leaseOwner = :owner",
      ExpressionAttributeValues: { ":owner": { S: "a" } },
    }),
  );
  expect(queried.Items).toEqual([{ ...Key, leaseOwner: { S: "a" } }]);
});

test.each([
  { BillingMode: "PAY_PER_REQUEST" },
  {
    BillingMode: "PROVISIONED",
    ProvisionedThroughput: { ReadCapacityUnits: 10, WriteCapacityUnits: 10 },
  },
] as const)("T55: a lease table is created with its index, and is tagged, %j", async (billing) => {
  await using emulator = await startEmulator();
  using client = dynamoDbClient(emulator);
  const Tags = [{ Key: "team", Value: "blue" }];
  await createTable(client, billing);
  const { Table } = await client.send(new DescribeTableCommand({ TableName }));
  expect(Table?.GlobalSecondaryIndexes).toMatchObject([
    { IndexName: "byOwner", IndexStatus: "ACTIVE", Projection: { ProjectionType: "KEYS_ONLY" } },
  ]);
  const { ProvisionedThroughput = { ReadCapacityUnits: 0 } } = { ...billing };
  expect(Table).toMatchObject({ TableStatus: "ACTIVE", ProvisionedThroughput });
  const ResourceArn = Table?.TableArn;
  await client.send(new TagResourceCommand({ ResourceArn, Tags }));
  const listed = await client.send(new ListTagsOfResourceCommand({ ResourceArn }));
  expect(listed.Tags).toEqual(Tags);
});

test.each([
  new UpdateTimeToLiveCommand({
    TableName,
    TimeToLiveSpecification: { Enabled: true, AttributeName: "expiry" },
  }),
  new UpdateContinuousBackupsCommand({
    TableName,
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
  }),
  new TransactWriteItemsCommand({ TransactItems: [{ Delete: { TableName, Key } }] }),
])(
  "T55: what the lease table does not know it refuses by that name: $constructor.name",
  async (command) => {
    await using emulator = await startEmulator();
    using client = dynamoDbClient(emulator);
    await createTable(client);
    await expect(client.send(command as TransactWriteItemsCommand)).rejects.toMatchObject({
      name: "UnknownOperationException",
    });
  },
);

test("T56: a failed condition answers with the item that it failed on, for updates, puts and deletes", async () => {
  await using emulator = await startEmulator();
  using client = dynamoDbClient(emulator);
  await createTable(client);
  const Item = { ...Key, leaseOwner: { S: "a" }, leaseCounter: { N: "7" } };
  await client.send(new PutItemCommand({ TableName, Item }));
  const condition = {
    TableName,
    ConditionExpression: "leaseCounter = :expected",
    ExpressionAttributeValues: { ":expected": { N: "6" } },
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  } as const;
  const failing = [
    client.send(take(6, "b")),
    client.send(new PutItemCommand({ ...condition, Item: Key })),
    client.send(new DeleteItemCommand({ ...condition, Key })),
  ];
  for (const write of failing) {
    await expect(write).rejects.toThrow(ConditionalCheckFailedException);
    await expect(write).rejects.toMatchObject({ Item });
  }
});

test("T56: a failed condition answers without the item when it was not asked for or is not there", async () => {
  await using emulator = await startEmulator();
  using client = dynamoDbClient(emulator);
  await createTable(client);
  const onMissing = client.send(take(1, "b"));
  await expect(onMissing).rejects.toThrow(ConditionalCheckFailedException);
  await expect(onMissing).rejects.toMatchObject({ Item: undefined });
  await client.send(new PutItemCommand({ TableName, Item: { ...Key, leaseCounter: { N: "7" } } }));
  const unasked = client.send(
    new DeleteItemCommand({
      TableName,
      Key,
      ConditionExpression: "attribute_not_exists(leaseKey)",
    }),
  );
  await expect(unasked).rejects.toThrow(ConditionalCheckFailedException);
  await expect(unasked).rejects.toMatchObject({ Item: undefined });
});

test("T56: of 16 workers that race for a lease one wins and the others learn who", async () => {
  await using emulator = await startEmulator();
  using client = dynamoDbClient(emulator);
  await createTable(client);
  await client.send(new PutItemCommand({ TableName, Item: { ...Key, leaseCounter: { N: "1" } } }));
  const races = await Promise.allSettled(
    Array.from({ length: 16 }, (_, i) => client.send(take(1, `worker-${i}`))),
  );
  const winner = races.findIndex(({ status }) => status === "fulfilled");
  const losers = races.flatMap((race) =>
    race.status === "rejected" ? [race.reason as unknown] : [],
  );
  expect(losers).toHaveLength(15);
  for (const loser of losers) {
    expect(loser).toBeInstanceOf(ConditionalCheckFailedException);
    expect(loser).toMatchObject({
      Item: { ...Key, leaseOwner: { S: `worker-${winner}` }, leaseCounter: { N: "2" } },
    });
  }
});

test("tables of two emulators are two tables", async () => {
  await using one = await startEmulator();
  await using other = await startEmulator();
  using first = dynamoDbClient(one);
  using second = dynamoDbClient(other);
  await Promise.all([createTable(first), createTable(second)]);
  await first.send(new PutItemCommand({ TableName, Item: { ...Key, of: { S: "first" } } }));
  const { Items } = await second.send(new ScanCommand({ TableName }));
  expect(Items).toEqual([]);
});

test("T60: each account has lease tables of its own in each region", async () => {
  await using emulator = await startEmulator();
  const callers = ["111111111111", "222222222222"].flatMap((accountId) =>
    ["eu-west-1", "us-west-2"].map((region) => ({ accountId, region })),
  );
  for (const caller of callers) {
    using client = dynamoDbClient(emulator, emulator.clientConfig("dynamodb", caller));
    await createTable(client);
    expect((await client.send(new ScanCommand({ TableName }))).Count).toBe(0);
    await client.send(new PutItemCommand({ TableName, Item: Key }));
    expect((await client.send(new ScanCommand({ TableName }))).Count).toBe(1);
  }
});

test("a request that the table does not foresee is answered with 500, and Kinesis goes on", async () => {
  await using emulator = await startEmulator();
  const target = { "x-amz-target": "DynamoDB_20120810.GetItem" };
  const authorization =
    "AWS4-HMAC-SHA256 Credential=k/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0";
  const request = requestOf("", "null", {
    ...target,
    authorization,
    "x-amz-date": "20260101T000000Z",
    "content-type": "application/x-amz-json-1.0",
  });
  expect((await exchange(emulator.port, request)).status).toBe(500);
  using client = kinesisClient(emulator);
  expect((await client.send(new ListStreamsCommand({}))).StreamNames).toEqual([]);
});
