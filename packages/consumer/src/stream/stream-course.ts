// Loop: one stream of many, for as long as it is named.
//
//   finding --- what it is, is known ---> reading --- not named any more ---> given up
//   finding, reading --- missing, created again, anything that ends a shard ---> given up, and found again later
//
// Whatever happens to it, the others go on; only a table of the other kind ends all of them.
import {
  type BackoffPlan,
  backoffMs,
  KinesisError,
  LinkedSignal,
  type Loop,
  type LoopNext,
  sleep,
  startLoop,
  untilAborted,
} from "@shardline/core";
import type { KinesisSource } from "@shardline/aws";
import { findStream, type FoundStream } from "./find-stream.ts";
import type { KinesisClients, KinesisLoan } from "./kinesis-clients.ts";
import type { SharedListing } from "./shared-listing.ts";
import { StreamDesk } from "./stream-desk.ts";
import type { StreamSettings } from "./stream-settings.ts";
import { requireOwnKind } from "./table-scope.ts";
import { tellingOf } from "./told-stream.ts";
import type { StreamsSupplies } from "./worker-streams.ts";

export interface StreamCourseOptions {
  readonly named: StreamSettings;
  /** The Kinesis of streams that name none. */
  readonly kinesis: KinesisSource | undefined;
  readonly clients: KinesisClients;
  readonly listing: SharedListing;
  readonly supplies: StreamsSupplies;
  /**
   * Its shards can be read; disposed of when nothing of it runs any more. Throws if the same stream is read under another
   * label.
   */
  readonly onOpen: (streamName: string, desk: StreamDesk) => Disposable;
  /** Whether no other stream of that name is read. */
  readonly isOnlyNamesake: () => boolean;
  /** Ends it. */
  readonly signal: AbortSignal;
}

const STOPPED = new Error("the stream is not read any more");
const BACKOFF: BackoffPlan = { baseMs: 1000, maxMs: 60_000 };
/** A stream that was read for so long has not failed again, but anew. */
const STEADY_MS = 60_000;
/** Handlers of a stream that has ended have so long to return, as those of a worker that drains have unless it is told otherwise. */
const DRAIN_MS = 30_000;

/** Starts to read a stream; the loop ends when its signal aborts and everything of the stream is given up. */
export function startStreamCourse(options: StreamCourseOptions): Loop {
  const { named, signal, supplies } = options;
  const { clock, events, random } = supplies;
  const { label: stream } = named;
  let failures = 0;
  let beganAtMs = clock.nowMs();
  return startLoop({
    name: `stream ${stream}`,
    clock,
    signal,
    step: (stepSignal) => {
      beganAtMs = clock.nowMs();
      return readStream(options, stepSignal);
    },
    backoffMs: (error) => {
      if (KinesisError.is(error, "LEASE_TABLE_UNUSABLE")) return undefined;
      failures = clock.nowMs() - beganAtMs >= STEADY_MS ? 1 : failures + 1;
      const retryAfterMs = backoffMs(BACKOFF, failures, random);
      events.emit("streamFailed", { stream, error, retryAfterMs });
      return retryAfterMs;
    },
  });
}

/** Resolves when the signal has aborted and everything is given up; rejects with what ended the stream before. */
async function readStream(options: StreamCourseOptions, signal: AbortSignal): Promise<LoopNext> {
  const { clients, kinesis, named, onOpen, supplies } = options;
  const { label } = named;
  using loan = clients.open(label, named.kinesis ?? kinesis, named.stream.region);
  const found = await find(options, loan, signal);
  using ending = new LinkedSignal(signal);
  let failure: { readonly error: unknown } | undefined;
  const onFailure = (error: unknown): void => {
    failure ??= { error };
    ending.abort(STOPPED);
  };
  const desk = openDesk(options, loan, found, onFailure);
  try {
    if (found.summary !== undefined) desk.noteDescribed(found.summary);
    using _open = onOpen(found.streamName, desk);
    const syncing = desk.startSyncing(found.stream, ending.signal).done.catch(onFailure);
    supplies.events.emit("streamStarted", { stream: label, streamName: found.streamName });
    supplies.onCreated();
    await syncing;
    desk.drain();
    supplies.onStreamGone();
    await giveUp(desk, supplies);
  } finally {
    // Also where it could not be opened.
    await desk.untilGivenUp();
  }
  if (failure !== undefined) throw failure.error;
  return "stop";
}

/** A handler that hangs keeps the stream from being read again no longer than it would keep a worker from ending. */
async function giveUp(desk: StreamDesk, { clock, living }: StreamsSupplies): Promise<void> {
  const givenUp = desk.untilGivenUp();
  using waiting = new LinkedSignal(living);
  await Promise.race([givenUp, sleep(clock, DRAIN_MS, waiting.signal).catch(() => undefined)]);
  waiting.abort(STOPPED);
  desk.abandon(STOPPED);
  await givenUp;
}

function find(
  { isOnlyNamesake, listing, named, supplies }: StreamCourseOptions,
  { api }: KinesisLoan,
  signal: AbortSignal,
): Promise<FoundStream> {
  const { events, patientTable, settings } = supplies;
  const options = {
    ...supplies,
    ...settings.sync,
    kinesis: api,
    table: patientTable,
    events: tellingOf(named.label, events),
    isOnlyNamesake,
    list: () => listing.list(),
  };
  return findStream(named, options, signal);
}

function openDesk(
  { listing, named, supplies }: StreamCourseOptions,
  { api }: KinesisLoan,
  found: FoundStream,
  onFailure: (error: unknown) => void,
): StreamDesk {
  const { label, startAt } = named;
  const { tableName } = supplies.settings.leases;
  return new StreamDesk(
    {
      ...found,
      label,
      onFailure,
      kinesis: api,
      requireBeginning: async (signal) =>
        requireOwnKind(await untilAborted(listing.list(), signal), "many-streams", tableName),
      start: startAt ?? supplies.settings.startAt,
      events: tellingOf(label, supplies.events),
    },
    supplies,
  );
}
