// Reads all items of all tables, as a client would: for whoever looks on.
import type { HttpAnswer, HttpRequest } from "../http/http-message.ts";

interface NamedItems {
  readonly name: string;
  readonly items: readonly unknown[];
}

/** Answers a request to the tables. */
type Handle = (request: HttpRequest) => Promise<HttpAnswer>;

/** dynalite wants a signature and does not check it. */
const SIGNED = {
  "x-amz-date": "20260101T000000Z",
  authorization:
    "AWS4-HMAC-SHA256 Credential=000000000000/20260101/us-east-1/dynamodb/aws4_request, " +
    "SignedHeaders=x-amz-date, Signature=unchecked",
};
const NEVER = new AbortController().signal;
/** Over all tables; who has more in them looks at something else than leases. */
const MAX_ITEMS = 10_000;

/** Every table with its items, up to a bound; a table that goes away meanwhile has none. */
export async function itemsOf(handle: Handle): Promise<NamedItems[]> {
  const names = await tableNames(handle);
  const tables: NamedItems[] = [];
  let left = MAX_ITEMS;
  for (const name of names) {
    const items = await scan(handle, name, left);
    left -= items.length;
    tables.push({ name, items });
  }
  return tables;
}

async function tableNames(handle: Handle): Promise<string[]> {
  const names = (await ask(handle, "ListTables", {}))["TableNames"];
  return Array.isArray(names) ? names.filter((name) => typeof name === "string") : [];
}

async function scan(handle: Handle, TableName: string, most: number): Promise<unknown[]> {
  const items: unknown[] = [];
  let from: object = {};
  while (items.length < most) {
    const page = await ask(handle, "Scan", { TableName, Limit: most - items.length, ...from });
    if (Array.isArray(page["Items"])) items.push(...(page["Items"] as unknown[]));
    if (page["LastEvaluatedKey"] === undefined) break;
    from = { ExclusiveStartKey: page["LastEvaluatedKey"] };
  }
  return items;
}

/** A refusal has none of the members that are looked for. */
async function ask(handle: Handle, operation: string, input: object): Promise<Answer> {
  const { body } = await handle({
    method: "POST",
    url: "/",
    headers: {
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": `DynamoDB_20120810.${operation}`,
      host: "localhost",
      ...SIGNED,
    },
    body: Buffer.from(JSON.stringify(input)),
    signal: NEVER,
  });
  return Buffer.isBuffer(body) ? (JSON.parse(body.toString()) as Answer) : {};
}

type Answer = Readonly<Record<string, unknown>>;
