// Where shards stand in the drawing: every row is covered, whatever was split and merged.
import fc from "fast-check";
import { expect, test } from "vitest";
import { planRows } from "../../src/page/lineage-plan.ts";

interface Drawn {
  readonly shardId: string;
  readonly parentIds: readonly string[];
  isOpen: boolean;
  /** In hundred-and-twenty-eighths of the hash space; the end is not of it. */
  readonly from: number;
  readonly to: number;
}

const open = (shardId: string, parentIds: readonly string[] = []) => {
  return { shardId, parentIds, isOpen: true };
};
const closed = (shardId: string, parentIds: readonly string[] = []) => {
  return { ...open(shardId, parentIds), isOpen: false };
};

test("a stream that was never resharded has one row", () => {
  const rows = planRows([open("a"), open("b")]);
  expect([...rows.values()]).toEqual([
    { row: 0, lastRow: 0 },
    { row: 0, lastRow: 0 },
  ]);
});

test("a shard goes down to its children, an open one to the last row", () => {
  const rows = planRows([
    closed("a"),
    closed("b"),
    open("c", ["a"]),
    closed("d", ["a"]),
    open("e", ["d", "b"]),
  ]);
  expect(Object.fromEntries(rows)).toEqual({
    a: { row: 0, lastRow: 0 },
    b: { row: 0, lastRow: 1 },
    c: { row: 1, lastRow: 2 },
    d: { row: 1, lastRow: 1 },
    e: { row: 2, lastRow: 2 },
  });
});

test("shards whose parents have expired begin at the top", () => {
  const rows = planRows([closed("b", ["gone"]), open("c", ["b"])]);
  expect(rows.get("b")).toEqual({ row: 0, lastRow: 0 });
  expect(rows.get("c")).toEqual({ row: 1, lastRow: 1 });
});

test("there may be no shard at all", () => {
  expect(planRows([]).size).toBe(0);
});

test("every row is covered from end to end, and nothing overlaps", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat()), { maxLength: 30 }), (moves) => {
      const shards = reshard(moves);
      const rows = planRows(shards);
      const last = Math.max(...Array.from(rows.values(), ({ lastRow }) => lastRow));
      for (let row = 0; row <= last; row += 1) {
        const inRow = shards
          .filter(({ shardId }) => {
            const at = rows.get(shardId);
            return at !== undefined && at.row <= row && row <= at.lastRow;
          })
          .sort((a, b) => a.from - b.from);
        expect(inRow[0]?.from).toBe(0);
        expect(inRow.at(-1)?.to).toBe(128);
        inRow.slice(1).forEach((shard, i) => expect(shard.from).toBe(inRow[i]?.to));
      }
    }),
  );
});

/** Splits or merges open shards, whichever the draw falls on. */
function reshard(moves: readonly (readonly [boolean, number])[]): Drawn[] {
  const shards: Drawn[] = [];
  const add = (parentIds: readonly string[], from: number, to: number): void => {
    shards.push({ shardId: String(shards.length), parentIds, isOpen: true, from, to });
  };
  add([], 0, 64);
  add([], 64, 128);
  for (const [isSplit, draw] of moves) {
    const live = shards.filter(({ isOpen }) => isOpen).sort((a, b) => a.from - b.from);
    const at = draw % live.length;
    const [one, next] = [live[at] as Drawn, live[at + 1]];
    const middle = (one.from + one.to) / 2;
    if (isSplit && Number.isInteger(middle)) {
      one.isOpen = false;
      add([one.shardId], one.from, middle);
      add([one.shardId], middle, one.to);
    } else if (!isSplit && next !== undefined) {
      one.isOpen = false;
      next.isOpen = false;
      add([one.shardId, next.shardId], one.from, next.to);
    }
  }
  return shards;
}
