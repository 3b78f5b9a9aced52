// The service's side of the port, with what truly happens there written down: what a process sends, and what is stored
// where. It lies behind the network, so that a lost answer hides nothing.
import { deaggregate } from "@shardline/aggregation";
import {
  type HashKeyRange,
  hashKeyOf,
  isOpen,
  type KinesisApi,
  type PutRecordsAnswer,
  type PutRecordsEntry,
  type PutRecordsRequest,
  rangeContains,
  type Shard,
} from "@shardline/core";
import type { Journal, LandedRecord } from "./journal.ts";
import { decodeRecord } from "./sim-record.ts";

const NEVER = new AbortController().signal;

/** Watches the calls of every process of a world. */
export class WatchedKinesis {
  readonly #kinesis: KinesisApi;
  readonly #shardsNow: () => readonly Shard[];
  readonly #journal: Journal;
  #shards: ReadonlyMap<string, Shard> = new Map();

  constructor(kinesis: KinesisApi, shardsNow: () => readonly Shard[], journal: Journal) {
    this.#kinesis = kinesis;
    this.#shardsNow = shardsNow;
    this.#journal = journal;
  }

  /** The port as a process uses it. */
  of(process: string): KinesisApi {
    const kinesis = this.#kinesis;
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
    };
  }

  /** A call that reached the service takes effect, whether anybody still waits for it or not. */
  async #put(process: string, request: PutRecordsRequest): Promise<PutRecordsAnswer> {
    const answer = await this.#kinesis.putRecords(request, NEVER);
    const { entries } = request;
    const { outcomes } = answer;
    const isKnown = outcomes.every(
      (outcome) => outcome.kind === "failed" || this.#shards.has(outcome.shardId),
    );
    if (!isKnown) this.#shards = new Map(this.#shardsNow().map((shard) => [shard.shardId, shard]));
    const carriers = entries.map((entry, at) => {
      const outcome = outcomes[at];
      const shardId = outcome?.kind === "stored" ? outcome.shardId : this.#shardOf(entry);
      return { shardId, bytes: entry.data.length + (entry.partitionKey?.length ?? 0) };
    });
    this.#journal.write({ kind: "sent", process, carriers });
    for (const [at, outcome] of outcomes.entries()) {
      if (outcome.kind === "failed") continue;
      const { sequenceNumber, shardId } = outcome;
      const range = this.#shards.get(shardId)?.hashKeyRange;
      const records = recordsOf(entries[at] as PutRecordsEntry, range);
      this.#journal.write({ kind: "landed", process, shardId, sequenceNumber, records });
    }
    return answer;
  }

  #shardOf(entry: PutRecordsEntry): string {
    const hashKey = hashKeyOfEntry(entry);
    for (const shard of this.#shards.values()) {
      const { hashKeyRange } = shard;
      if (isOpen(shard) && hashKeyRange && rangeContains(hashKeyRange, hashKey)) {
        return shard.shardId;
      }
    }
    return "unknown";
  }
}

function hashKeyOfEntry({ explicitHashKey, partitionKey = "" }: PutRecordsEntry): bigint {
  return explicitHashKey === undefined ? hashKeyOf(partitionKey) : BigInt(explicitHashKey);
}

/**
 * The user records of a Kinesis record as a reader sees them. The decoder is the product's: that it agrees with the KCL's
 * is shown by the tests with Amazon's libraries.
 */
function recordsOf(entry: PutRecordsEntry, range: HashKeyRange | undefined): LandedRecord[] {
  const decoded = deaggregate(entry.data);
  if (decoded.kind !== "aggregate") {
    const { data, partitionKey = "" } = entry;
    return [landed(data, partitionKey, 0, hashKeyOfEntry(entry), range)];
  }
  return decoded.records.map(({ data, explicitHashKey, partitionKey }, index) => {
    const hashKey =
      explicitHashKey === undefined ? hashKeyOf(partitionKey) : BigInt(explicitHashKey);
    return landed(data, partitionKey, index, hashKey, range);
  });
}

function landed(
  data: Uint8Array,
  partitionKey: string,
  subSequenceNumber: number,
  hashKey: bigint,
  range: HashKeyRange | undefined,
): LandedRecord {
  const isInRange = range === undefined || rangeContains(range, hashKey);
  return { record: decodeRecord(data), partitionKey, subSequenceNumber, isInRange };
}
