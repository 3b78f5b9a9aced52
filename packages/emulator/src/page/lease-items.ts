// Items of a lease table, as far as the page shows them. They were written by whoever uses the table, so everything in
// them may be missing or of another type.

/** One lease. */
export interface SeenLease {
  readonly key: string;
  readonly shardId: string;
  /** Name of the stream and its account, where the key says so: in tables of many streams. */
  readonly stream?: { readonly account: string; readonly name: string };
  /** Absent while nobody has it. */
  readonly owner?: string;
  /** A sequence number or a word such as `TRIM_HORIZON`. */
  readonly checkpoint: string;
}

/** In the grammar of the KCL: account, stream, creation time and shard. */
const KEY_OF_MANY = /^(\d+):([^:]+):\d+:([^:]+)$/;

/** Reads one item in DynamoDB's JSON; `undefined` if it is no lease. */
export function readLease(item: unknown): SeenLease | undefined {
  const key = textOf(item, "leaseKey");
  const entity = textOf(item, "entityType") ?? "LEASE";
  const checkpoint = textOf(item, "checkpoint");
  if (key === undefined || checkpoint === undefined || entity !== "LEASE") return undefined;
  const [, account, name, shardOfKey] = KEY_OF_MANY.exec(key) ?? [];
  const owner = textOf(item, "leaseOwner");
  return {
    key,
    shardId: textOf(item, "shardId") ?? shardOfKey ?? key,
    ...(account === undefined || name === undefined ? {} : { stream: { account, name } }),
    ...(owner === undefined ? {} : { owner }),
    checkpoint,
  };
}

function textOf(item: unknown, name: string): string | undefined {
  const attribute = memberOf(item, name);
  const value = memberOf(attribute, "S");
  return typeof value === "string" ? value : undefined;
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return Reflect.get(value, name) as unknown;
}
