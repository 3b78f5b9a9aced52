// Counts what the calls to the lease table come to, and tells, now and then, what to raise when DynamoDB refuses some
// because there are too many.
import type { ApiFailure, Clock, EventSink } from "@shardline/core";
import type { LeaseEvents } from "./lease-events.ts";
import type { LeaseTableUsage } from "./lease-table.ts";
import type { TableBilling } from "./lease-table-options.ts";

/** What a call uses up; calls about the table itself use neither. */
type Capacity = "read" | "write";

const CAPACITY: Readonly<Record<string, Capacity | undefined>> = {
  GetItem: "read",
  Scan: "read",
  PutItem: "write",
  UpdateItem: "write",
  DeleteItem: "write",
};

/** Throttling is told at once, and then at most so often, because it comes in swarms. */
const TELL_AGAIN_AFTER_MS = 10_000;

interface Throttling {
  calls: number;
  toldAtMs: number;
}

export interface DynamoDbMeterOptions {
  readonly tableName: string;
  readonly clock: Clock;
  readonly events: EventSink<LeaseEvents> | undefined;
}

export class DynamoDbMeter {
  readonly #options: DynamoDbMeterOptions;
  readonly #units = { read: 0, write: 0 };
  readonly #throttling = new Map<Capacity, Throttling>();
  #calls = 0;
  #throttledCalls = 0;
  #billing: TableBilling | undefined;

  constructor(options: DynamoDbMeterOptions) {
    this.#options = options;
  }

  /** Everything so far. */
  get usage(): LeaseTableUsage {
    return {
      calls: this.#calls,
      readUnits: this.#units.read,
      writeUnits: this.#units.write,
      throttledCalls: this.#throttledCalls,
    };
  }

  /** What the table can take, as it was when it was looked at. */
  learn(billing: TableBilling): void {
    this.#billing = billing;
  }

  /** A call was answered. */
  answered(operation: string, units = 0): void {
    this.#calls += 1;
    this.#count(operation, units);
  }

  /** A call failed. */
  failed(operation: string, { awsName, kind }: ApiFailure): void {
    this.#calls += 1;
    // It is charged for like the write itself, and the answer does not say how much: leases stay under 1 KB.
    if (awsName === "ConditionalCheckFailedException") this.#count(operation, 1);
    if (kind !== "throttled") return;
    this.#throttledCalls += 1;
    const capacity = CAPACITY[operation];
    if (capacity !== undefined) this.#throttled(capacity);
  }

  #count(operation: string, units: number): void {
    const capacity = CAPACITY[operation];
    if (capacity !== undefined) this.#units[capacity] += units;
  }

  #throttled(capacity: Capacity): void {
    const { clock, events, tableName } = this.#options;
    const nowMs = clock.nowMs();
    const { calls, toldAtMs } = this.#throttling.get(capacity) ?? NEVER;
    const isTold = nowMs - toldAtMs >= TELL_AGAIN_AFTER_MS;
    const next = isTold ? { calls: 0, toldAtMs: nowMs } : { calls: calls + 1, toldAtMs };
    this.#throttling.set(capacity, next);
    if (!isTold) return;
    events?.emit("leaseTableThrottled", {
      capacity,
      table: tableName,
      throttledCalls: calls + 1,
      advice: adviceOn(tableName, capacity, this.#billing),
    });
  }
}

const NEVER: Throttling = { calls: 0, toldAtMs: Number.NEGATIVE_INFINITY };

function adviceOn(table: string, capacity: Capacity, billing: TableBilling | undefined): string {
  if (billing === "on-demand") {
    return `table ${table} is on-demand: raise its maximum ${capacity} throughput if it has one, or the account's limit`;
  }
  const units = billing && (capacity === "read" ? billing.readUnits : billing.writeUnits);
  const from = units === undefined ? "" : ` from ${units} unit${units === 1 ? "" : "s"}`;
  const also = capacity === "write" ? " and of its index" : "";
  return `raise the ${capacity} capacity of table ${table}${also}${from}, or make it on-demand`;
}
