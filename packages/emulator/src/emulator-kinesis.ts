// The port of @shardline/core over the operations: the same way through all checks that a request over the
// wire takes, so that code sees no other Kinesis in a test than over a socket.
import { setMaxListeners } from "node:events";
import {
  apiFailureOf,
  type CreateStreamRequest,
  type DescribeStreamConsumerRequest,
  type GetRecordsAnswer,
  type GetRecordsRequest,
  type GetShardIteratorRequest,
  type KinesisApi,
  LinkedSignal,
  type ListShardsAnswer,
  type ListShardsRequest,
  type MergeShardsRequest,
  PushedEvents,
  type PutRecordsAnswer,
  type PutRecordsRequest,
  type RegisterStreamConsumerRequest,
  type ShardSubscription,
  type SplitShardRequest,
  type StreamConsumer,
  type StreamConsumerRequest,
  type StreamRequest,
  type StreamSummary,
  type SubscribeToShardRequest,
  type SubscriptionEvent,
} from "@shardline/core";
import { consumerAddressOf, readConsumer, readEvent, subscribeInput } from "./fan-out-mapping.ts";
import type { SubscribeToShardEvent } from "./fan-out/subscription-event.ts";
import { KIB } from "./input/settings-members.ts";
import type { Operation } from "./operation.ts";
import { createStream } from "./operations/create-stream.ts";
import { deregisterStreamConsumer } from "./operations/deregister-stream-consumer.ts";
import { describeStreamConsumer } from "./operations/describe-stream-consumer.ts";
import { describeStreamSummary } from "./operations/describe-stream-summary.ts";
import { getRecords } from "./operations/get-records.ts";
import { getShardIterator } from "./operations/get-shard-iterator.ts";
import { listShards } from "./operations/list-shards.ts";
import { mergeShards } from "./operations/merge-shards.ts";
import { type PutRecordsInput, putRecords } from "./operations/put-records.ts";
import { registerStreamConsumer } from "./operations/register-stream-consumer.ts";
import { splitShard } from "./operations/split-shard.ts";
import { subscribeToShard } from "./operations/subscribe-to-shard.ts";
import {
  addressOf,
  listShardsInput,
  readOutcome,
  readPage,
  readShard,
  startInput,
} from "./port-mapping.ts";

/** Serves one operation for one caller, or throws the port's error. */
type Serve = <Input, Output>(
  operation: Operation<Input, Output>,
  input: unknown,
  signal: AbortSignal,
) => Output | Promise<Output>;

/** Kinesis for code in the emulator's process. */
export class EmulatorKinesis implements KinesisApi {
  readonly #serve: Serve;

  constructor(serve: Serve) {
    this.#serve = serve;
  }

  async createStream(request: CreateStreamRequest, signal: AbortSignal): Promise<void> {
    const input = { StreamName: request.stream.name, ShardCount: request.shardCount };
    await this.#ask(createStream, input, signal);
  }

  async describeStreamSummary(request: StreamRequest, signal: AbortSignal): Promise<StreamSummary> {
    const output = await this.#ask(describeStreamSummary, addressOf(request.stream), signal);
    const summary = output.StreamDescriptionSummary;
    return {
      name: summary.StreamName,
      arn: summary.StreamARN,
      status: summary.StreamStatus,
      createdAtMs: Math.round(summary.StreamCreationTimestamp * 1000),
      openShardCount: summary.OpenShardCount,
      retentionHours: summary.RetentionPeriodHours,
      maxRecordBytes: summary.MaxRecordSizeInKiB * KIB,
      distribution:
        summary.RecordDistributionStrategy === "AUTO" ? "service-managed" : "partition-key",
    };
  }

  async listShards(request: ListShardsRequest, signal: AbortSignal): Promise<ListShardsAnswer> {
    const output = await this.#ask(listShards, listShardsInput(request), signal);
    return {
      shards: output.Shards.map(readShard),
      ...(output.NextToken === undefined ? {} : { nextToken: output.NextToken }),
    };
  }

  async splitShard(request: SplitShardRequest, signal: AbortSignal): Promise<void> {
    const input = {
      ...addressOf(request.stream),
      ShardToSplit: request.shardId,
      NewStartingHashKey: request.newStartingHashKey.toString(),
    };
    await this.#ask(splitShard, input, signal);
  }

