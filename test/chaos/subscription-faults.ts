// What goes wrong with subscriptions: with the call, with the events, with the frames that carry them, and with the
// stream consumer. Whatever is cut off comes after some of it came through.
import type { FaultEffect } from "@shardline/emulator";
import { APPLICATION } from "./chaos-messages.ts";
import { kinesis, type ServiceFault } from "./service-faults.ts";

const SUBSCRIBE = ["SubscribeToShard"];

/** Subscriptions are seldom made: most of them, or some faults would find none. */
const MOSTLY = { least: 0.6, most: 1 };
/** Of puts, in whose company it happens. */
const AT_TIMES = { least: 0.02, most: 0.1 };

const AFTER_EVENTS = 3;
/** The first one answers the call. */
const AFTER_FRAMES = 4;
const LATE = { min: 500, max: 8000 };
const DELAY_MS = 1500;
const PIECE_BYTES = 100;

export const SUBSCRIPTION_FAULTS: readonly ServiceFault[] = [
  subscriptions("throttled", { kind: "throttle" }),
  subscriptions("in use", { kind: "error", type: "ResourceInUseException" }),
  subscriptions("over a limit", { kind: "error", type: "LimitExceededException" }),
  subscriptions("of nothing known", { kind: "error", type: "ResourceNotFoundException" }),
  subscriptions("refused", { kind: "error", type: "InternalFailure" }),
  subscriptions("unavailable", { kind: "unavailable" }),
  subscriptions("unanswered", { kind: "hang" }),
  subscriptions("answered late", { kind: "latency", ms: LATE, when: "after" }),
  subscriptions("begun, not answered", { kind: "commitThenDrop" }),
  subscriptions("reset", { kind: "resetStream", code: "REFUSED_STREAM" }),
  subscriptions("wound up", { kind: "goAway" }),
  subscriptions("late events", { kind: "delayEvents", ms: DELAY_MS }),
  subscriptions("no heartbeats", { kind: "dropHeartbeats" }),
  subscriptions("silent at once", { kind: "silence" }),
  subscriptions("silent", { kind: "silence", afterEvents: AFTER_EVENTS }),
  subscriptions("error events", { kind: "failEvents", afterEvents: AFTER_EVENTS }),
  subscriptions("ended at once", { kind: "endEvents" }),
  subscriptions("ended early", { kind: "endEvents", afterEvents: AFTER_EVENTS }),
  subscriptions("taken over", { kind: "takeOver", afterEvents: AFTER_EVENTS }),
  subscriptions("old places", { kind: "staleContinuation" }),
  subscriptions("cut clean", { kind: "cutFrames", how: "clean", afterFrames: AFTER_FRAMES }),
  subscriptions("cut dirty", { kind: "cutFrames", how: "dirty", afterFrames: AFTER_FRAMES }),
  subscriptions("cut in a frame", {
    kind: "cutFrames",
    how: "truncated",
    afterFrames: AFTER_FRAMES,
  }),
  subscriptions("stream reset", {
    kind: "cutFrames",
    how: "resetStream",
    afterFrames: AFTER_FRAMES,
  }),
  subscriptions("spoilt frame", { kind: "badChecksum", afterFrames: AFTER_FRAMES }),
  subscriptions("frames in pieces", { kind: "splitFrames", bytes: PIECE_BYTES }),
  kinesis(
    "stream consumer removed",
    {
      kind: "meanwhile",
      operation: "DeregisterStreamConsumer",
      input: { ConsumerName: APPLICATION },
    },
    ["PutRecords"],
    AT_TIMES,
  ),
];

function subscriptions(what: string, effect: FaultEffect): ServiceFault {
  return kinesis(`subscriptions ${what}`, effect, SUBSCRIBE, MOSTLY);
}
