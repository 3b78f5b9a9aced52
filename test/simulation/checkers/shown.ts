// What a journal would hold, for the tests of the checkers: each is shown what it must not let pass.
import type { Lease } from "@shardline/consumer";
import { sentinelPosition } from "@shardline/core";
import type { Receipt } from "@shardline/producer";
import type { Checker } from "../evidence/journal.ts";
import type { EntryOf, JournalKind, TimedEntry } from "../evidence/journal-entry.ts";

const SHARD = "shard";
const RECORD = { key: "a", number: 0 };
const POSITION = { sequenceNumber: "1", subSequenceNumber: 0 };
const RECEIPT: Receipt = {
  shardId: SHARD,
  sequenceNumber: "1",
  subSequenceNumber: 0,
  attempts: [{ delayMs: 0, durationMs: 0 }],
  attemptCount: 1,
};

/** What an entry is unless a test says otherwise. */
const USUAL: { readonly [Kind in JournalKind]: EntryOf<Kind> } = {
  put: { kind: "put", atMs: 0, localMs: 0, process: "p", record: RECORD, bytes: 10 },
  stored: { kind: "stored", atMs: 0, localMs: 0, process: "p", record: RECORD, receipt: RECEIPT },
  failed: {
    kind: "failed",
    atMs: 0,
    process: "p",
    record: RECORD,
    code: "RECORD_EXPIRED",
    mayHaveBeenWritten: false,
  },
  closed: { kind: "closed", atMs: 0, process: "p", stored: 0, failed: 0 },
  told: {
    kind: "told",
    atMs: 0,
    localMs: 0,
    process: "p",
    news: { kind: "open shards", count: 1 },
  },
  sent: { kind: "sent", atMs: 0, localMs: 0, process: "p", call: 1, carriers: [] },
  answered: { kind: "answered", atMs: 0, localMs: 0, process: "p", call: 1, outcomes: [] },
  landed: {
    kind: "landed",
    atMs: 0,
    process: "p",
    isRepeat: false,
    shardId: SHARD,
    sequenceNumber: "1",
    records: [],
  },
  read: { kind: "read", atMs: 0, process: "w", shardId: SHARD, localMs: 0 },
  fetched: {
    kind: "fetched",
    atMs: 0,
    process: "w",
    shardId: SHARD,
    by: "poll",
    carriers: [],
  },
  subscription: {
    kind: "subscription",
    atMs: 0,
    process: "w",
    shardId: SHARD,
    number: 1,
    localMs: 0,
    news: { what: "asked" },
  },
  delivered: {
    kind: "delivered",
    atMs: 0,
    process: "w",
    shardId: SHARD,
    epoch: 1,
    call: 1,
    isFirst: true,
    position: POSITION,
    record: RECORD,
    partitionKey: "a",
    bytes: 9,
  },
  handled: {
    kind: "handled",
    atMs: 0,
    process: "w",
    shardId: SHARD,
    how: "returned",
    positions: [],
  },
  left: { kind: "left", atMs: 0, process: "w", shardId: SHARD, epoch: 1, call: 1 },
  offered: {
    kind: "offered",
    atMs: 0,
    process: "w",
    shardId: SHARD,
    position: POSITION,
    record: RECORD,
    attempts: 1,
  },
  begun: {
    kind: "begun",
    atMs: 0,
    process: "w",
    shardId: SHARD,
    epoch: 1,
    checkpoint: sentinelPosition("TRIM_HORIZON"),
    pending: undefined,
  },
  asked: {
    kind: "asked",
    atMs: 0,
    process: "w",
    key: SHARD,
    move: { expect: {}, patch: {} },
    localMs: 0,
  },
  settled: {
    kind: "settled",
    atMs: 0,
    process: "w",
    key: SHARD,
    outcome: "answered",
    localMs: 0,
    sentAtMs: 0,
  },
  table: { kind: "table", atMs: 0, process: "w", key: SHARD, before: undefined, after: undefined },
  checkpoint: {
    kind: "checkpoint",
    atMs: 0,
    process: "w",
    shardId: SHARD,
    epoch: 1,
    position: POSITION,
    isAtMost: false,
    outcome: "written",
  },
  life: { kind: "life", atMs: 0, process: "w", what: "started", forMs: 0 },
  phase: { kind: "phase", atMs: 0, process: "world", phase: "healed" },
  lease: { kind: "lease", atMs: 0, process: "w", what: "leaseTaken", fields: {} },
  reborn: { kind: "reborn", atMs: 0, process: "world", streamEpoch: 2 },
  streams: { kind: "streams", atMs: 0, process: "world", localMs: 0, named: [], unnamed: [] },
  world: { kind: "world", atMs: 0, process: "w", what: "is killed" },
};

/** An entry of some kind. */
export function entry<Kind extends JournalKind>(
  kind: Kind,
  fields: Partial<EntryOf<Kind>> = {},
): EntryOf<Kind> {
  return { ...USUAL[kind], ...fields };
}

/** Shows entries to a checker, as the journal would. */
export function show({ sights = {} }: Checker, ...entries: readonly TimedEntry[]): void {
  for (const one of entries) {
    const see = sights[one.kind] as ((entry: TimedEntry) => void) | undefined;
    see?.(one);
  }
}

/** A record of a key of "a", as it lies in a Kinesis record. */
export function landedRecord(
  number: number,
  subSequenceNumber = 0,
): EntryOf<"landed">["records"][number] {
  const record = { key: "a", number };
  return { record, partitionKey: "a", bytes: 9, subSequenceNumber, isInRange: true };
}

/** A lease of a shard that bears its key. */
export function lease(shardId: string, fields: Partial<Lease> = {}): Lease {
  return {
    key: shardId,
    shardId,
    counter: 0,
    ownerSwitches: 0,
    checkpoint: sentinelPosition("TRIM_HORIZON"),
    parentShardIds: [],
    childShardIds: [],
    epoch: 0,
    ...fields,
  };
}
