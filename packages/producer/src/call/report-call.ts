// What became of a PutRecords call, as an event.
import type { EventSink } from "@shardline/core";
import type { ProducerEvents } from "../producer-events.ts";
import type { Cargo } from "./answer-desk.ts";
import type { CallOutcome } from "./sender.ts";

/** Tells of a call that is over. */
export function reportCall(
  events: EventSink<ProducerEvents>,
  stream: string,
  cargoes: readonly Cargo[],
  call: CallOutcome,
): void {
  const carriers = cargoes.length;
  if (call.kind === "failed") {
    events.emit("callFailed", { stream, carriers, ...call.failure });
    return;
  }
  if (!events.hasListeners("callAnswered")) return;
  events.emit("callAnswered", {
    stream,
    carriers,
    failedCarriers: call.outcomes.filter(({ kind }) => kind === "failed").length,
    records: cargoes.reduce((sum, { carrier }) => sum + carrier.members.length, 0),
    bytes: cargoes.reduce((sum, { carrier }) => sum + carrier.bytes, 0),
    durationMs: call.endedAtMs - call.startedAtMs,
  });
}
