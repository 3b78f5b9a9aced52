// Faults of the bytes of a subscription: its messages, one a piece, on their way to the connection. Where there is no
// connection, they come to what a reader of the messages would have been told.
import { apiCallFailed } from "@shardline/core";
import type { FrameFault } from "./subscription-effects.ts";
import type { SubscribeToShardEvent } from "../fan-out/subscription-event.ts";
import { LostAnswer } from "../http/lost-answer.ts";

type Frames = AsyncIterable<Buffer>;
type BreakingFault = Exclude<FrameFault, { kind: "splitFrames" }>;

/** The messages as they come through faults. */
export function spoilFrames(frames: Frames, faults: readonly FrameFault[]): Frames {
  return faults.reduce(frameStage, frames);
}

/** The events that a reader in the process gets to see through the same faults. */
export function spoilFramesOfEvents(
  events: AsyncIterable<SubscribeToShardEvent>,
  faults: readonly FrameFault[],
): AsyncIterable<SubscribeToShardEvent> {
  return faults.reduce(eventsThrough, events);
}

function frameStage(frames: Frames, fault: FrameFault): Frames {
  switch (fault.kind) {
    case "cutFrames":
      return cut(frames, fault);
    case "badChecksum":
      return misread(frames, fault.afterFrames);
    case "splitFrames":
      return split(frames, fault.bytes);
  }
}

async function* cut(
  frames: Frames,
  { how, afterFrames }: Extract<FrameFault, { kind: "cutFrames" }>,
): Frames {
  let passed = 0;
  for await (const frame of frames) {
    if (passed === afterFrames) {
      if (how === "truncated") yield frame.subarray(0, frame.length >> 1);
      break;
    }
    yield frame;
    passed += 1;
    // Only a frame that is cut in two has to be waited for.
    if (passed === afterFrames && how !== "truncated") break;
  }
  if (passed < afterFrames) return;
  if (how === "dirty") throw new LostAnswer();
  if (how === "resetStream") throw new LostAnswer("INTERNAL_ERROR");
}

async function* misread(frames: Frames, afterFrames: number): Frames {
  let passed = 0;
  for await (const frame of frames) {
    yield passed === afterFrames ? withBadChecksum(frame) : frame;
    passed += 1;
  }
}

/** The checksum is the last four bytes. */
function withBadChecksum(frame: Buffer): Buffer {
  const copy = Buffer.from(frame);
  copy.writeUInt8(copy.readUInt8(copy.length - 1) ^ 0xff, copy.length - 1);
  return copy;
}

async function* split(frames: Frames, bytes: number): Frames {
  for await (const frame of frames) {
    for (let at = 0; at < frame.length; at += bytes) yield frame.subarray(at, at + bytes);
  }
}

async function* eventsThrough(
  events: AsyncIterable<SubscribeToShardEvent>,
  fault: FrameFault,
): AsyncIterable<SubscribeToShardEvent> {
  if (fault.kind === "splitFrames") {
    yield* events;
    return;
  }
  if (!(yield* untilBroken(events, fault))) return;
  if (fault.kind === "badChecksum")
    throw lost("UnreadableAnswer", "a message has a wrong checksum");
  switch (fault.how) {
    case "clean":
      return;
    case "truncated":
      throw lost("UnreadableAnswer", "the last message is truncated");
    case "dirty":
      throw lost("ECONNRESET", "aborted");
    case "resetStream":
      throw lost("ERR_HTTP2_STREAM_ERROR", "the stream was closed with INTERNAL_ERROR");
  }
}

/** Returns whether the fault came about, before the subscription ended by itself. */
async function* untilBroken(
  events: AsyncIterable<SubscribeToShardEvent>,
  fault: BreakingFault,
): AsyncGenerator<SubscribeToShardEvent, boolean> {
  const { afterFrames } = fault;
  // A frame that is spoilt has to be waited for; one that is not sent has not.
  const isSpoilt = fault.kind === "badChecksum" || fault.how === "truncated";
  if (afterFrames < (isSpoilt ? 1 : 2)) {
    await events[Symbol.asyncIterator]().return?.();
    return true;
  }
  // The message that answers the call comes before the first event.
  let passed = 1;
  for await (const event of events) {
    if (passed === afterFrames) return true;
    yield event;
    passed += 1;
    if (passed === afterFrames && !isSpoilt) return true;
  }
  return false;
}

function lost(awsName: string, reason: string): Error {
  const failure = { kind: "transient", awsName, reason, isAmbiguous: true } as const;
  return apiCallFailed("SubscribeToShard", failure);
}
