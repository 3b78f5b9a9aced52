// The DynamoDB side: dynalite, which holds the lease tables of consumers in memory. It is loaded by the first
// request that needs it and never listens: requests are handed to it as they were read.
import { EventEmitter } from "node:events";
import type { Server } from "node:http";
import type { HttpAnswer, HttpRequest } from "../http/http-message.ts";
import { keepRows } from "./keep-rows.ts";
import type { LeaseRows } from "./lease-rows.ts";
import { returnOldItems } from "./return-old-items.ts";

/** Tables change at once: nobody tests against the time that a table takes. */
const AT_ONCE = { createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 };

/** Lease tables, over the requests of the DynamoDB API. */
export class LeaseTable {
  readonly rows: LeaseRows;
  #dynalite: Promise<Server> | undefined;

  constructor(rows: LeaseRows) {
    this.rows = rows;
  }

  /** Answers one request; rejects where dynalite fails. */
  async handle(request: HttpRequest): Promise<HttpAnswer> {
    this.#dynalite ??= loadDynalite(this.rows);
    const dynalite = await this.#dynalite;
    return new Promise((resolve) => {
      // dynalite throws on inputs that its checks do not foresee, such as a body of `null`: a rejection.
      const incoming = Object.assign(new EventEmitter(), request);
      dynalite.emit("request", incoming, new CollectedResponse(resolve));
      incoming.emit("data", request.body);
      incoming.emit("end");
    });
  }
}

async function loadDynalite(rows: LeaseRows): Promise<Server> {
  const { default: dynalite } = await import("dynalite");
  returnOldItems();
  return keepRows(rows, () => dynalite(AT_ONCE));
}

/** As much of a server's response as dynalite writes to. */
class CollectedResponse {
  statusCode = 200;
  readonly #headers: Record<string, string> = {};
  readonly #resolve: (answer: HttpAnswer) => void;

  constructor(resolve: (answer: HttpAnswer) => void) {
    this.#resolve = resolve;
  }

  setHeader(name: string, value: string | number): void {
    this.#headers[name.toLowerCase()] = String(value);
  }

  end(body = ""): void {
    const { "transfer-encoding": _, ...headers } = this.#headers;
    this.#resolve({ status: this.statusCode, headers, body: Buffer.from(body) });
  }
}
