// SubscribeToShard.
// Faithful: records pushed as they are put, an event at least every 5 seconds, the end after 5 minutes, one
// subscription per consumer and shard with take-over after 5 seconds, exceptions within the stream of events, the
// last event of a closed shard. Deviates: the last event of a shard comes with its last records, where AWS may push
// one without records after them; on a refused start the messages are those of GetShardIterator.
import { dataShardOf } from "../input/addressing.ts";
import { structure } from "../input/compound-shapes.ts";
import { consumerOf } from "../input/consumer-addressing.ts";
import { TEXTS } from "../input/members.ts";
import { dryRunSucceeded } from "../input/record-placement.ts";
import { flag, timestamp } from "../input/scalar-shapes.ts";
import { required } from "../input/shape.ts";
import { START_TYPE, startIndexOf, type StartType } from "../input/shard-start.ts";
import type { SubscribeToShardEvent } from "../fan-out/subscription-event.ts";
import type { Call, Operation } from "../operation.ts";

/** Members of the call. */
export interface SubscribeToShardInput {
  readonly ConsumerARN: string;
  readonly ShardId: string;
  readonly StartingPosition: StartingPosition;
  readonly StreamId?: string;
  readonly DryRun?: boolean;
}

interface StartingPosition {
  readonly Type: StartType;
  readonly SequenceNumber?: string;
  /** Epoch seconds. */
  readonly Timestamp?: number;
}

/** Members of the answer. */
export interface SubscribeToShardOutput {
  /** For one reader. */
  readonly EventStream: AsyncIterable<SubscribeToShardEvent>;
}

/** Pushes the records of a shard to a consumer. */
export const subscribeToShard: Operation<SubscribeToShardInput, SubscribeToShardOutput> = {
  name: "SubscribeToShard",
  input: structure<SubscribeToShardInput>({
    ConsumerARN: required(TEXTS.ConsumerARN),
    ShardId: required(TEXTS.ShardId),
    StartingPosition: required(
      structure<StartingPosition>({
        Type: START_TYPE,
        SequenceNumber: TEXTS.SequenceNumber,
        Timestamp: timestamp(),
      }),
    ),
    StreamId: TEXTS.StreamId,
    DryRun: flag(),
  }),
  run,
};

function run(input: SubscribeToShardInput, call: Call): SubscribeToShardOutput {
  const { stream, consumer } = consumerOf({ ConsumerARN: input.ConsumerARN }, call);
  const shard = dataShardOf(stream, input.ShardId);
  consumer.requireActive();
  const { Type: type, SequenceNumber: sequenceNumber, Timestamp } = input.StartingPosition;
  const use = { operation: "SubscribeToShard", stream, shard } as const;
  const startIndex = startIndexOf({ type, sequenceNumber, timestamp: Timestamp }, use, call.wallMs);
  consumer.requireFree(shard);
  if (input.DryRun === true) throw dryRunSucceeded();
  const subscription = consumer.subscribe(shard, startIndex);
  if (call.signal !== undefined) subscription.endWith(call.signal);
  return { EventStream: subscription };
}
