// From entries to what there was: every change and record, in the order in which they happened.
import { KinesisError, resolveOptions } from "@shardline/core";
import type { LeaseRow, OwnedRows } from "../lease-table/lease-rows.ts";
import type { PackedRecord, ShardPlace } from "../stream/journal.ts";
import { type Caller, keyOf } from "../stream/namespace.ts";
import type { ShardLog } from "../stream/shard-log.ts";
import { shardIdOf } from "../stream/shard.ts";
import type { NamespaceImage, PastShard, PastStream, ShardImage } from "../stream/stream-image.ts";
import type { Change, StreamChanged } from "./change.ts";
import { CHANGES } from "./change-checks.ts";
import { damaged, type FilePlace } from "./damage.ts";
import type { Entry } from "./entry.ts";
import { contradictionIn } from "./lineage-checks.ts";
import { readRecords } from "./record-batch.ts";

/** All that there was. */
export interface Past {
  /** How far the clock was moved, in milliseconds. */
  readonly movedMs: number;
  readonly namespaces: readonly { readonly owner: Caller; readonly image: NamespaceImage }[];
  readonly streams: readonly { readonly owner: Caller; readonly stream: PastStream }[];
  readonly leaseRows: readonly OwnedRows[];
  /** No stream ever had this id or a higher one. */
  readonly nextStreamId: number;
}

interface ReplayedStream {
  last: StreamChanged;
  readonly shards: Map<number, PastShard>;
}

/**
 * Left out of the numbers of every shard at each start. What a reader saw and a machine lost with its power was never
 * acknowledged, but its number must not come back: whoever has read up to it would miss the record that has it now.
 */
const NUMBERS_LEFT_OUT = 1_000_000;

/** Takes entries and builds what they tell. */
export class Replay {
  readonly #newLog: () => ShardLog;
  #movedMs = 0;
  #nextStreamId = 0;
  readonly #namespaces = new Map<string, Past["namespaces"][number]>();
  readonly #streams = new Map<number, ReplayedStream>();
  readonly #rows = new Map<
    string,
    { readonly owner: Caller; readonly rows: Map<string, string> }
  >();

  constructor(newLog: () => ShardLog) {
    this.#newLog = newLog;
  }

  /**
   * Takes the next entry.
   * @throws KinesisError PERSISTENCE_FAILED
   */
  take({ kind, payload }: Entry, place: FilePlace): void {
    if (kind === "end") return;
    if (kind === "changes") {
      for (const change of readChanges(payload, place)) this.#apply(change, place);
      return;
    }
    readRecords(payload, place, (shard, record, at) => this.#store(shard, record, at));
  }

  /**
   * What there was in the end.
   * @throws KinesisError PERSISTENCE_FAILED
   */
  finish(place: FilePlace): Past {
    const streams = [...this.#streams.values()].map((stream) => finishStream(stream, place));
    requireOwnNames(streams, place);
    return {
      movedMs: this.#movedMs,
      namespaces: [...this.#namespaces.values()],
      streams,
      leaseRows: [...this.#rows.values()].map(({ owner, rows }) => ({ owner, rows: [...rows] })),
      nextStreamId: this.#nextStreamId,
    };
  }

  #apply(change: Change, place: FilePlace): void {
    switch (change.kind) {
      case "started":
        return this.leaveNumbersOut();
      case "clock":
        this.#movedMs = change.movedMs;
        return;
      case "namespace":
        this.#namespaces.set(keyOf(change.owner), change);
        return;
      case "stream":
        return this.#change(change, place);
      case "stream-gone":
        return this.#forget(change.id);
      case "lease-rows":
        return this.#changeRows(change.owner, change.rows);
    }
  }

  #change(change: StreamChanged, place: FilePlace): void {
    this.#nextStreamId = Math.max(this.#nextStreamId, change.id + 1);
    const stream = this.#streams.get(change.id) ?? { last: change, shards: new Map() };
    const problem = rewritten(stream, change);
    if (problem !== undefined) throw damaged(place, `stream ${change.image.name}: ${problem}`);
    stream.last = change;
    this.#streams.set(change.id, stream);
    for (const image of change.shards) {
      const log = stream.shards.get(image.index)?.log ?? this.#newLog();
      stream.shards.set(image.index, { image, log });
    }
  }

  #store(place: ShardPlace, record: PackedRecord, at: FilePlace): void {
    const log = this.#streams.get(place.streamId)?.shards.get(place.index)?.log;
    if (log === undefined) throw damaged(at, "a record lies in a shard that there is not");
    const isInOrder = record.index >= log.nextIndex && record.arrivedAtMs >= log.lastArrivalMs;
    if (!isInOrder) throw damaged(at, "a record does not follow the one before it");
    log.appendPacked(record);
  }

  #forget(id: number): void {
    const stream = this.#streams.get(id);
    for (const { log } of stream?.shards.values() ?? []) log.trim(Number.POSITIVE_INFINITY);
    this.#streams.delete(id);
  }

