// Stands before the lease table: keeps the last requests, so that tests can look at what dynalite ignores, and lets
// them meet the same faults as those of Kinesis.
import type { Clock } from "@shardline/core";
import type { CallSubject } from "../faults/call-subject.ts";
import type { Faults } from "../faults/faults.ts";
import { callerOf } from "../http/credential-scope.ts";
import { answerUnderFaults, isFaulty, subjectOf } from "../http/fault-entrance.ts";
import { type HttpAnswer, type HttpRequest, headerOf } from "../http/http-message.ts";
import { Ring } from "../ring.ts";
import type { Caller } from "../stream/namespace.ts";
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

/** What stands around the table. */
interface LeaseTableProxyParts {
  readonly faults: Faults;
  readonly clock: Clock;
  /** Whose the requests are that do not say. */
  readonly caller: Caller;
}

const MAX_REQUESTS = 1000;
const MODEL = "com.amazonaws.dynamodb.v20120810#";
const NOWHERE: Pick<CallSubject, "routeOf"> = { routeOf: () => undefined };

/** Lease tables, as clients reach them. */
export class LeaseTableProxy {
  readonly #parts: LeaseTableProxyParts;
  /** Each account has tables of its own in each region, as it has streams. */
  readonly #tables = new Map<string, LeaseTable>();
  readonly #requests = new Ring<LeaseTableRequest>(MAX_REQUESTS);

  constructor(parts: LeaseTableProxyParts) {
    this.#parts = parts;
  }

  /** The last 1,000 requests, oldest first, whatever became of them. */
  requests(): readonly LeaseTableRequest[] {
    return this.#requests.all();
  }

  /** Answers one request; rejects where dynalite fails. */
  handle(request: HttpRequest): Promise<HttpAnswer> {
    const { faults, clock } = this.#parts;
    const [, operation = ""] = (headerOf(request, "x-amz-target") ?? "").split(".");
    const input = parseJson(request.body);
    this.#note(operation, input);
    const caller = callerOf(headerOf(request, "authorization"), this.#parts.caller);
    const table = this.#tableOf(caller);
    if (!isFaulty(request, faults)) return table.handle(request);
    const subject = subjectOf(request, { service: "dynamodb", operation, input, caller }, NOWHERE);
    const serve = (): Promise<HttpAnswer> => table.handle(request);
    return answerUnderFaults(request, subject, { faults, clock, answerFailure, serve });
  }

  #tableOf({ accountId, region }: Caller): LeaseTable {
    const key = `${accountId}/${region}`;
    const table = this.#tables.get(key) ?? new LeaseTable();
    this.#tables.set(key, table);
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

function answerFailure({
  awsName,
  reason,
}: {
  readonly awsName: string;
  readonly reason: string;
}): HttpAnswer {
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
