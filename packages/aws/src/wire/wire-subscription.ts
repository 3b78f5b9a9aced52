// SubscribeToShard by our own way: messages are read when somebody asks for the next event, and the connection holds back
// what is not read.
import {
  SubscribeToShardCommand,
  type SubscribeToShardCommandInput,
} from "@aws-sdk/client-kinesis";
import type { SubscribeToShardRequest, SubscriptionEvent } from "@shardline/core";
import { subscribeToShardInput } from "../subscription-event.ts";
import type { BodyPool } from "./body-pool.ts";
import { JSON_TYPE } from "./content.ts";
import { damagedStream, readFrame } from "./event-frame.ts";
import { FrameAssembler } from "./frame-assembler.ts";
import type { SignedStream } from "./signed-stream.ts";
import { readMessage } from "./subscription-message.ts";

/** Subscribes. Rejects as the SDK does, and so do the events; the signal ends them at any time. */
export type SendSubscribeToShard = (
  request: SubscribeToShardRequest,
  abortSignal: AbortSignal,
) => Promise<AsyncIterator<SubscriptionEvent>>;

const TARGET = {
  target: "Kinesis_20131202.SubscribeToShard",
  command: SubscribeToShardCommand,
  contentType: JSON_TYPE,
} as const;

/** Makes SubscribeToShard calls. Messages, of which no record keeps anything, are read into buffers of a pool. */
export function subscribeToShardBy(call: SignedStream, pool: BodyPool): SendSubscribeToShard {
  return async (request, abortSignal) => {
    const input = subscribeToShardInput(request);
    const body = Buffer.from(JSON.stringify(fieldsOf(input)));
    const pieces = await call({ ...TARGET, body, endpointInput: input, abortSignal });
    return eventsOf(pieces, new FrameAssembler(pool));
  };
}

/** The events in a body that comes in pieces. Throws if it ends within a message. */
export async function* eventsOf(
  pieces: AsyncIterable<Uint8Array>,
  assembler: FrameAssembler,
): AsyncGenerator<SubscriptionEvent, undefined> {
  for await (const { buffer, byteLength, byteOffset } of pieces) {
    const piece = Buffer.from(buffer, byteOffset, byteLength);
    for (let at = 0; at < byteLength; ) {
      at += assembler.take(piece.subarray(at));
      if (assembler.frame === undefined) continue;
      const event = readMessage(readFrame(assembler.frame));
      assembler.drop();
      if (event !== undefined) yield event;
    }
  }
  if (!assembler.isEmpty) throw damagedStream("which only a part came");
  return undefined;
}

/** Times in JSON are epoch seconds. */
function fieldsOf({ StartingPosition, ...others }: SubscribeToShardCommandInput): object {
  const { Timestamp, ...position } = StartingPosition ?? {};
  const fields = Timestamp ? { ...position, Timestamp: Timestamp.getTime() / 1000 } : position;
  return { ...others, StartingPosition: fields };
}
