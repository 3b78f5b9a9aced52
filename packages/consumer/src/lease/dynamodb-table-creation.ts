// Creates the lease table as the KCL would: looked for first, because a worker may have no permission to create
// it; made by whichever worker comes first.
import { CreateTableCommand, DescribeTableCommand } from "@aws-sdk/client-dynamodb";
import { withRetries } from "@shardline/aws";
import { type ApiFailure, apiCallFailed, apiFailureOf, type Clock, sleep } from "@shardline/core";
import type { DynamoDbCaller } from "./dynamodb-call.ts";
import { ATTRIBUTES } from "./dynamodb-lease-attributes.ts";

/** The KCL 3.x adds this index later and waits for it; declared with the table it is there at once. */
const OWNER_INDEX = "LeaseOwnerToLeaseKeyIndex";
const FIRST_POLL_MS = 250;
const POLL_GROWTH = 1.5;
const MAX_POLL_MS = 5000;
/** As long as the KCL waits. */
const MAX_WAIT_MS = 600_000;

/** Resolves when the table exists and can be used. */
export async function ensureLeaseTable(
  caller: DynamoDbCaller,
  tableName: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const deadlineMs = clock.nowMs() + MAX_WAIT_MS;
  let status = await statusOf(caller, tableName, signal);
  if (status === "MISSING") await createTable(caller, tableName, signal);
  for (let pollMs = FIRST_POLL_MS; ; pollMs = Math.min(MAX_POLL_MS, pollMs * POLL_GROWTH)) {
    status = await statusOf(caller, tableName, signal);
    if (status === "ACTIVE" || status === "UPDATING") return;
    if (clock.nowMs() > deadlineMs) throw notActive(tableName, status);
    await sleep(clock, pollMs, signal);
  }
}

async function statusOf(
  caller: DynamoDbCaller,
  tableName: string,
  signal: AbortSignal,
): Promise<string> {
  try {
    const command = () => new DescribeTableCommand({ TableName: tableName });
    const describe = () => caller.send("DescribeTable", command(), signal);
    const { Table } = await withRetries(describe, mayTryAgain, signal);
    return Table?.TableStatus ?? "UNKNOWN";
  } catch (error) {
    if (apiFailureOf(error)?.kind === "missing") return "MISSING";
    throw error;
  }
}

async function createTable(
  caller: DynamoDbCaller,
  tableName: string,
  signal: AbortSignal,
): Promise<void> {
  const create = () => caller.send("CreateTable", createCommand(tableName), signal);
  try {
    await withRetries(create, mayTryAgain, signal);
  } catch (error) {
    // Another worker is creating it, or the first of our tries did and its answer was lost.
    if (apiFailureOf(error)?.kind !== "busy") throw error;
  }
}

function createCommand(tableName: string): CreateTableCommand {
  const hashKey = (name: string) => ({ AttributeName: name, KeyType: "HASH" }) as const;
  return new CreateTableCommand({
    TableName: tableName,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [ATTRIBUTES.key, ATTRIBUTES.owner].map((AttributeName) => ({
      AttributeName,
      AttributeType: "S",
    })),
    KeySchema: [hashKey(ATTRIBUTES.key)],
    GlobalSecondaryIndexes: [
      {
        IndexName: OWNER_INDEX,
        KeySchema: [hashKey(ATTRIBUTES.owner), { AttributeName: ATTRIBUTES.key, KeyType: "RANGE" }],
        Projection: { ProjectionType: "KEYS_ONLY" },
      },
    ],
  });
}

/** Every step may be repeated: a table that exists already counts as created. */
function mayTryAgain({ kind }: ApiFailure): boolean {
  return kind === "throttled" || kind === "transient" || kind === "unreachable";
}

function notActive(tableName: string, status: string): Error {
  return apiCallFailed("DescribeTable", {
    kind: "busy",
    awsName: "TableNotActive",
    reason: `table ${tableName} is ${status} after ${MAX_WAIT_MS / 1000} s`,
    isAmbiguous: false,
  });
}
