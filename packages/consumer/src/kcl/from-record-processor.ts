// A record processor of aws-kcl, or a port of a Java one, as the handler and the hooks of a consumer.
import { invariant, KinesisError } from "@shardline/core";
import type { ShardContext } from "../batch/handler.ts";
import type { ConsumerOptions } from "../options.ts";
import { ProcessorRun } from "./processor-run.ts";
import type { ShardRecordProcessor } from "./record-processor.ts";

/** The part of a consumer's options that a record processor stands for. */
export type ProcessorOptions = Required<
  Pick<ConsumerOptions, "checkpoint" | "concurrency" | "hooks" | "ordering" | "processBatch">
>;

const METHODS = ["initialize", "processRecords", "leaseLost", "shardEnded"] as const;

/**
 * What record processors come to, for `createConsumer`: `createConsumer({ application, stream, startAt,
 * ...fromRecordProcessor(() => new Processor()) })`. `create` is called for each shard each time its lease is taken: a
 * processor serves one shard under one lease, and is called by one call at a time.
 *
 * What processRecords throws, rejects with or calls back with makes the same records come again, to the same processor, perhaps in
 * halves, and in the end has the shard rest there: `onFailure` says how often. The KCL skips them.
 * @throws KinesisError INVALID_OPTIONS
 */
export function fromRecordProcessor(create: () => ShardRecordProcessor): ProcessorOptions {
  if (typeof create !== "function") throw invalid("it takes a function that makes a processor");
  // By what is the same in every context of a lease, and only there.
  const runs = new WeakMap<ShardContext["checkpoint"], ProcessorRun>();
  const begin = (shard: ShardContext): ProcessorRun => {
    const run = new ProcessorRun(checked(create()), shard);
    runs.set(shard.checkpoint, run);
    return run;
  };
  const runOf = (shard: ShardContext): ProcessorRun => {
    const run = runs.get(shard.checkpoint);
    invariant(run !== undefined, "a shard is begun before anything else is heard of it");
    return run;
  };
  return {
    checkpoint: "manual",
    concurrency: 1,
    ordering: "shard",
    processBatch: (batch, shard) => runOf(shard).processRecords(batch, shard),
    hooks: {
      onShardStarted: (shard, start) =>
        (runs.get(shard.checkpoint) ?? begin(shard)).initialize(start),
      onLeaseLost: (shard) => runOf(shard).leaseLost(),
      onShardEnded: (shard) => runOf(shard).shardEnded(),
      onShutdownRequested: (shard) => runOf(shard).shutdownRequested(),
    },
  };
}

function checked(processor: ShardRecordProcessor): ShardRecordProcessor {
  const missing = METHODS.filter((method) => typeof Object(processor)[method] !== "function");
  if (missing.length === 0) return processor;
  throw invalid(`the processor has no ${missing.join(", no ")}`);
}

function invalid(problem: string): KinesisError {
  return new KinesisError("INVALID_OPTIONS", {
    message: `fromRecordProcessor refused its processor: ${problem}`,
    isRetryable: false,
    details: { problems: [problem] },
  });
}
