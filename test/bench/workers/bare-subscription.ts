// Shards read by subscriptions on one session of HTTP/2, whose events are handed on as they come.
import { once } from "node:events";
import type { ClientHttp2Session } from "node:http2";
import { setTimeout as sleep } from "node:timers/promises";
import { openSession } from "../emulator/http2-client.ts";
import { type StartingPosition, subscribe } from "../emulator/subscriber.ts";
import type { BareCalls } from "./bare-calls.ts";

const POLL_MS = 50;
/** What follows the records in an event is shorter. */
const TAIL_BYTES = 512;
const CONTINUATION = /"ContinuationSequenceNumber":"(\d+)"/;

/** A session to an endpoint. */
export function sessionTo(endpoint: string): Promise<ClientHttp2Session> {
  return openSession(Number(new URL(endpoint).port));
}

/** A new consumer of a stream, once it is active. */
export async function registered(calls: BareCalls, stream: string, name: string): Promise<string> {
  const { StreamDescriptionSummary: summary } = await calls.ask<{
    readonly StreamDescriptionSummary: { readonly StreamARN: string };
  }>("DescribeStreamSummary", { StreamName: stream });
  const { Consumer } = await calls.ask<{ readonly Consumer: { readonly ConsumerARN: string } }>(
    "RegisterStreamConsumer",
    { StreamARN: summary.StreamARN, ConsumerName: name },
  );
  const { ConsumerARN } = Consumer;
  for (;;) {
    const { ConsumerDescription } = await calls.ask<{
      readonly ConsumerDescription: { readonly ConsumerStatus: string };
    }>("DescribeStreamConsumer", { ConsumerARN });
    if (ConsumerDescription.ConsumerStatus === "ACTIVE") return ConsumerARN;
    await sleep(POLL_MS);
  }
}

/** Hands on what comes to a shard after this has resolved: one subscription after the other, as each lasts five minutes. */
export async function listenTo(
  session: ClientHttp2Session,
  ConsumerARN: string,
  ShardId: string,
  onEvent: (payload: Buffer) => void,
): Promise<void> {
  let position: StartingPosition = { Type: "LATEST" };
  const begin = async (): Promise<void> => {
    const input = { ConsumerARN, ShardId, StartingPosition: position };
    const stream = await subscribe(session, input, (payload) => {
      position = positionAfter(payload) ?? position;
      onEvent(payload);
    });
    void once(stream, "close").then(begin);
  };
  await begin();
}

function positionAfter(payload: Buffer): StartingPosition | undefined {
  const [, SequenceNumber] =
    CONTINUATION.exec(payload.toString("latin1", Math.max(payload.length - TAIL_BYTES, 0))) ?? [];
  return SequenceNumber === undefined
    ? undefined
    : { Type: "AFTER_SEQUENCE_NUMBER", SequenceNumber };
}
