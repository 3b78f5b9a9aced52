// Shard syncers on one virtual clock, with the emulator and a lease table in memory, whose calls a test may change.
import { type KinesisApi } from "@shardline/core";
import { SeededRandom } from "@shardline/core/testing";
import { Emulator } from "@shardline/emulator";
import { onTestFinished } from "vitest";
import { type Interceptors, intercept } from "../../../../test/support/intercept.ts";
import { quietClock } from "../../../../test/support/quiet-clock.ts";
import type { LeaseTable } from "../../src/lease/lease-table.ts";
import { MemoryLeaseTable } from "../../src/lease/memory-lease-table.ts";
import { type ShardSyncerOptions, startShardSyncer } from "../../src/shard/shard-syncer.ts";
import type { StartPosition } from "../../src/shard/start-position.ts";
import { track } from "./promises.ts";
import { recordEvents } from "./told.ts";

export interface SyncSetup {
  readonly shards?: number;
  readonly start?: StartPosition;
  readonly kinesisFaults?: Interceptors<KinesisApi>;
  readonly tableFaults?: Interceptors<LeaseTable>;
  readonly stream?: string;
  readonly options?: Partial<ShardSyncerOptions>;
}

/** A stream, a table, and shard syncers to start. */
export function newSync({
  kinesisFaults = {},
  options = {},
  shards = 2,
  start = { type: "TRIM_HORIZON" },
  stream = "s",
  tableFaults = {},
}: SyncSetup = {}) {
  const clock = quietClock();
  const emulator = new Emulator({ clock, random: new SeededRandom(1), streams: { s: shards } });
  const memory = new MemoryLeaseTable();
  const told = recordEvents();
  const listedAtMs: number[] = [];
  const stop = new AbortController();
  let created = 0;
  const begin = (late: Partial<ShardSyncerOptions> = {}) => {
    const kinesis = intercept<KinesisApi>(intercept(emulator.kinesis(), kinesisFaults), {
      listShards: (next, ...args) => {
        listedAtMs.push(clock.nowMs());
        return next(...args);
      },
    });
    const { done } = startShardSyncer({
      clock,
      kinesis,
      start,
      stream: { name: stream },
      table: intercept<LeaseTable>(memory, tableFaults),
      random: new SeededRandom(2),
      signal: stop.signal,
      events: told.events,
      worker: "me",
      requireBeginning: () => Promise.resolve(),
      cleanup: true,
      ignoreUnexpectedChildren: false,
      onStreamRecreated: "refuse",
      ...options,
      ...late,
      onCreated: () => {
        created += 1;
      },
    });
    return track(done);
  };
  onTestFinished(() => stop.abort());
  return { begin, clock, emulator, listedAtMs, memory, told, created: () => created };
}
