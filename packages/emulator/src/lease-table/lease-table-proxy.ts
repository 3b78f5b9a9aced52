// Stands before the lease table: keeps the last requests, so that tests can look at what dynalite ignores, and lets
// them meet the same faults as those of Kinesis.
import type { Clock } from "@shardline/core";
import type { Settling } from "../emulator-journal.ts";
import type { CallSubject } from "../faults/call-subject.ts";
import type { Faults } from "../faults/faults.ts";
import { callerOf } from "../http/credential-scope.ts";
import { answerUnderFaults, isFaulty, subjectOf } from "../http/fault-entrance.ts";
import { type HttpAnswer, type HttpRequest, headerOf } from "../http/http-message.ts";
import { Ring } from "../ring.ts";
import { type Caller, keyOf } from "../stream/namespace.ts";
import { type LeaseRow, LeaseRows, type OwnedRows, type TableItems } from "./lease-rows.ts";
import { LeaseTable } from "./lease-table.ts";

/** One request to the lease table. */
export interface LeaseTableRequest {
  /** Epoch milliseconds of the emulator's clock. */
  readonly atMs: number;
  /** As in `UpdateItem`. */
  readonly operation: string;
  /** Absent where the request names none. */
  readonly table?: string;
  /** With the members of DynamoDB's model, in its JSON; `undefined` where the body was malformed. */
  readonly input: unknown;
}

/** All items of one table, and whose it is. */
export type OwnedItems = TableItems & Caller;

/** What stands around the table. */
interface LeaseTableProxyParts {
  readonly faults: Faults;
  readonly clock: Clock;
  /** Whose the requests are that do not say. */
  readonly caller: Caller;
  /** Absent where nothing is kept beyond the process. */
  readonly journal?: RowJournal | undefined;
}

/** Keeps lease tables beyond the life of the process. */
export interface RowJournal {
  /** Throws where nothing can be kept any more. */
  requireWritable(): void;
  rowsChanged(owner: Caller, rows: readonly LeaseRow[]): void;
  /** What a call waits for that begins now. */
  settling(): Settling;
}

interface OwnedTable {
  readonly owner: Caller;
  readonly table: LeaseTable;
}

const MAX_REQUESTS = 1000;
/** Told at once; who has more looks at something else than leases. */
const MAX_ITEMS = 10_000;
const MODEL = "com.amazonaws.dynamodb.v20120810#";
const NOWHERE: Pick<CallSubject, "routeOf"> = { routeOf: () => undefined };

/** Lease tables, as clients reach them. */
export class LeaseTableProxy {
  readonly #parts: LeaseTableProxyParts;
  /** Each account has tables of its own in each region, as it has streams. */
  readonly #tables = new Map<string, OwnedTable>();
  readonly #requests = new Ring<LeaseTableRequest>(MAX_REQUESTS);
  #writes = 0;

  constructor(parts: LeaseTableProxyParts) {
    this.#parts = parts;
  }

  /** The last 1,000 requests, oldest first, whatever became of them. */
  requests(): readonly LeaseTableRequest[] {
    return this.#requests.all();
  }

  /** Grows with every change after which the items may be others. */
  get writes(): number {
    return this.#writes;
  }

  /** The items of all tables, 10,000 at most, past faults and log. */
  items(): readonly OwnedItems[] {
    let left = MAX_ITEMS;
    return Array.from(this.#tables.values()).flatMap(({ owner, table }) => {
      const tables = table.rows.items(left);
      left -= tables.reduce((count, { items }) => count + items.length, 0);
      return tables.map((of) => ({ ...owner, ...of }));
    });
  }

  /** Everything that the tables hold. */
  rows(): OwnedRows[] {
    return Array.from(this.#tables.values(), ({ owner, table }) => ({
      owner,
      rows: table.rows.all(),
    }));
  }

  /** Takes up tables that were, in the place of all that there are. */
  resume(past: readonly OwnedRows[]): void {
    this.#tables.clear();
    this.#writes += 1;
    for (const { owner, rows } of past) this.#tableOf(owner).rows.resume(rows);
  }

  /** Answers one request; rejects where dynalite fails. */
  async handle(request: HttpRequest): Promise<HttpAnswer> {
    const { faults, clock } = this.#parts;
    const [, operation = ""] = (headerOf(request, "x-amz-target") ?? "").split(".");
    const input = parseJson(request.body);
    this.#note(operation, input);
    const caller = callerOf(headerOf(request, "authorization"), this.#parts.caller);
    const table = this.#tableOf(caller);
    if (!isFaulty(request, faults)) return this.#serve(table, request);
    const subject = subjectOf(request, { service: "dynamodb", operation, input, caller }, NOWHERE);
    const serve = (): Promise<HttpAnswer> => this.#serve(table, request);
    return answerUnderFaults(request, subject, { faults, clock, answerFailure, serve });
  }

  async #serve(table: LeaseTable, request: HttpRequest): Promise<HttpAnswer> {
    const settling = this.#parts.journal?.settling();
    const answer = await table.handle(request);
    try {
      await settling?.();
      return answer;
    } catch (error) {
      return { ...answerFailure(unsafe(error)), status: 500 };
    }
  }

  #tableOf(owner: Caller): LeaseTable {
    const key = keyOf(owner);
    const known = this.#tables.get(key);
    if (known !== undefined) return known.table;
    const rows = new LeaseRows((changed) => {
      this.#parts.journal?.requireWritable();
      // What a table of before a reset still writes concerns nobody.
      if (this.#tables.get(key)?.table !== table) return;
      this.#parts.journal?.rowsChanged(owner, changed);
      this.#writes += 1;
    });
    const table = new LeaseTable(rows);
    this.#tables.set(key, { owner, table });
    return table;
  }

  #note(operation: string, input: unknown): void {
    const table = tableOf(input);
    this.#requests.add({
      atMs: this.#parts.clock.wallTimeMs(),
      operation,
      ...(table === undefined ? {} : { table }),
      input,
    });
  }
}

interface Failure {
  readonly awsName: string;
  readonly reason: string;
}

/** As dynalite says it where a row cannot be kept. */
function unsafe(error: unknown): Failure {
  return { awsName: "InternalServerError", reason: (error as Error).message };
}

function answerFailure({ awsName, reason }: Failure): HttpAnswer {
  const body = { __type: `${MODEL}${awsName}`, ...(reason === "" ? {} : { message: reason }) };
  return {
    status: 400,
    headers: { "content-type": "application/x-amz-json-1.0" },
    body: Buffer.from(JSON.stringify(body)),
  };
}

function tableOf(input: unknown): string | undefined {
  if (typeof input !== "object" || input === null || !("TableName" in input)) return undefined;
  return typeof input.TableName === "string" ? input.TableName : undefined;
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}
