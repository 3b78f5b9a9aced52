// Shard iterators: a place in a shard, good for five minutes and as many reads as one likes.
import { TOKEN_LIFETIMES, toDate } from "@shardline/core";
import type { Call } from "../operation.ts";
import { openToken, sealToken } from "./sealed-token.ts";
import { invalidArgument, ServiceException } from "../service-exception.ts";
import type { Shard } from "../stream/shard.ts";
import type { Stream } from "../stream/stream.ts";
import { INCARNATION_FIELDS, incarnationOf, streamOfToken } from "./stream-incarnation.ts";

/** What an iterator means. */
export interface ShardIterator {
  readonly stream: Stream;
  readonly shardId: string;
  /** The index of the first record to read. */
  readonly index: number;
}

const KIND = "iterator";

/** Writes the iterator of a place in a shard. */
export function issueIterator(
  stream: Stream,
  shard: Shard,
  index: number,
  issuedAtMs: number,
): string {
  return sealToken(KIND, [...incarnationOf(stream), shard.shardId, index, issuedAtMs]);
}

/**
 * Reads an iterator.
 * @throws ServiceException InvalidArgumentException, ExpiredIteratorException or ResourceNotFoundException
 */
export function readIterator(token: string, call: Call): ShardIterator {
  const fields = openToken(KIND, INCARNATION_FIELDS + 3, token);
  if (fields === undefined) {
    throw invalidArgument("Invalid ShardIterator.");
  }
  const [shardId = "", index, issuedAtMs] = fields.slice(INCARNATION_FIELDS);
  refuseExpired(Number(issuedAtMs), call.wallMs);
  return { stream: streamOfToken(fields, call), shardId, index: Number(index) };
}

/** How an iterator is refused that has expired. */
export function expiredIteratorMessage(issuedAtMs: number, nowMs: number): string {
  return (
    `Iterator expired. The iterator was created at time ${showTime(issuedAtMs)} while right now it is ` +
    `${showTime(nowMs)} which is further in the future than the tolerated delay of ` +
    `${TOKEN_LIFETIMES.shardIteratorMs} milliseconds.`
  );
}

/** The iterator of the same place, issued anew. */
export function renewIterator(token: string, issuedAtMs: number): string {
  const fields = openToken(KIND, INCARNATION_FIELDS + 3, token) ?? [];
  return sealToken(KIND, [...fields.slice(0, -1), issuedAtMs]);
}

function refuseExpired(issuedAtMs: number, nowMs: number): void {
  if (nowMs - issuedAtMs <= TOKEN_LIFETIMES.shardIteratorMs) return;
  throw new ServiceException("ExpiredIteratorException", expiredIteratorMessage(issuedAtMs, nowMs));
}

/** As in `Thu Jan 22 01:22:02 UTC 2015`. */
function showTime(epochMs: number): string {
  const [weekday, day, month, year, time] = toDate(epochMs).toUTCString().split(/,? /);
  return `${weekday} ${month} ${day} ${time} UTC ${year}`;
}
