// The service's side of the port, with what truly happens there written down: what is stored where. It lies behind the
// network, so that a lost answer hides nothing.
import {
  type HashKeyRange,
  type KinesisApi,
  type KinesisRecord,
  type PutRecordsAnswer,
  type PutRecordsEntry,
  type PutRecordsRequest,
  rangeContains,
  type Shard,
} from "@shardline/core";
import { carriedBy } from "./carried-records.ts";
import { BrokenInvariant, type Journal } from "./journal.ts";
import type { LandedRecord } from "./journal-entry.ts";
import type { ShardNames } from "./shard-names.ts";
import { numberOfCall } from "./watched-calls.ts";

const NEVER = new AbortController().signal;

interface WatchedKinesisParts {
  readonly kinesis: KinesisApi;
  /** Under their names. */
  readonly shardsNow: () => readonly Shard[];
  readonly names: ShardNames;
  /**
   * What is stored of a shard behind a sequence number, where a call that took effect may fail; then no two that put may
   * be under way. Left out, those that fail store nothing.
   */
  readonly storedAfter?: (shardId: string, last: string | undefined) => readonly KinesisRecord[];
  readonly journal: Journal;
}

/** Watches the calls of every process of a world. */
export class WatchedKinesis {
  readonly #parts: WatchedKinesisParts;
  #shards: ReadonlyMap<string, Shard> = new Map();
  /** The sequence number of each shard's last record that is written down. */
  readonly #last = new Map<string, string>();
  /** Calls that were here. */
  readonly #arrived = new Set<number>();

  constructor(parts: WatchedKinesisParts) {
    this.#parts = parts;
  }

  /** The port as a process uses it. */
  of(process: string): KinesisApi {
    const { kinesis } = this.#parts;
    return {
      createStream: (request, signal) => kinesis.createStream(request, signal),
      describeStreamSummary: (request, signal) => kinesis.describeStreamSummary(request, signal),
      listShards: (request, signal) => kinesis.listShards(request, signal),
      splitShard: (request, signal) => kinesis.splitShard(request, signal),
      mergeShards: (request, signal) => kinesis.mergeShards(request, signal),
      rehearsePutRecords: (request, signal) => kinesis.rehearsePutRecords(request, signal),
      putRecords: (request) => this.#put(process, request),
      getShardIterator: (request, signal) => kinesis.getShardIterator(request, signal),
      getRecords: (request, signal) => kinesis.getRecords(request, signal),
      registerStreamConsumer: (request, signal) => kinesis.registerStreamConsumer(request, signal),
      describeStreamConsumer: (request, signal) => kinesis.describeStreamConsumer(request, signal),
      deregisterStreamConsumer: (request, signal) =>
        kinesis.deregisterStreamConsumer(request, signal),
      subscribeToShard: (request, signal) => kinesis.subscribeToShard(request, signal),
    };
  }

  /** The stream was created again: its shards have other hash keys, and other records, from now on. */
  beginAnew(): void {
    this.#shards = new Map();
    this.#last.clear();
  }

  /** A call that reached the service takes effect, whether anybody still waits for it or not. */
  async #put(process: string, request: PutRecordsRequest): Promise<PutRecordsAnswer> {
    const isRepeat = this.#isRepeat(numberOfCall(request));
    const { entries, stream } = request;
    const land = (shardId: string, sequenceNumber: string, entry: PutRecordsEntry): void => {
      this.#last.set(shardId, sequenceNumber);
      const records = recordsOf(entry, this.#rangeOf(shardId));
      this.#parts.journal.write({
        kind: "landed",
        process,
        isRepeat,
        shardId,
        sequenceNumber,
        records,
      });
    };
    try {
      const answer = await this.#parts.kinesis.putRecords(request, NEVER);
      for (const [at, outcome] of answer.outcomes.entries()) {
        if (outcome.kind === "failed") continue;
        const shardName = this.#parts.names.nameOf(outcome.shardId, stream.name);
        land(shardName, outcome.sequenceNumber, entries[at] as PutRecordsEntry);
      }
      return answer;
    } catch (error) {
      for (const [shardId, { data, sequenceNumber }] of this.#hidden()) {
        const entry = entries.find((put) => Buffer.compare(put.data, data) === 0);
        if (entry !== undefined) land(shardId, sequenceNumber, entry);
        else this.#parts.journal.break(nobodyPut(shardId, sequenceNumber, process));
      }
      throw error;
    }
  }

  /** What is stored and was told in no answer, because the answer was lost. */
  #hidden(): (readonly [shardId: string, record: KinesisRecord])[] {
    const { shardsNow, storedAfter = () => [] } = this.#parts;
    return shardsNow().flatMap(({ shardId }) =>
      storedAfter(shardId, this.#last.get(shardId)).map((record) => [shardId, record] as const),
    );
  }

  #rangeOf(shardId: string): HashKeyRange | undefined {
    if (!this.#shards.has(shardId)) {
      this.#shards = new Map(this.#parts.shardsNow().map((shard) => [shard.shardId, shard]));
    }
    return this.#shards.get(shardId)?.hashKeyRange;
  }

  #isRepeat(call: number | undefined): boolean {
    if (call === undefined) return false;
    if (this.#arrived.has(call)) return true;
    this.#arrived.add(call);
    return false;
  }
}

function nobodyPut(shardId: string, sequenceNumber: string, process: string): BrokenInvariant {
  const what = `what is stored on ${shardId} at ${sequenceNumber} is not what was put`;
  return new BrokenInvariant("stored as put", what, process);
}

/** Only what is inside of an aggregate can be dropped by readers. */
function recordsOf(entry: PutRecordsEntry, range: HashKeyRange | undefined): LandedRecord[] {
  const { isAggregate, records } = carriedBy(entry);
  return records.map(({ bytes, hashKey, partitionKey, record }, subSequenceNumber) => {
    const isInRange = !isAggregate || range === undefined || rangeContains(range, hashKey);
    return { record, partitionKey, bytes, subSequenceNumber, isInRange };
  });
}
