// Pure: whether what is told of a stream and of its shards fits together, member by member. Each member was looked at by
// itself before; what is looked at here is what would otherwise come out as a stream that never was.
import { type HashKeyRange, MAX_HASH_KEY } from "@shardline/core";
import { shardIdOf } from "../stream/shard.ts";
import type { PastShard, PastStream, ShardImage } from "../stream/stream-image.ts";

type Problems = Generator<string, void>;
type ShardsById = ReadonlyMap<string, PastShard>;

/** The first thing that does not fit, by the member that says it; `undefined` if all does. */
export function contradictionIn(stream: PastStream): string | undefined {
  return contradictions(stream).next().value ?? undefined;
}

function* contradictions(stream: PastStream): Problems {
  const { consumers, status, tags } = stream.image;
  yield* repeated("image.tags", tags);
  yield* repeated(
    "image.consumers",
    consumers.map(({ name }) => [name]),
  );
  for (const consumer of consumers) {
    yield* repeated(`image.consumers[${consumer.name}].tags`, consumer.tags);
  }
  if (status === "CREATING" && stream.shards.length > 0) {
    yield "shards are there, though image.status is CREATING";
  }
  const byId = new Map(stream.shards.map((shard) => [shardIdOf(shard.image.index), shard]));
  for (const [shardId, shard] of byId) {
    for (const problem of shardProblems(shard, stream)) yield `${shardId}: ${problem}`;
    for (const problem of parentProblems(shard.image, byId, stream)) {
      yield `${shardId}: ${problem}`;
    }
  }
  yield* coverProblems(byId, status);
  yield* changeProblems(stream, byId);
}

function* repeated(member: string, entries: readonly (readonly string[])[]): Problems {
  const names = entries.map(([name = ""]) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) yield `${member} has ${twice} twice`;
}

function* shardProblems({ image: shard, log }: PastShard, { image }: PastStream): Problems {
  const { closedAtMs = Number.POSITIVE_INFINITY, createdAtMs, createdSeconds, index } = shard;
  if (index >= image.shardsEver) yield `image.shardsEver is ${image.shardsEver}`;
  if (BigInt(shard.start) > BigInt(shard.end)) yield "start lies behind end";
  if (closedAtMs < createdAtMs) yield "closedAtMs lies before createdAtMs";
  if (closedAtMs < log.lastArrivalMs) yield "closedAtMs lies before its last record";
  const isOfStream =
    image.createdSeconds <= createdSeconds && createdSeconds <= image.lastCreatedSeconds;
  if (!isOfStream) yield "createdSeconds is none of its stream";
  const turns = [...shard.encryptedTurns, log.nextIndex];
  if (turns.some((turn, i) => turn < (turns[i - 1] ?? 0))) yield "encryptedTurns are out of order";
}

/** Parents that closed behind the horizon are gone; all others are there, and older. */
function* parentProblems(child: ShardImage, byId: ShardsById, { horizonMs }: PastStream): Problems {
  const { parentIds } = child;
  if (parentIds.length > 2 || new Set(parentIds).size < parentIds.length) {
    yield "parentIds has more than two, or one twice";
  }
  const parents: ShardImage[] = [];
  for (const parentId of parentIds) {
    const parent = byId.get(parentId)?.image;
    if (parent === undefined) {
      if (child.createdAtMs >= horizonMs) yield `parentIds names ${parentId}, which is not there`;
      continue;
    }
    parents.push(parent);
    if (parent.closedAtMs !== child.createdAtMs) {
      yield `parentIds names ${parentId}, which did not close when this one was created`;
    }
    if (parent.createdSeconds >= child.createdSeconds || parent.index >= child.index) {
      yield `parentIds names ${parentId}, whose sequence numbers are not below those of this one`;
    }
  }
  if (parents.length === parentIds.length && parents.length > 0 && !lies(child, parents)) {
    yield "start and end are not within those of parentIds";
  }
}

/** What is open covers the hash space, and so do, for each shard that closed, its children. */
function* coverProblems(byId: ShardsById, status: string): Problems {
  const shards = Array.from(byId.values(), ({ image }) => image);
  const open = shards.filter(({ closedAtMs }) => closedAtMs === undefined);
  if (status !== "CREATING" && !covers(open.map(rangeOf), { start: 0n, end: MAX_HASH_KEY })) {
    yield "the open shards do not cover the hash space";
  }
  const childrenOf = new Map<string, ShardImage[]>();
  for (const shard of shards) {
    for (const id of shard.parentIds) childrenOf.set(id, [...(childrenOf.get(id) ?? []), shard]);
  }
  for (const [shardId, { image }] of byId) {
    const isSucceeded = meets((childrenOf.get(shardId) ?? []).map(rangeOf), rangeOf(image));
    if (image.closedAtMs !== undefined && !isSucceeded) {
      yield `${shardId}: closedAtMs is set, and no shards that have it in parentIds take its place`;
    }
  }
}

/** A reshard that is still to happen must be possible then. */
function* changeProblems({ image: { change, status } }: PastStream, byId: ShardsById): Problems {
  if (change !== undefined && status !== "UPDATING") yield `image.change belongs to no ${status}`;
  if (change?.kind !== "split" && change?.kind !== "merge") return;
  const named = change.kind === "split" ? [change.shardId] : [change.shardId, change.adjacentId];
  const shards = named.flatMap((shardId) => byId.get(shardId)?.image ?? []);
  if (shards.length < named.length || shards.some(({ closedAtMs }) => closedAtMs !== undefined)) {
    yield `image.change is to ${change.kind} what is not open`;
    return;
  }
  const [first, second] = shards.map(rangeOf).sort(byStart) as [HashKeyRange, HashKeyRange];
  const isPossible =
    change.kind === "split"
      ? first.start < BigInt(change.at) && BigInt(change.at) <= first.end
      : second.start === first.end + 1n;
  if (!isPossible) yield `image.change is no ${change.kind} that is possible`;
}

function rangeOf({ start, end }: ShardImage): HashKeyRange {
  return { start: BigInt(start), end: BigInt(end) };
}

function byStart(a: HashKeyRange, b: HashKeyRange): number {
  return a.start < b.start ? -1 : 1;
}

/** Whether ranges cover one from end to end, without a gap and without overlap. */
function covers(ranges: readonly HashKeyRange[], { start, end }: HashKeyRange): boolean {
  let next = start;
  for (const range of ranges.toSorted(byStart)) {
    if (range.start !== next || range.end < range.start) return false;
    next = range.end + 1n;
  }
  return next === end + 1n;
}

/** Whether ranges, without a gap, reach at least as far as one does. */
function meets(ranges: readonly HashKeyRange[], { start, end }: HashKeyRange): boolean {
  const all = ranges.toSorted(byStart);
  const [first, last] = [all[0], all.at(-1)];
  if (first === undefined || last === undefined || first.start > start || last.end < end) {
    return false;
  }
  return covers(all, { start: first.start, end: last.end });
}

/** Whether a child lies within its parents, and is all of two. */
function lies(child: ShardImage, parents: readonly ShardImage[]): boolean {
  const { start, end } = rangeOf(child);
  const all = parents.map(rangeOf).sort(byStart);
  const whole = { start: all[0]?.start ?? 0n, end: all.at(-1)?.end ?? 0n };
  if (!covers(all, whole)) return false;
  if (all.length === 1) return whole.start <= start && end <= whole.end;
  return whole.start === start && whole.end === end;
}
