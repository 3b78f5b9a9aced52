// The request that creates a lease table.
import type { CreateTableInput } from "@aws-sdk/client-dynamodb";
import { ATTRIBUTES } from "./dynamodb-lease-attributes.ts";
import type { LeaseTableOptions, TableBilling } from "./lease-table-options.ts";

/** The KCL 3.x adds this index later and waits for it; declared with the table it is there at once. */
const OWNER_INDEX = "LeaseOwnerToLeaseKeyIndex";

/** What is said to DynamoDB. */
export function createTableInput(
  tableName: string,
  { billing, deletionProtection, tags }: Readonly<Required<LeaseTableOptions>>,
): CreateTableInput {
  const hashKey = (name: string) => ({ AttributeName: name, KeyType: "HASH" }) as const;
  const throughput = throughputOf(billing);
  const entries = Object.entries(tags);
  return {
    TableName: tableName,
    BillingMode: billing === "on-demand" ? "PAY_PER_REQUEST" : "PROVISIONED",
    ...throughput,
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
        ...throughput,
      },
    ],
    ...(deletionProtection ? { DeletionProtectionEnabled: true } : {}),
    // AWS asks for one more permission wherever tags are named.
    ...(entries.length === 0 ? {} : { Tags: entries.map(([Key, Value]) => ({ Key, Value })) }),
  };
}

function throughputOf(billing: TableBilling): Pick<CreateTableInput, "ProvisionedThroughput"> {
  if (billing === "on-demand") return {};
  const { readUnits, writeUnits } = billing;
  return {
    ProvisionedThroughput: { ReadCapacityUnits: readUnits, WriteCapacityUnits: writeUnits },
  };
}
