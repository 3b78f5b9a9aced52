// What a PutRecords call is, for a trace, and what became of it, as events.
import type { EventSink, StreamRef } from "@shardline/core";
import type { ProducerEvents } from "../producer-events.ts";
import type { ProducerSettings } from "../settings.ts";
import type { Cargo } from "./answer-desk.ts";
import { measureCall } from "./measure-call.ts";
import type { PutRecordsTrace } from "./put-records-trace.ts";
import type { CallOutcome } from "./sender.ts";

/** Where the event goes, and what its figures are measured by. */
export interface CallReporting {
  readonly events: EventSink<ProducerEvents>;
  readonly stream: StreamRef;
  readonly settings: Pick<ProducerSettings, "aggregation">;
}

/** Tells of a call that is over. */
export function reportCall(
  { events, settings, stream: { name: stream } }: CallReporting,
  cargoes: readonly Cargo[],
  call: CallOutcome,
): void {
  const carriers = cargoes.length;
  if (events.hasListeners("callMeasured")) {
    const { aggregation } = settings;
    const aggregateBytes = aggregation === false ? undefined : aggregation.maxBytes;
    events.emit("callMeasured", measureCall(stream, cargoes, call, aggregateBytes));
  }
  if (call.kind === "failed") {
    events.emit("callFailed", { stream, carriers, ...call.failure });
    return;
  }
  if (!events.hasListeners("callAnswered")) return;
  events.emit("callAnswered", {
    stream,
    carriers,
    failedCarriers: call.outcomes.filter(({ kind }) => kind === "failed").length,
    records: recordsOf(cargoes),
    bytes: bytesOf(cargoes),
    durationMs: call.endedAtMs - call.startedAtMs,
  });
}

/** Describes a call that is to be made. */
export function describeCall(
  { stream }: Pick<CallReporting, "stream">,
  cargoes: readonly Cargo[],
): PutRecordsTrace {
  const shards = new Set(cargoes.flatMap(({ lane }) => lane.target.shardId ?? []));
  return {
    stream: stream.name,
    carriers: cargoes.length,
    records: recordsOf(cargoes),
    bytes: bytesOf(cargoes),
    shards: [...shards],
  };
}

function recordsOf(cargoes: readonly Cargo[]): number {
  return cargoes.reduce((sum, { carrier }) => sum + carrier.members.length, 0);
}

function bytesOf(cargoes: readonly Cargo[]): number {
  return cargoes.reduce((sum, { carrier }) => sum + carrier.bytes, 0);
}
