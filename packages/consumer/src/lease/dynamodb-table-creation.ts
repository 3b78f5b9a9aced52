// Creates the lease table as the KCL would: looked for first, because a worker may have no permission to create
// it; made by whichever worker comes first.
import {
  CreateTableCommand,
  DescribeTableCommand,
  type TableDescription,
  UpdateContinuousBackupsCommand,
} from "@aws-sdk/client-dynamodb";
import { mayLookAgain, withRetries } from "@shardline/aws";
import { apiFailureOf, type Clock, type EventSink, sleep } from "@shardline/core";
import type { DynamoDbCaller } from "./dynamodb-call.ts";
import { createTableInput } from "./dynamodb-create-table.ts";
import { ATTRIBUTES } from "./dynamodb-lease-attributes.ts";
import { tableIsNone, tableMissing, tableNotActive } from "./lease-table-unusable.ts";
import type { LeaseEvents } from "./lease-events.ts";
import type { LeaseTableOptions, TableBilling } from "./lease-table-options.ts";

const FIRST_POLL_MS = 250;
const POLL_GROWTH = 1.5;
const MAX_POLL_MS = 5000;
/** As long as the KCL waits. */
const MAX_WAIT_MS = 600_000;
/** As long as an index is built, by the KCL 3.x, the table may be used. */
const USABLE = new Set(["ACTIVE", "UPDATING"]);

/** What it takes to see to it that there is a table. */
export interface LeaseTableCreation {
  readonly caller: DynamoDbCaller;
  readonly tableName: string;
  readonly wanted: Readonly<Required<LeaseTableOptions>>;
  readonly clock: Clock;
  readonly events: EventSink<LeaseEvents> | undefined;
}

/** Resolves when the table exists and can be used, with what it can take; its index is not waited for. */
export async function ensureLeaseTable(
  creation: LeaseTableCreation,
  signal: AbortSignal,
): Promise<TableBilling> {
  const table = await untilUsable(creation, signal);
  if (creation.wanted.pointInTimeRecovery) await enableRecovery(creation, signal);
  return billingOf(table);
}

async function untilUsable(
  creation: LeaseTableCreation,
  signal: AbortSignal,
): Promise<TableDescription> {
  const { clock, tableName, wanted } = creation;
  const deadlineMs = clock.nowMs() + MAX_WAIT_MS;
  let isCreated = false;
  let pollMs = FIRST_POLL_MS;
  for (;;) {
    const table = await describe(creation, signal);
    const status = table?.TableStatus ?? "missing";
    if (table !== undefined && !isLeaseTable(table)) throw tableIsNone(tableName, keyOf(table));
    if (table !== undefined && USABLE.has(status)) return table;
    if (table === undefined && !isCreated) {
      if (!wanted.create) throw tableMissing(tableName);
      await create(creation, signal);
      isCreated = true;
      continue;
    }
    if (clock.nowMs() >= deadlineMs) throw tableNotActive(tableName, status, MAX_WAIT_MS);
    await sleep(clock, pollMs, signal);
    pollMs = Math.min(MAX_POLL_MS, pollMs * POLL_GROWTH);
  }
}

async function describe(
  { caller, tableName }: LeaseTableCreation,
  signal: AbortSignal,
): Promise<TableDescription | undefined> {
  const look = () =>
    caller.send("DescribeTable", new DescribeTableCommand({ TableName: tableName }), signal);
  try {
    return (await withRetries(look, mayLookAgain, signal)).Table;
  } catch (error) {
    if (apiFailureOf(error)?.kind === "missing") return undefined;
    throw error;
  }
}

async function create(
  { caller, tableName, wanted }: LeaseTableCreation,
  signal: AbortSignal,
): Promise<void> {
  const input = createTableInput(tableName, wanted);
  const attempt = () => caller.send("CreateTable", new CreateTableCommand(input), signal);
  try {
    // May be repeated whatever became of it: a table that is there already counts as created.
    await withRetries(attempt, mayLookAgain, signal);
  } catch (error) {
    // Another worker is creating it, or the first of our tries did and its answer was lost.
    if (apiFailureOf(error)?.kind !== "busy") throw error;
  }
}

/** Worth a warning and not the records: the next worker that starts tries again. */
async function enableRecovery(
  { caller, events, tableName }: LeaseTableCreation,
  signal: AbortSignal,
): Promise<void> {
  const input = {
    TableName: tableName,
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
  };
  const attempt = () =>
    caller.send("UpdateContinuousBackups", new UpdateContinuousBackupsCommand(input), signal);
  try {
    await withRetries(
      attempt,
      // A table that has just become active may not be ready for it.
      (failure) =>
        mayLookAgain(failure) || failure.awsName === "ContinuousBackupsUnavailableException",
      signal,
    );
  } catch (error) {
    signal.throwIfAborted();
    const reason = error instanceof Error ? error.message : String(error);
    events?.emit("pointInTimeRecoveryFailed", { table: tableName, reason });
  }
}

function keyOf({ KeySchema = [] }: TableDescription): string {
  return KeySchema.map(({ AttributeName }) => AttributeName).join(", ");
}

/** An application may have the name of a table that has nothing to do with leases. */
function isLeaseTable(table: TableDescription): boolean {
  return keyOf(table) === ATTRIBUTES.key;
}

/** A table that never changed its billing does not say that it is provisioned. */
function billingOf(table: TableDescription): TableBilling {
  if (table.BillingModeSummary?.BillingMode === "PAY_PER_REQUEST") return "on-demand";
  const { ReadCapacityUnits = 0, WriteCapacityUnits = 0 } = table.ProvisionedThroughput ?? {};
  return { readUnits: ReadCapacityUnits, writeUnits: WriteCapacityUnits };
}
