// What a token says, without asking whether it still holds: for whoever looks at a call before it is served.
import type { Caller } from "../stream/namespace.ts";
import { openAnyToken } from "./sealed-token.ts";

/** A shard iterator or a page token. */
export interface PeekedToken {
  readonly kind: string;
  /** Epoch milliseconds. */
  readonly issuedAtMs: number;
  /** Absent where a token belongs to no stream. */
  readonly stream?: { readonly name: string; readonly owner: Caller };
  /** Of a shard iterator. */
  readonly shardId?: string;
}

/** Reads a token of any kind; `undefined` if it is none. */
export function peekToken(token: string): PeekedToken | undefined {
  const [kind = "", ...fields] = openAnyToken(token) ?? [];
  const issuedAtMs = Number(fields.at(-1));
  if (kind === "" || !Number.isFinite(issuedAtMs)) return undefined;
  const [accountId = "", region = "", name] = fields;
  if (name === undefined) return { kind, issuedAtMs };
  const stream = { name, owner: { accountId, region } };
  const shardId = fields[4];
  return kind === "iterator" && shardId !== undefined
    ? { kind, issuedAtMs, stream, shardId }
    : { kind, issuedAtMs, stream };
}
