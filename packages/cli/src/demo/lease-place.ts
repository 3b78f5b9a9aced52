// Where the demo's workers keep their leases: beside the stream, or in a DynamoDB that outlives the demo.
import { randomBytes } from "node:crypto";
import { DynamoDbLeaseTable } from "@shardline/consumer";
import { systemClock } from "@shardline/core";
import type { EmulatorClientConfig } from "@shardline/emulator";
import type { Connection } from "../connection.ts";
import { explain } from "../failure.ts";

const APPLICATION = "shardline-demo";
const CALL_TIMEOUT_MS = 2000;

/** A lease table, by the application whose it is. */
export interface LeasePlace {
  readonly application: string;
  readonly dynamodb: Connection;
}

export function leasesBeside(emulated: EmulatorClientConfig): LeasePlace {
  return { application: APPLICATION, dynamodb: emulated };
}

/** A table of a new name: in one of an earlier demo, the shards of another stream have the same ids and are done. */
export async function leasesIn(dynamodb: Connection, signal: AbortSignal): Promise<LeasePlace> {
  const place = { application: `${APPLICATION}-${randomBytes(4).toString("hex")}`, dynamodb };
  const table = openLeases(place);
  try {
    await table.ensureTable(signal);
  } catch (error) {
    signal.throwIfAborted();
    const where = dynamodb.endpoint ?? "AWS";
    throw new Error(`cannot keep leases at ${where}: ${explain(error)}`, { cause: error });
  } finally {
    table.close();
  }
  return place;
}

export function openLeases({ application, dynamodb }: LeasePlace): DynamoDbLeaseTable {
  return new DynamoDbLeaseTable({
    tableName: application,
    dynamodb,
    timeoutMs: CALL_TIMEOUT_MS,
    clock: systemClock,
  });
}
