// Pure: what the page is sent, made of two looks at the emulator, a moment apart: what is there, and how fast it flows.
import type { FaultLogEntry, ListedFault } from "../faults/faults.ts";
import { AWS_LIMITS, type Limits } from "../limits/limits.ts";
import { wordsOfRule } from "./fault-words.ts";
import { planRows, type Rows } from "./lineage-plan.ts";
import type { Look } from "./look.ts";
import type { SeenTable } from "./seen-tables.ts";
import type { SeenConsumer, SeenShard, SeenStream } from "./seen-stream.ts";

/** What the page shows. */
export interface PageState {
  readonly storage: Look["storage"];
  /** What one shard takes and gives per second: what it is held to, or else what AWS would hold it to. */
  readonly limits: {
    readonly isHeldTo: boolean;
    readonly recordsIn: number;
    readonly bytesIn: number;
    readonly bytesOut: number;
    /** Of one subscription. */
    readonly bytesPushed: number;
  };
  /** Those with what is looked for in their names, a hundred at most. */
  readonly streams: readonly PageStream[];
  /** How many more of these there are. */
  readonly streamsLeftOut: number;
  readonly streamsInAll: number;
  readonly tables: readonly SeenTable[];
  readonly faults: readonly PageFault[];
  readonly faultsLeftOut: number;
  /** The newest first. */
  readonly fired: readonly FaultLogEntry[];
}

/** One stream. */
export interface PageStream
  extends Omit<SeenStream, "shards" | "consumers" | "arn" | "maxRecordBytes"> {
  readonly id: string;
  /** How many rows the drawing of its lineage has. */
  readonly rows: number;
  readonly shards: readonly PageShard[];
  readonly shardsLeftOut: number;
  readonly consumers: readonly SeenConsumer[];
}

/** One shard. */
export interface PageShard extends Rows {
  readonly id: string;
  /** Both ends are inclusive: decimal. */
  readonly start: string;
  readonly end: string;
  readonly parents: readonly string[];
  readonly createdAtMs: number;
  /** Absent while it is open. */
  readonly closedAtMs?: number;
  /** Absent where nothing flows. */
  readonly flow?: Flow;
}

/** What passes per second, in whole records and bytes. */
export interface Flow {
  readonly recordsIn: number;
  readonly bytesIn: number;
  readonly recordsRefused: number;
  readonly recordsOut: number;
  readonly bytesOut: number;
  readonly bytesPushed: number;
}

/** One rule. */
export interface PageFault extends Pick<ListedFault, "id" | "state" | "hits"> {
  readonly effect: string;
  readonly words: readonly string[];
  /** How long it stays, where that is set. */
  readonly forMs?: number;
}

const MAX_STREAMS = 100;
/** Of one stream; more would not be told apart on any screen. */
const MAX_SHARDS = 2000;
const MAX_FAULTS = 200;
const MAX_FIRED = 50;

/**
 * What the page shows after a look; without one before it nothing is known to flow. Of streams it shows those with a text
 * in their names, in whatever case.
 */
export function shapePage(look: Look, before: Look | undefined, named: string): PageState {
  const { faults, fired, limits, storage, tables } = look;
  const text = named.toLowerCase();
  const streams = look.streams.filter(({ name }) => name.toLowerCase().includes(text));
  const earlier = new Map(before?.streams.map((stream) => [stream.arn, stream]));
  const seconds = (look.nowMs - (before?.nowMs ?? look.nowMs)) / 1000;
  return {
    storage,
    limits: limitsOf(limits),
    streams: streams
      .slice(0, MAX_STREAMS)
      .map((stream) => shapeStream(stream, earlier.get(stream.arn), seconds)),
    streamsLeftOut: Math.max(0, streams.length - MAX_STREAMS),
    streamsInAll: look.streams.length,
    tables,
    faults: faults.slice(-MAX_FAULTS).map(({ hits, id, rule, state }) => ({
      id,
      state,
      hits,
      effect: rule.effect.kind,
      words: wordsOfRule(rule),
      ...(rule.forMs === undefined ? {} : { forMs: rule.forMs }),
    })),
    faultsLeftOut: Math.max(0, faults.length - MAX_FAULTS),
    fired: fired.slice(-MAX_FIRED).toReversed(),
  };
}

function shapeStream(
  { arn, shards, ...stream }: SeenStream,
  before: SeenStream | undefined,
  seconds: number,
): PageStream {
  const { maxRecordBytes: _, ...shown } = stream;
  const drawn = shards.slice(-MAX_SHARDS);
  const rows = planRows(
    drawn.map(({ closedAtMs, parentIds, shardId }) => ({
      shardId,
      parentIds,
      isOpen: closedAtMs === undefined,
    })),
  );
  const earlier = new Map(before?.shards.map((shard) => [shard.shardId, shard]));
  return {
    id: arn,
    ...shown,
    rows: Math.max(0, ...Array.from(rows.values(), ({ lastRow }) => lastRow + 1)),
    shards: drawn.map((shard) => ({
      ...shapeShard(shard, earlier.get(shard.shardId), seconds),
      ...(rows.get(shard.shardId) ?? { row: 0, lastRow: 0 }),
    })),
    shardsLeftOut: shards.length - drawn.length,
  };
}

function shapeShard(
  shard: SeenShard,
  before: SeenShard | undefined,
  seconds: number,
): Omit<PageShard, keyof Rows> {
  const { closedAtMs, createdAtMs, parentIds, range, shardId } = shard;
  const flow = seconds > 0 ? flowOf(shard, before, seconds) : undefined;
  const flows = flow !== undefined && Object.values(flow).some((rate) => rate > 0);
  return {
    id: shardId,
    start: range.start.toString(),
    end: range.end.toString(),
    parents: parentIds,
    createdAtMs,
    ...(closedAtMs === undefined ? {} : { closedAtMs }),
    ...(flows ? { flow } : {}),
  };
}

/** A shard that has counted less than before is another one: its stream was created anew. */
function flowOf({ traffic }: SeenShard, before: SeenShard | undefined, seconds: number): Flow {
  const rate = (way: keyof typeof traffic, unit: "records" | "bytes"): number => {
    const now = traffic[way][unit];
    const then = before?.traffic[way][unit] ?? 0;
    return Math.round((then > now ? now : now - then) / seconds);
  };
  return {
    recordsIn: rate("written", "records"),
    bytesIn: rate("written", "bytes"),
    recordsRefused: rate("refused", "records"),
    recordsOut: rate("polled", "records") + rate("pushed", "records"),
    bytesOut: rate("polled", "bytes"),
    bytesPushed: rate("pushed", "bytes"),
  };
}

function limitsOf(limits: Limits): PageState["limits"] {
  const { writeRecordsPerSecond, writeBytesPerSecond, readBytesPerSecond, pushBytesPerSecond } =
    limits;
  const held = [writeRecordsPerSecond, writeBytesPerSecond, readBytesPerSecond, pushBytesPerSecond];
  return {
    isHeldTo: held.some((limit) => limit !== undefined),
    recordsIn: writeRecordsPerSecond ?? AWS_LIMITS.writeRecordsPerSecond,
    bytesIn: writeBytesPerSecond ?? AWS_LIMITS.writeBytesPerSecond,
    bytesOut: readBytesPerSecond ?? AWS_LIMITS.readBytesPerSecond,
    bytesPushed: pushBytesPerSecond ?? AWS_LIMITS.pushBytesPerSecond,
  };
}
