// Lease tables in one DynamoDB Local, which all tests of a file share.
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDbLeaseTable, type LeaseTableOptions } from "@shardline/consumer";
import { type EventSink, systemClock } from "@shardline/core";
import { afterAll } from "vitest";
import type { LeaseEvents } from "../../packages/consumer/src/lease/lease-events.ts";
import { ANY_SIGNAL, type OpenDynamoDbTable } from "../contract/lease-table/tables.ts";
import type { EmulatorClientConfig } from "@shardline/emulator";
import { startDynamoDbLocal } from "./dynamodb-local.ts";

export class LocalLeaseTables {
  /** Of a client of the AWS SDK. */
  readonly config: Promise<EmulatorClientConfig> = startDynamoDbLocal(afterAll);
  #tables = 0;

  /** To be made where a file declares its tests. */
  constructor() {
    // Told by the tests that wait for it.
    this.config.catch(() => undefined);
  }

  /** A view of a lease table that is not made yet, unless others have. */
  async view(
    tableName: string,
    table: LeaseTableOptions = {},
    events?: EventSink<LeaseEvents>,
  ): Promise<DynamoDbLeaseTable> {
    const dynamodb = await this.config;
    return new DynamoDbLeaseTable({
      ...(events && { events }),
      table,
      tableName,
      dynamodb,
      timeoutMs: 5000,
      clock: systemClock,
    });
  }

  /** A lease table of its own, empty. */
  async open(
    options: LeaseTableOptions,
    events?: EventSink<LeaseEvents>,
  ): Promise<OpenDynamoDbTable> {
    this.#tables += 1;
    const tableName = `leases-${this.#tables}`;
    const client = new DynamoDBClient({ ...(await this.config), maxAttempts: 1 });
    const table = await this.view(tableName, options, events);
    await table.ensureTable(ANY_SIGNAL);
    return {
      client,
      table,
      tableName,
      [Symbol.asyncDispose]: async () => {
        table.close();
        client.destroy();
      },
    };
  }
}
