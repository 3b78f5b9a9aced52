// The lease tables that must behave alike, each opened empty; the one in DynamoDB over the emulator's dynalite.
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  DynamoDbLeaseTable,
  type Lease,
  type LeaseTable,
  type LeaseTableOptions,
  MemoryLeaseTable,
} from "@shardline/consumer";
import { LinkedSignal, systemClock } from "@shardline/core";
import { type RunningEmulator, startEmulator } from "@shardline/emulator";
import { leaseOf } from "../../../packages/consumer/test/support/leases.ts";

export const TABLE_NAME = "leases";
/** Many calls at a time may share it. */
export const ANY_SIGNAL: AbortSignal = new LinkedSignal().signal;

export interface OpenTable extends AsyncDisposable {
  readonly table: LeaseTable;
}

/** A table in DynamoDB, and a client to look behind it. */
export interface OpenDynamoDbTable extends OpenTable {
  readonly table: DynamoDbLeaseTable;
  readonly tableName: string;
  readonly client: DynamoDBClient;
}

export interface OpenEmulatedTable extends OpenDynamoDbTable {
  readonly emulator: RunningEmulator;
}

export async function openMemory(): Promise<OpenTable> {
  const table = new MemoryLeaseTable();
  await table.ensureTable(ANY_SIGNAL);
  return { table, [Symbol.asyncDispose]: async () => undefined };
}

export async function openDynamoDb(options?: LeaseTableOptions): Promise<OpenEmulatedTable> {
  const emulator = await startEmulator();
  const client = new DynamoDBClient({ ...emulator.clientConfig("dynamodb"), maxAttempts: 1 });
  const table = newTable(emulator, TABLE_NAME, options);
  await table.ensureTable(ANY_SIGNAL);
  return {
    client,
    emulator,
    table,
    tableName: TABLE_NAME,
    [Symbol.asyncDispose]: async () => {
      table.close();
      client.destroy();
      await emulator.close();
    },
  };
}

/** One more worker's view of the table in DynamoDB. */
export function newTable(
  emulator: RunningEmulator,
  tableName = TABLE_NAME,
  table: LeaseTableOptions = {},
): DynamoDbLeaseTable {
  const dynamodb = emulator.clientConfig("dynamodb");
  return new DynamoDbLeaseTable({
    table,
    tableName,
    dynamodb,
    timeoutMs: 5000,
    clock: systemClock,
  });
}

/** A lease that nobody has taken yet. */
export function leaseWithKey(key: string, fields: Partial<Lease> = {}): Lease {
  return { ...leaseOf(0), key, shardId: key, ...fields };
}
