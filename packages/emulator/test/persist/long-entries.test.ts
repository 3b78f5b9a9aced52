// What one call stores, and what one owner has, is as long as it is; the entries that hold it are not.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { RunningEmulator } from "@shardline/emulator";
import { expect, test } from "vitest";
import type { LeaseRow } from "../../src/lease-table/lease-rows.ts";
import type { Entry } from "../../src/persist/entry.ts";
import { EntryScanner } from "../../src/persist/entry-scanner.ts";
import { Replay } from "../../src/persist/replay.ts";
import { snapshotEntries } from "../../src/persist/snapshot.ts";
import { ShardLog } from "../../src/stream/shard-log.ts";
import { newKept } from "../support/kept.ts";

const MIB = 1024 * 1024;
/** With its key a record has 1 MiB at most. */
const DATA_BYTES = MIB - 10;

function lengthsIn(file: string): number[] {
  const lengths: number[] = [];
  const scanner = new EntryScanner(file, ({ payload }) => lengths.push(payload.length));
  scanner.push(readFileSync(file));
  scanner.finish();
  return lengths;
}

test("a call that stores more than an entry should hold is kept in several, and is all there again", async () => {
  await using kept = newKept();
  const first = await kept.start({ streams: { s: 2 } });
  const records = Array.from({ length: 40 }, (_, i) => ({
    partitionKey: `${i}`,
    data: Buffer.alloc(DATA_BYTES, i),
  }));
  first.inject("s", records);
  await first.close();
  const lengths = lengthsIn(join(kept.folder, "log-0"));
  expect(Math.max(...lengths)).toBeLessThan(18 * MIB);
  expect(lengths.filter((length) => length >= MIB)).toHaveLength(3);
  const stored = (one: RunningEmulator): string[] =>
    (one.inspect("s")?.shards ?? []).flatMap((shard) =>
      shard.records.map(({ partitionKey, data }) => `${partitionKey} ${data.length} ${data[0]}`),
    );
  const expected = records.map(
    ({ partitionKey }) => `${partitionKey} ${DATA_BYTES} ${partitionKey}`,
  );
  expect(stored(await kept.start()).sort()).toEqual(expected.sort());
});

test("rows of one owner that are more than an entry should hold are several entries of a snapshot", () => {
  const owner = { accountId: "000000000000", region: "us-east-1" };
  const rows = Array.from(
    { length: 20 },
    (_, i): LeaseRow => [`item-leases~${i}`, JSON.stringify({ text: "x".repeat(300_000) })],
  );
  const kept = { movedMs: () => 0, namespaces: () => [] };
  const entries: Entry[] = [...snapshotEntries(kept, [{ owner, rows }])];
  expect(entries.length).toBeGreaterThan(5);
  for (const { payload } of entries) expect(payload.length).toBeLessThan(2 * MIB);
  const replay = new Replay(() => new ShardLog({ bytes: 0 }));
  for (const entry of entries) replay.take(entry, { file: "f" });
  expect(replay.finish({ file: "f" }).leaseRows).toEqual([{ owner, rows }]);
});
