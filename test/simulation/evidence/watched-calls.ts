// A producer's side of the port, with its calls written down: what it sends when, and what it is told. It lies above the
// network, where the producer's own clock counts.
import {
  apiFailureOf,
  type KinesisApi,
  type PutRecordsAnswer,
  type PutRecordsEntry,
  type PutRecordsOutcome,
  type PutRecordsRequest,
} from "@shardline/core";
import type { SimProcess } from "../fleet/sim-process.ts";
import { carriedBy, hashKeyOfEntry } from "./carried-records.ts";
import type { Journal } from "./journal.ts";
import type { SentCarrier } from "./journal-entry.ts";
import type { SentOutcome } from "./outcomes.ts";

/** A call that is known again however often the network brings it. */
interface NumberedRequest extends PutRecordsRequest {
  readonly call: number;
}

/** Watches what the producers of a world send. */
export class WatchedCalls {
  readonly #journal: Journal;
  #calls = 0;

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  /** The port as a process uses it. */
  of(process: SimProcess, kinesis: KinesisApi): KinesisApi {
    return {
      ...kinesis,
      putRecords: (request, signal) => this.#put(process, request, kinesis, signal),
      describeStreamSummary: async (request, signal) => {
        const summary = await kinesis.describeStreamSummary(request, signal);
        const news = { kind: "open shards", count: summary.openShardCount } as const;
        const localMs = process.nowMs();
        this.#journal.write({ kind: "told", process: process.name, localMs, news });
        return summary;
      },
    };
  }

  async #put(
    process: SimProcess,
    request: PutRecordsRequest,
    kinesis: KinesisApi,
    signal: AbortSignal,
  ): Promise<PutRecordsAnswer> {
    this.#calls += 1;
    const numbered: NumberedRequest = { ...request, call: this.#calls };
    const { call, entries } = numbered;
    const sender = process.name;
    const sentAtMs = process.nowMs();
    const carriers = entries.map(carrierOf);
    this.#journal.write({ kind: "sent", process: sender, localMs: sentAtMs, call, carriers });
    const tell = (outcomes: readonly SentOutcome[]): void => {
      const localMs = process.nowMs();
      this.#journal.write({ kind: "answered", process: sender, localMs, call, outcomes });
    };
    try {
      const answer = await kinesis.putRecords(numbered, signal);
      tell(answer.outcomes.map(outcomeOf));
      return answer;
    } catch (error) {
      const isSure = apiFailureOf(error)?.isAmbiguous === false;
      tell(entries.map(() => (isSure ? "failed" : "unknown")));
      throw error;
    }
  }
}

/** Which call a request is; `undefined` where nobody counts. */
export function numberOfCall(request: PutRecordsRequest): number | undefined {
  return (request as Partial<NumberedRequest>).call;
}

function carrierOf(entry: PutRecordsEntry): SentCarrier {
  const { data, partitionKey = "" } = entry;
  return {
    hashKey: hashKeyOfEntry(entry),
    bytes: data.length + Buffer.byteLength(partitionKey),
    records: carriedBy(entry).records.map(({ record }) => record),
  };
}

function outcomeOf(outcome: PutRecordsOutcome): SentOutcome {
  if (outcome.kind === "stored") return "stored";
  if (outcome.failure.isAmbiguous) return "unknown";
  return outcome.failure.kind === "throttled" ? "throttled" : "failed";
}
