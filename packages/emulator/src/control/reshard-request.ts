// A reshard on command: at once, past every limit and quota, which tests of resharding are not about.
import {
  type Check,
  group,
  integer,
  MAX_HASH_KEY,
  optional,
  parsed,
  parseExplicitHashKey,
  required,
  resolveOptions,
  wrong,
} from "@shardline/core";
import type { Shard } from "../stream/shard.ts";
import type { Stream } from "../stream/stream.ts";
import type { Reshard } from "../stream/stream-change.ts";

/** What becomes of a stream's shards. */
export type ReshardRequest =
  /** So many shards of equal width, 1 to 10,000. */
  | { readonly to: number }
  /** Two of one, in its middle or at a hash key that the upper one begins with. */
  | { readonly split: string; readonly at?: string }
  /** One of two that lie side by side. */
  | { readonly merge: readonly [shardId: string, adjacentShardId: string] };

/** Every member that a request can have. */
interface AnyRequest {
  readonly to: number | undefined;
  readonly split: string | undefined;
  readonly at: bigint | undefined;
  readonly merge: readonly [string, string] | undefined;
}

const SHARD_ID = parsed("the id of a shard", (text) => text);
const PAIR: Check<readonly [string, string]> = (value, path, problems) => {
  const [first, second] = Array.isArray(value) && value.length === 2 ? (value as unknown[]) : [];
  if (first === undefined) problems.push(wrong(path, "a list of two shard ids", value));
  return [SHARD_ID(first ?? "", path, problems), SHARD_ID(second ?? "", path, problems)];
};
const REQUEST = required(
  group<AnyRequest>({
    to: optional(integer({ min: 1, max: 10_000 })),
    split: optional(SHARD_ID),
    at: optional(parsed(`a hash key from 0 to ${MAX_HASH_KEY}`, parseExplicitHashKey)),
    merge: optional(PAIR),
  }),
);

/**
 * Carries out a reshard of a stream that is ACTIVE.
 * @throws KinesisError INVALID_OPTIONS
 */
export function reshardNow(stream: Stream, request: unknown): void {
  const check: Check<Reshard | undefined> = (value, path, problems) => {
    if (stream.status !== "ACTIVE") problems.push(`stream ${stream.plan.name} is ${stream.status}`);
    const asked = REQUEST(value, path, problems);
    return problems.length === 0 ? changeOf(asked, stream, problems) : undefined;
  };
  const change = resolveOptions("reshard", check, request);
  if (change !== undefined) stream.reshardNow(change);
}

function changeOf(
  { to, split, at, merge }: AnyRequest,
  stream: Stream,
  problems: string[],
): Reshard | undefined {
  if ([to, split, merge].filter((member) => member !== undefined).length !== 1) {
    problems.push("one of to, split and merge has to be given");
  } else if (at !== undefined && split === undefined) problems.push("at belongs to split");
  else if (to !== undefined) return { kind: "scale", shardCount: to };
  else if (split !== undefined) return splitOf(split, at, stream, problems);
  else if (merge !== undefined) return mergeOf(merge, stream, problems);
  return undefined;
}

function splitOf(
  shardId: string,
  given: bigint | undefined,
  stream: Stream,
  problems: string[],
): Reshard | undefined {
  const shard = openShard(shardId, stream, problems);
  if (shard === undefined) return undefined;
  const { start, end } = shard.origin.range;
  const at = given ?? start + (end - start + 1n) / 2n;
  if (at > start && at <= end) return { kind: "split", shardId, at: at.toString() };
  problems.push(`at must be above ${start} and not above ${end}, got ${at}`);
  return undefined;
}

function mergeOf(
  [shardId, adjacentId]: readonly [string, string],
  stream: Stream,
  problems: string[],
): Reshard | undefined {
  const one = openShard(shardId, stream, problems);
  const other = openShard(adjacentId, stream, problems);
  if (one === undefined || other === undefined) return undefined;
  if (follows(one, other) || follows(other, one)) return { kind: "merge", shardId, adjacentId };
  problems.push(`shards ${shardId} and ${adjacentId} do not lie side by side`);
  return undefined;
}

function openShard(shardId: string, stream: Stream, problems: string[]): Shard | undefined {
  const shard = stream.shards.find(shardId);
  if (shard?.closing === undefined && shard !== undefined) return shard;
  problems.push(`stream ${stream.plan.name} has no open shard ${shardId}`);
  return undefined;
}

function follows(a: Shard, b: Shard): boolean {
  return a.origin.range.end + 1n === b.origin.range.start;
}
