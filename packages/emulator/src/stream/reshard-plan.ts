// Pure: how UpdateShardCount gets from the ranges of the open shards to uniform ones, by nothing but splits
// and merges. First every shard that a target boundary runs through is split there, then the pieces inside
// each target range are merged from left to right. Doubling is one split each, halving one merge each.
import type { HashKeyRange } from "@shardline/core";

/** One step; shards are named by the first key of their range at that moment. */
export type ReshardStep =
  | { readonly kind: "split"; readonly start: bigint; readonly at: bigint }
  | { readonly kind: "merge"; readonly left: bigint; readonly right: bigint };

/** The steps, in order, from ranges to other ranges; both cover the hash space and are sorted. */
export function reshardPlan(
  ranges: readonly HashKeyRange[],
  targets: readonly HashKeyRange[],
): ReshardStep[] {
  const starts = ranges.map((range) => range.start);
  const pieces = merged(starts, boundariesOf(targets));
  return [...splitsOf(starts, pieces), ...mergesOf(boundariesOf(targets), pieces)];
}

function boundariesOf(ranges: readonly HashKeyRange[]): readonly bigint[] {
  return ranges.map((range) => range.start);
}

function merged(a: readonly bigint[], b: readonly bigint[]): bigint[] {
  return [...new Set([...a, ...b])].sort((x, y) => (x < y ? -1 : 1));
}

/** A boundary that no shard starts with splits the piece that reaches over it. */
function splitsOf(starts: readonly bigint[], pieces: readonly bigint[]): ReshardStep[] {
  const known = new Set(starts);
  return pieces.flatMap((at, i) =>
    known.has(at) ? [] : [{ kind: "split" as const, start: pieces[i - 1] as bigint, at }],
  );
}

/** A piece that no target starts with is merged into the target that it lies in. */
function mergesOf(targets: readonly bigint[], pieces: readonly bigint[]): ReshardStep[] {
  const wanted = new Set(targets);
  let left = 0n;
  return pieces.flatMap((right) => {
    if (!wanted.has(right)) return [{ kind: "merge" as const, left, right }];
    left = right;
    return [];
  });
}