  async mergeShards(request: MergeShardsRequest, signal: AbortSignal): Promise<void> {
    const input = {
      ...addressOf(request.stream),
      ShardToMerge: request.shardId,
      AdjacentShardToMerge: request.adjacentShardId,
    };
    await this.#ask(mergeShards, input, signal);
  }

  async putRecords(request: PutRecordsRequest, signal: AbortSignal): Promise<PutRecordsAnswer> {
    const output = await this.#ask(putRecords, putRecordsInput(request), signal);
    return { outcomes: output.Records.map(readOutcome) };
  }

  async rehearsePutRecords(request: PutRecordsRequest, signal: AbortSignal): Promise<void> {
    try {
      await this.#ask(putRecords, { ...putRecordsInput(request), DryRun: true }, signal);
    } catch (error) {
      if (apiFailureOf(error)?.awsName !== "DryRunOperationException") throw error;
    }
  }

  async getShardIterator(request: GetShardIteratorRequest, signal: AbortSignal): Promise<string> {
    const input = {
      ...addressOf(request.stream),
      ShardId: request.shardId,
      ...startInput(request.start),
    };
    const output = await this.#ask(getShardIterator, input, signal);
    return output.ShardIterator;
  }

  async getRecords(request: GetRecordsRequest, signal: AbortSignal): Promise<GetRecordsAnswer> {
    const input = { ShardIterator: request.iterator, Limit: request.limit };
    return readPage(await this.#ask(getRecords, input, signal));
  }

  async registerStreamConsumer(
    { consumerName, streamArn }: RegisterStreamConsumerRequest,
    signal: AbortSignal,
  ): Promise<StreamConsumer> {
    const input = { StreamARN: streamArn, ConsumerName: consumerName };
    return readConsumer((await this.#ask(registerStreamConsumer, input, signal)).Consumer);
  }

  async describeStreamConsumer(
    request: DescribeStreamConsumerRequest,
    signal: AbortSignal,
  ): Promise<StreamConsumer> {
    const output = await this.#ask(describeStreamConsumer, consumerAddressOf(request), signal);
    return readConsumer(output.ConsumerDescription);
  }

  async deregisterStreamConsumer(
    request: StreamConsumerRequest,
    signal: AbortSignal,
  ): Promise<void> {
    await this.#ask(deregisterStreamConsumer, consumerAddressOf(request), signal);
  }

  async subscribeToShard(
    request: SubscribeToShardRequest,
    signal: AbortSignal,
  ): Promise<ShardSubscription> {
    // Subscriptions side by side share a signal, and Node takes more than ten listeners for a leak.
    setMaxListeners(0, signal);
    const left = new LinkedSignal(signal);
    try {
      const output = await this.#ask(subscribeToShard, subscribeInput(request), left.signal);
      return new PushedEvents({ next: nextOf(output.EventStream), signal, left });
    } catch (error) {
      left[Symbol.dispose]();
      throw error;
    }
  }

  /** A call takes effect at once; an abort that comes before its answer loses the answer alone. */
  async #ask<Input, Output>(
    operation: Operation<Input, Output>,
    input: Input,
    signal: AbortSignal,
  ): Promise<Output> {
    signal.throwIfAborted();
    const output = await this.#serve(operation, input, signal);
    signal.throwIfAborted();
    return output;
  }
}

/** The input that puts records. */
function putRecordsInput({ entries, stream }: PutRecordsRequest): PutRecordsInput {
  const records = entries.map(({ data, partitionKey, explicitHashKey }) => ({
    Data: data,
    ...(partitionKey === undefined ? {} : { PartitionKey: partitionKey }),
    ...(explicitHashKey === undefined ? {} : { ExplicitHashKey: explicitHashKey }),
  }));
  return { ...addressOf(stream), Records: records };
}

/** Reads events one by one. */
function nextOf(
  events: AsyncIterable<SubscribeToShardEvent>,
): () => Promise<IteratorResult<SubscriptionEvent, unknown>> {
  const iterator = events[Symbol.asyncIterator]();
  return async () => {
    const result = await iterator.next();
    return result.done === true ? result : { value: readEvent(result.value) };
  };
}