  #changeRows(owner: Caller, changed: readonly LeaseRow[]): void {
    const { rows } = this.#rows.get(keyOf(owner)) ?? { rows: new Map<string, string>() };
    this.#rows.set(keyOf(owner), { owner, rows });
    for (const [key, text] of changed) {
      if (text === null) rows.delete(key);
      else rows.set(key, text);
    }
  }

  /** An emulator goes on from here. */
  leaveNumbersOut(): void {
    for (const { shards } of this.#streams.values()) {
      for (const { image, log } of shards.values()) {
        if (image.closedAtMs !== undefined) continue;
        const nextIndex = Math.max(log.nextIndex, image.nextIndex);
        log.advanceTo(nextIndex + NUMBERS_LEFT_OUT, Number.NEGATIVE_INFINITY);
      }
    }
  }

  /** Gives back what it holds: what it was built from is of no use. */
  discard(): void {
    this.#reset();
  }

  #reset(): void {
    for (const { shards } of this.#streams.values()) {
      for (const { log } of shards.values()) log.trim(Number.POSITIVE_INFINITY);
    }
    this.#streams.clear();
    this.#namespaces.clear();
    this.#rows.clear();
  }
}

function finishStream({ last, shards }: ReplayedStream, place: FilePlace) {
  const { id, owner, image, horizonMs } = last;
  const past = [...shards.values()].sort((a, b) => a.image.index - b.image.index);
  for (const { image: shard, log } of past) {
    // Only now: the records of a snapshot come behind what it tells of their shards.
    log.advanceTo(shard.nextIndex, shard.lastArrivalMs ?? Number.NEGATIVE_INFINITY);
    log.trim(horizonMs);
  }
  const stream: PastStream = { id, image, horizonMs, shards: past };
  const problem = contradictionIn(stream);
  if (problem !== undefined) throw damaged(place, `stream ${image.name}: ${problem}`);
  return { owner, stream };
}

/** What cannot have become of a stream since it was told of last. */
function rewritten({ last, shards }: ReplayedStream, next: StreamChanged): string | undefined {
  if (nameOf(last) !== nameOf(next)) return `id ${next.id} is that of ${last.image.name}`;
  const other = next.shards.find((shard, i) => {
    const known = shards.get(shard.index)?.image;
    const isRepeated = next.shards.findIndex(({ index }) => index === shard.index) !== i;
    return isRepeated || (known !== undefined && !isSame(known, shard));
  });
  return other && `${shardIdOf(other.index)} is told of as another shard than before`;
}

/** A shard that has closed stays so; all else but what it stores stays in any case. */
function isSame(known: ShardImage, next: ShardImage): boolean {
  const originOf = ({ start, end, parentIds, createdAtMs, createdSeconds }: ShardImage): string =>
    JSON.stringify([start, end, parentIds, createdAtMs, createdSeconds]);
  const staysClosed = known.closedAtMs === undefined || known.closedAtMs === next.closedAtMs;
  return staysClosed && originOf(known) === originOf(next);
}

function requireOwnNames(streams: Past["streams"], place: FilePlace): void {
  const names = streams.map(({ owner, stream }) => nameOf({ owner, image: stream.image }));
  const twice = streams.find((_, i) => names.indexOf(names[i] as string) !== i);
  if (twice === undefined) return;
  throw damaged(place, `stream ${twice.stream.image.name}: its owner has another one of this name`);
}

function nameOf({ image, owner }: Pick<StreamChanged, "image" | "owner">): string {
  return `${keyOf(owner)} ${image.name}`;
}

function readChanges(payload: Buffer, place: FilePlace): readonly Change[] {
  try {
    return resolveOptions("changes", CHANGES, JSON.parse(payload.toString()));
  } catch (error) {
    if (!(error instanceof SyntaxError) && !KinesisError.is(error, "INVALID_OPTIONS")) throw error;
    throw damaged(place, `what changed cannot be read: ${error.message}`);
  }
}
