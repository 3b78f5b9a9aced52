// The operations that the emulator knows, by name.
import type { Operation } from "./operation.ts";
import { createStream } from "./operations/create-stream.ts";
import { deleteStream } from "./operations/delete-stream.ts";
import { deregisterStreamConsumer } from "./operations/deregister-stream-consumer.ts";
import { describeStream } from "./operations/describe-stream.ts";
import { describeStreamConsumer } from "./operations/describe-stream-consumer.ts";
import { describeStreamSummary } from "./operations/describe-stream-summary.ts";
import { getRecords } from "./operations/get-records.ts";
import { getShardIterator } from "./operations/get-shard-iterator.ts";
import { listShards } from "./operations/list-shards.ts";
import { listStreamConsumers } from "./operations/list-stream-consumers.ts";
import { listStreams } from "./operations/list-streams.ts";
import { mergeShards } from "./operations/merge-shards.ts";
import { putRecord } from "./operations/put-record.ts";
import { putRecords } from "./operations/put-records.ts";
import { registerStreamConsumer } from "./operations/register-stream-consumer.ts";
import { splitShard } from "./operations/split-shard.ts";
import { subscribeToShard } from "./operations/subscribe-to-shard.ts";
import { updateShardCount } from "./operations/update-shard-count.ts";

const ALL: readonly Operation<unknown, unknown>[] = [
  createStream,
  deleteStream,
  deregisterStreamConsumer,
  describeStream,
  describeStreamConsumer,
  describeStreamSummary,
  getRecords,
  getShardIterator,
  listShards,
  listStreamConsumers,
  listStreams,
  mergeShards,
  putRecord,
  putRecords,
  registerStreamConsumer,
  splitShard,
  subscribeToShard,
  updateShardCount,
];

/** Every operation by its name. */
export const OPERATIONS: ReadonlyMap<string, Operation<unknown, unknown>> = new Map(
  ALL.map((operation) => [operation.name, operation]),
);
