// Any history of splits and merges: who descends from whom, and what is open in the end.
import { MAX_HASH_KEY, type Shard } from "@shardline/core";
import fc from "fast-check";
import { shardOf, type ShardSketch } from "./leases.ts";

interface OpenShard {
  readonly index: number;
  readonly range: readonly [start: bigint, end: bigint];
}

/** A reshard: of one of the open shards, alone or with its neighbour. */
interface Reshard {
  readonly kind: "split" | "merge";
  readonly at: number;
}

const arbitraryReshard: fc.Arbitrary<Reshard> = fc.record({
  kind: fc.constantFrom("split", "merge"),
  at: fc.nat(100),
});

/** Every shard that there ever was, in the order of birth. */
export const arbitraryLineage: fc.Arbitrary<readonly Shard[]> = fc
  .tuple(fc.integer({ min: 1, max: 4 }), fc.array(arbitraryReshard, { maxLength: 8 }))
  .map(([first, reshards]) => lineageOf(first, reshards));

function lineageOf(first: number, reshards: readonly Reshard[]): readonly Shard[] {
  const sketches: ShardSketch[] = [];
  let open: OpenShard[] = [];
  const bear = (parents: readonly number[], range: OpenShard["range"]): OpenShard => {
    const index = sketches.push({ born: sketches.length, parents, range }) - 1;
    return { index, range };
  };
  const close = (index: number, at: number): void => {
    sketches[index] = { ...sketches[index], closed: at };
  };
  const width = (MAX_HASH_KEY + 1n) / BigInt(first);
  for (let i = 0; i < first; i += 1) {
    const end = i === first - 1 ? MAX_HASH_KEY : width * BigInt(i + 1) - 1n;
    open.push(bear([], [width * BigInt(i), end]));
  }
  for (const { at, kind } of reshards) {
    const place = at % open.length;
    const shard = open[place] as OpenShard;
    const [start, end] = shard.range;
    const neighbour = open[place + 1];
    close(shard.index, sketches.length);
    if (kind === "merge" && neighbour !== undefined) {
      close(neighbour.index, sketches.length);
      const child = bear([shard.index, neighbour.index], [start, neighbour.range[1]]);
      open = [...open.slice(0, place), child, ...open.slice(place + 2)];
    } else {
      const middle = (start + end) / 2n;
      const children = [
        bear([shard.index], [start, middle]),
        bear([shard.index], [middle + 1n, end]),
      ];
      open = [...open.slice(0, place), ...children, ...open.slice(place + 1)];
    }
  }
  return sketches.map((sketch, i) => shardOf(i, sketch));
}
