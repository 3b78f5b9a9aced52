// The two lease tables that stand behind one contract, each opened for one test.
import {
  DynamoDbLeaseTable,
  type Lease,
  type LeaseTable,
  MemoryLeaseTable,
} from "@shardline/consumer";
import { systemClock } from "@shardline/core";
import { startEmulator } from "@shardline/emulator";

/** A table that can be used until it is disposed of. */
export interface OpenTable extends AsyncDisposable {
  readonly table: LeaseTable;
}

export const TABLE_NAME = "billing";

/** A lease table in DynamoDB, over a real connection. */
export async function openInDynamoDb(): Promise<
  OpenTable & { readonly emulator: Awaited<ReturnType<typeof startEmulator>> }
> {
  const emulator = await startEmulator();
  const dynamodb = emulator.clientConfig("dynamodb");
  const settings = { tableName: TABLE_NAME, timeoutMs: 5000, clock: systemClock };
  const table = new DynamoDbLeaseTable({ ...settings, dynamodb });
  await table.ensureTable(new AbortController().signal);
  const close = async (): Promise<void> => {
    table.close();
    await emulator[Symbol.asyncDispose]();
  };
  return { emulator, table, [Symbol.asyncDispose]: close };
}

async function openInMemory(): Promise<OpenTable> {
  return { table: new MemoryLeaseTable(), [Symbol.asyncDispose]: async () => undefined };
}

/** Every table that must keep the contract. */
export const LEASE_TABLES: readonly (readonly [string, () => Promise<OpenTable>])[] = [
  ["in memory", openInMemory],
  ["in DynamoDB", openInDynamoDb],
];

/** A lease that nobody has taken yet. */
export function leaseOf(key: string, fields: Partial<Lease> = {}): Lease {
  return {
    key,
    shardId: key,
    counter: 0,
    ownerSwitches: 0,
    checkpoint: { sequenceNumber: "TRIM_HORIZON", subSequenceNumber: 0 },
    parentShardIds: [],
    childShardIds: [],
    epoch: 0,
    ...fields,
  };
}
