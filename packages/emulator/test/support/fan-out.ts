// Consumers, subscriptions, and readers that take every event as it comes.
import { apiFailureOf } from "@shardline/core";
import type { SubscribeToShardEvent } from "@shardline/emulator";
import { ACCOUNT, type Refusal, type TestEmulator } from "./emulator.ts";
import { FIRST_SHARD, textOf } from "./records.ts";

/** What a reader has seen so far. */
export interface Reading {
  readonly events: readonly SubscribeToShardEvent[];
  /** Undefined while the subscription goes on. */
  readonly end: "clean" | Refusal | undefined;
}

export const STREAM_ARN = `arn:aws:kinesis:us-east-1:${ACCOUNT}:stream/s`;
export const HORIZON = { Type: "TRIM_HORIZON" };
export const LATEST = { Type: "LATEST" };

/** Registers a consumer of the stream s, waits until it is ACTIVE, and answers its ARN. */
export async function registerConsumer({ call, clock }: TestEmulator, name = "c"): Promise<string> {
  const { Consumer } = await call<{ Consumer: { ConsumerARN: string } }>("RegisterStreamConsumer", {
    StreamARN: STREAM_ARN,
    ConsumerName: name,
  });
  await clock.advance(1);
  return Consumer.ConsumerARN;
}

/** The events of a new subscription, which nobody reads yet. */
export async function subscribe(
  { emulator }: TestEmulator,
  ConsumerARN: string,
  StartingPosition: object,
  { shardId = FIRST_SHARD, signal }: { shardId?: string; signal?: AbortSignal } = {},
): Promise<AsyncIterable<SubscribeToShardEvent>> {
  const input = { ConsumerARN, ShardId: shardId, StartingPosition };
  const output = await emulator.call("SubscribeToShard", input, emulator.caller, signal);
  return (output as { EventStream: AsyncIterable<SubscribeToShardEvent> }).EventStream;
}

/** Reads every event as soon as it is there. */
export function readAll(stream: AsyncIterable<SubscribeToShardEvent>): Reading {
  const events: SubscribeToShardEvent[] = [];
  const reading: { events: typeof events; end: Reading["end"] } = { events, end: undefined };
  const read = async (): Promise<void> => {
    for await (const event of stream) events.push(event);
  };
  read().then(
    () => {
      reading.end = "clean";
    },
    (error: unknown) => {
      const failure = apiFailureOf(error);
      reading.end = { name: failure?.awsName ?? "", reason: failure?.reason ?? String(error) };
    },
  );
  return reading;
}

/** Subscribes and reads every event as soon as it is there. */
export async function follow(...subscription: Parameters<typeof subscribe>): Promise<Reading> {
  return readAll(await subscribe(...subscription));
}

/** The texts of all records in some events. */
export function textsOf(events: readonly SubscribeToShardEvent[]): string[] {
  return events.flatMap(({ Records }) =>
    Records.map(({ Data }) => textOf({ Data: Data as string })),
  );
}

/** The number to go on with after the last of some events. */
export function continuationOf(events: readonly SubscribeToShardEvent[]): string {
  const number = events.at(-1)?.ContinuationSequenceNumber;
  if (number === undefined) throw new Error("the last event has no ContinuationSequenceNumber");
  return number;
}

export function after(SequenceNumber: string): object {
  return { Type: "AFTER_SEQUENCE_NUMBER", SequenceNumber };
}
