// The lease table in DynamoDB, readable by every worker of the KCL. One call per operation: the loops above
// repeat what fails; only the table's creation, which has no loop above it, is retried here.
import {
  DeleteItemCommand,
  GetItemCommand,
  type GetItemInput,
  PutItemCommand,
  ScanCommand,
  type ScanOutput,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { apiFailureOf, type Clock, type EventSink, type KinesisError } from "@shardline/core";
import { DynamoDbCaller, type DynamoDbSource } from "./dynamodb-call.ts";
import { ATTRIBUTES, type LeaseItem } from "./dynamodb-lease-attributes.ts";
import { itemOf } from "./dynamodb-lease-item.ts";
import { leaseOf, lookupOf, readCoordinatorItem, readItem } from "./dynamodb-lease-reading.ts";
import { conditionOf, writeOf } from "./dynamodb-lease-write.ts";
import { ensureLeaseTable, type LeaseTableCreation } from "./dynamodb-table-creation.ts";
import type { Lease } from "./lease.ts";
import type { LeaseEvents } from "./lease-events.ts";
import { leaseFound, type LeaseLookup } from "./lease-lookup.ts";
import type { LeaseExpectation, LeaseMove } from "./lease-move.ts";
import type {
  ForeignItem,
  LeaseListing,
  LeaseTable,
  LeaseTableUsage,
  LeaseUpdate,
  UnreadableItem,
} from "./lease-table.ts";
import { type LeaseTableOptions, TABLE_DEFAULTS } from "./lease-table-options.ts";

const COUNTED = { ReturnConsumedCapacity: "TOTAL" } as const;

export interface DynamoDbLeaseTableOptions {
  readonly tableName: string;
  /** By whose name the KCL 3.x calls the table beside it. @defaultValue the table's name */
  readonly application?: string;
  readonly dynamodb: DynamoDbSource;
  /** Bounds each call, in ms. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** How the table is made where there is none. */
  readonly table?: LeaseTableOptions;
  /** Hears of throttling, and of point-in-time recovery that could not be switched on. */
  readonly events?: EventSink<LeaseEvents>;
}

/** Leases as items of a DynamoDB table. */
export class DynamoDbLeaseTable implements LeaseTable {
  readonly #tableName: string;
  readonly #coordinatorTableName: string;
  readonly #caller: DynamoDbCaller;
  readonly #creation: LeaseTableCreation;

  constructor(options: DynamoDbLeaseTableOptions) {
    const { clock, events, table, tableName } = options;
    this.#tableName = tableName;
    this.#coordinatorTableName = `${options.application ?? tableName}-CoordinatorState`;
    this.#caller = new DynamoDbCaller({ ...options, events });
    const wanted = { ...TABLE_DEFAULTS, ...table };
    this.#creation = { tableName, clock, events, wanted, caller: this.#caller };
  }

  get usage(): LeaseTableUsage {
    return this.#caller.meter.usage;
  }

  /** Frees the connections of a client that was built here. */
  close(): void {
    this.#caller.close();
  }

  /**
   * Creates the table unless it exists; resolves when it can be used.
   * @throws KinesisError LEASE_TABLE_UNUSABLE, API_CALL_FAILED
   */
  async ensureTable(signal: AbortSignal): Promise<void> {
    this.#caller.meter.learn(await ensureLeaseTable(this.#creation, signal));
  }

  async get(
    key: string,
    { consistent }: { readonly consistent: boolean },
    signal: AbortSignal,
  ): Promise<LeaseLookup> {
    const input = { ...this.#keyOf(key), ConsistentRead: consistent };
    const { Item } = await this.#caller.send("GetItem", new GetItemCommand(input), signal);
    return Item === undefined ? { kind: "absent" } : lookupOf(Item);
  }

  async list(signal: AbortSignal): Promise<LeaseListing> {
    const leases: Lease[] = [];
    const unreadable: UnreadableItem[] = [];
    const foreign: ForeignItem[] = [];
    let readUnits = 0;
    for await (const { ConsumedCapacity, Items = [] } of this.#scan(this.#tableName, signal)) {
      readUnits += ConsumedCapacity?.CapacityUnits ?? 0;
      for (const read of Items.map(readItem)) {
        if (read.kind === "lease") leases.push(read.lease);
        else if (read.kind === "unreadable") unreadable.push(read.item);
        else foreign.push(read.item);
      }
    }
    return { leases, unreadable, foreign, readUnits };
  }

  /** Most workers have no such table beside theirs, and many no permission to look. */
  async coordinatorState(signal: AbortSignal): Promise<readonly ForeignItem[]> {
    const items: ForeignItem[] = [];
    try {
      for await (const { Items = [] } of this.#scan(this.#coordinatorTableName, signal)) {
        items.push(...Items.map(readCoordinatorItem));
      }
    } catch (error) {
      const kind = apiFailureOf(error)?.kind;
      if (kind !== "missing" && kind !== "denied") throw error;
    }
    return items;
  }

  /** Page by page. */
  async *#scan(tableName: string, signal: AbortSignal): AsyncGenerator<ScanOutput> {
    let start: LeaseItem | undefined;
    do {
      const command = new ScanCommand({
        TableName: tableName,
        ...COUNTED,
        ...(start && { ExclusiveStartKey: start }),
      });
      const page: ScanOutput = await this.#caller.send("Scan", command, signal);
      yield page;
      start = page.LastEvaluatedKey;
    } while (start !== undefined);
  }

  async create(lease: Lease, signal: AbortSignal): Promise<boolean> {
    const command = new PutItemCommand({
      TableName: this.#tableName,
      Item: itemOf(lease),
      ...COUNTED,
      ConditionExpression: "attribute_not_exists(#key)",
      ExpressionAttributeNames: { "#key": ATTRIBUTES.key },
    });
    return this.#succeeds(this.#caller.send("PutItem", command, signal));
  }

  async update(key: string, move: LeaseMove, signal: AbortSignal): Promise<LeaseUpdate> {
    const command = new UpdateItemCommand({
      ...this.#keyOf(key),
      ...writeOf(move),
      ReturnValues: "ALL_NEW",
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    });
    try {
      const { Attributes } = await this.#caller.send("UpdateItem", command, signal);
      const lease = leaseOf(Attributes ?? {});
      return lease === undefined ? { kind: "conflict" } : { kind: "updated", lease };
    } catch (error) {
      if (!isConditionFailure(error)) throw error;
      const item = itemOfFailure(error);
      const current =
        item === undefined
          ? leaseFound(await this.get(key, { consistent: true }, signal))
          : leaseOf(item);
      return { kind: "conflict", ...(current === undefined ? {} : { current }) };
    }
  }

  async delete(key: string, expect: LeaseExpectation, signal: AbortSignal): Promise<boolean> {
    const command = new DeleteItemCommand({ ...this.#keyOf(key), ...conditionOf(expect) });
    return this.#succeeds(this.#caller.send("DeleteItem", command, signal));
  }

  /** What every call that names an item says. */
  #keyOf(key: string): Pick<GetItemInput, "TableName" | "Key" | "ReturnConsumedCapacity"> {
    return { TableName: this.#tableName, Key: { [ATTRIBUTES.key]: { S: key } }, ...COUNTED };
  }

  async #succeeds(write: Promise<unknown>): Promise<boolean> {
    try {
      await write;
      return true;
    } catch (error) {
      if (isConditionFailure(error)) return false;
      throw error;
    }
  }
}

function isConditionFailure(error: unknown): error is KinesisError {
  return apiFailureOf(error)?.awsName === "ConditionalCheckFailedException";
}

/** Not every DynamoDB-compatible table hands the item out. */
function itemOfFailure({ cause }: KinesisError): LeaseItem | undefined {
  return (cause as { readonly Item?: LeaseItem } | undefined)?.Item;
}
