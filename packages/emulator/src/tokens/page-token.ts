// Page tokens: like iterators, they carry what the next page needs, and live for five minutes.
import { TOKEN_LIFETIMES } from "@shardline/core";
import { openToken, sealToken } from "./sealed-token.ts";
import { invalidArgument, ServiceException } from "../service-exception.ts";

/** Makes the token of the next page of some kind of listing. */
export function issuePageToken(
  kind: string,
  fields: readonly (string | number)[],
  issuedAtMs: number,
): string {
  return sealToken(kind, [...fields, issuedAtMs]);
}

/**
 * The fields of a page token.
 * @throws ServiceException InvalidArgumentException or ExpiredNextTokenException
 */
export function readPageToken(
  kind: string,
  count: number,
  token: string,
  nowMs: number,
): readonly string[] {
  const fields = openToken(kind, count + 1, token);
  if (fields === undefined) {
    throw invalidArgument("NextToken is invalid.");
  }
  if (nowMs - Number(fields.at(-1)) > TOKEN_LIFETIMES.nextTokenMs) {
    throw new ServiceException("ExpiredNextTokenException", expiredTokenMessage());
  }
  return fields.slice(0, count);
}

/** How a token is refused that has expired. */
export function expiredTokenMessage(): string {
  return `NextToken was issued more than ${TOKEN_LIFETIMES.nextTokenMs} milliseconds ago.`;
}
