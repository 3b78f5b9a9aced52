// Pure: where each shard stands in the drawing of its stream's lineage. Hash keys run from left to right, generations
// from top to bottom: a shard begins below its parents and goes down to its children, an open one to the last row. So
// every row is covered from end to end, as the hash space is at every moment.

/** As much of a shard as its place depends on. */
interface Kin {
  readonly shardId: string;
  readonly parentIds: readonly string[];
  readonly isOpen: boolean;
}

/** The rows that a shard covers, counted from 0. */
export interface Rows {
  readonly row: number;
  readonly lastRow: number;
}

/** The rows of each shard, by its id. Parents stand before their children; those that are missing have expired. */
export function planRows(shards: readonly Kin[]): ReadonlyMap<string, Rows> {
  const rows = new Map<string, number>();
  const childRows = new Map<string, number>();
  for (const { parentIds, shardId } of shards) {
    const row = Math.max(-1, ...parentIds.map((id) => rows.get(id) ?? -1)) + 1;
    rows.set(shardId, row);
    for (const id of parentIds) childRows.set(id, row);
  }
  const bottom = Math.max(0, ...rows.values());
  return new Map(
    shards.map(({ isOpen, shardId }) => {
      const row = rows.get(shardId) ?? 0;
      const lastRow = isOpen ? bottom : (childRows.get(shardId) ?? row + 1) - 1;
      return [shardId, { row, lastRow }];
    }),
  );
}
