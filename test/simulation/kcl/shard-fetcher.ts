// How a worker of the KCL 2.x reads a shard by polling (KinesisDataFetcher, PrefetchRecordsPublisher): from the record of
// the checkpoint on, which is handed out again and filtered, and after an expiry behind the last one that was read.
import {
  apiFailureOf,
  type ChildShard,
  type IteratorStart,
  type KinesisApi,
  type KinesisRecord,
  type Position,
} from "@shardline/core";
import { KclException } from "./repeat.ts";

export interface ShardFetcherOptions {
  readonly stream: string;
  readonly shardId: string;
  readonly kinesis: KinesisApi;
  readonly signal: AbortSignal;
}

/** One answer; a shard or stream that does not exist any more is at its end, and has no children. */
export interface Fetched {
  readonly records: readonly KinesisRecord[];
  readonly isAtShardEnd: boolean;
  readonly childShards: readonly ChildShard[];
}

const END: Fetched = { records: [], isAtShardEnd: true, childShards: [] };
/** `maxRecords`. */
const LIMIT = 10_000;

export class ShardFetcher {
  readonly #options: ShardFetcherOptions;
  #iterator: string | undefined;
  #lastRead: string | undefined;
  #startsAt: Position;

  constructor(options: ShardFetcherOptions, checkpoint: Position) {
    this.#options = options;
    this.#startsAt = checkpoint;
  }

  /** To be called first. */
  async initialize(): Promise<void> {
    this.#iterator = await this.#iteratorFrom(startOf(this.#startsAt.sequenceNumber));
  }

  /**
   * Behind the last record that was read. Where none was read yet the KCL continues behind the checkpoint's, and would lose
   * the rest of an aggregate in whose middle it is: by that fault of its own no world is to be judged, so here it begins
   * again.
   */
  async restart(): Promise<void> {
    if (this.#lastRead === undefined) return this.initialize();
    const start = { type: "AFTER_SEQUENCE_NUMBER", sequenceNumber: this.#lastRead } as const;
    this.#iterator = await this.#iteratorFrom(start);
  }

  /** Rejects as the call does. */
  async fetch(): Promise<Fetched> {
    const { kinesis, signal, stream } = this.#options;
    const iterator = this.#iterator;
    if (iterator === undefined) return END;
    const request = { stream: { name: stream }, iterator, limit: LIMIT };
    const answer = await unlessMissing(kinesis.getRecords(request, signal));
    if (answer === undefined) return END;
    const { next, records } = answer;
    this.#iterator = next.kind === "iterator" ? next.iterator : undefined;
    this.#lastRead = records.at(-1)?.sequenceNumber ?? this.#lastRead;
    const childShards = next.kind === "shard-end" ? next.childShards : [];
    return { records, isAtShardEnd: next.kind === "shard-end", childShards };
  }

  #iteratorFrom(start: IteratorStart): Promise<string | undefined> {
    const { kinesis, shardId, signal, stream } = this.#options;
    const request = { stream: { name: stream }, shardId, start };
    return unlessMissing(kinesis.getShardIterator(request, signal));
  }
}

function startOf(sequenceNumber: string): IteratorStart {
  if (sequenceNumber === "TRIM_HORIZON" || sequenceNumber === "LATEST") {
    return { type: sequenceNumber };
  }
  // Unless it is configured with a time.
  if (sequenceNumber === "AT_TIMESTAMP") throw new KclException("a NullPointerException");
  return { type: "AT_SEQUENCE_NUMBER", sequenceNumber };
}

async function unlessMissing<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (apiFailureOf(error)?.kind === "missing") return undefined;
    throw error;
  }
}
