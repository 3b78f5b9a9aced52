// The service's side of the port, with what truly happens there written down: what is stored where. It lies behind the
// network, so that a lost answer hides nothing.
import {
  type HashKeyRange,
  type KinesisApi,
  type PutRecordsAnswer,
  type PutRecordsEntry,
  type PutRecordsRequest,
  rangeContains,
  type Shard,
} from "@shardline/core";
import { carriedBy } from "./carried-records.ts";
import type { Journal, LandedRecord } from "./journal.ts";
import { numberOfCall } from "./watched-calls.ts";

const NEVER = new AbortController().signal;

/** Watches the calls of every process of a world. */
export class WatchedKinesis {
  readonly #kinesis: KinesisApi;
  readonly #shardsNow: () => readonly Shard[];
  readonly #journal: Journal;
  #shards: ReadonlyMap<string, Shard> = new Map();
  /** Calls that were here. */
  readonly #arrived = new Set<number>();

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
    const isRepeat = this.#isRepeat(numberOfCall(request));
    const answer = await this.#kinesis.putRecords(request, NEVER);
    const { entries } = request;
    const { outcomes } = answer;
    const isKnown = outcomes.every(
      (outcome) => outcome.kind === "failed" || this.#shards.has(outcome.shardId),
    );
    if (!isKnown) this.#shards = new Map(this.#shardsNow().map((shard) => [shard.shardId, shard]));
    for (const [at, outcome] of outcomes.entries()) {
      if (outcome.kind === "failed") continue;
      const { sequenceNumber, shardId } = outcome;
      const range = this.#shards.get(shardId)?.hashKeyRange;
      const records = recordsOf(entries[at] as PutRecordsEntry, range);
      this.#journal.write({ kind: "landed", process, isRepeat, shardId, sequenceNumber, records });
    }
    return answer;
  }

  #isRepeat(call: number | undefined): boolean {
    if (call === undefined) return false;
    if (this.#arrived.has(call)) return true;
    this.#arrived.add(call);
    return false;
  }
}

/** Only what is inside of an aggregate can be dropped by readers. */
function recordsOf(entry: PutRecordsEntry, range: HashKeyRange | undefined): LandedRecord[] {
  const { isAggregate, records } = carriedBy(entry);
  return records.map(({ hashKey, partitionKey, record }, subSequenceNumber) => {
    const isInRange = !isAggregate || range === undefined || rangeContains(range, hashKey);
    return { record, partitionKey, subSequenceNumber, isInRange };
  });
}
