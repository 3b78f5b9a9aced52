// The figures of one stream beside those of its calls: what was put, what is outstanding, what was settled and how. They
// are counted as integers; only while somebody listens more is kept, and told each time the lanes were looked at.
import {
  type Clock,
  type EventSink,
  Histogram,
  type KinesisError,
  StatisticSet,
} from "@shardline/core";
import type { ShardSettlement } from "./measurements.ts";
import type { ProducerEvents } from "./producer-events.ts";
import type { Carrier } from "./record/carrier.ts";
import type { LooseRecord, PendingRecord, RecordContent } from "./record/pending-record.ts";
import type { SettlementMeasure } from "./settle/settlement.ts";

export interface StreamMeasureOptions {
  readonly stream: string;
  readonly clock: Pick<Clock, "nowMs">;
  readonly events: EventSink<ProducerEvents>;
  /** Where a record belongs, by the shard map in use. */
  readonly shardIdOf: (record: RecordContent) => string | undefined;
}

export class StreamMeasure implements SettlementMeasure {
  readonly #options: StreamMeasureOptions;
  readonly #waitedMs = new StatisticSet();
  readonly #latencyMs = new Histogram();
  readonly #shards = new Map<string | undefined, ShardFigures>();
  #accepted = 0;
  #outstandingRecords = 0;
  #outstandingBytes = 0;

  constructor(options: StreamMeasureOptions) {
    this.#options = options;
  }

  /** A record of so many bytes is put. */
  entered(bytes: number): void {
    this.#accepted += 1;
    this.#outstandingRecords += 1;
    this.#outstandingBytes += bytes;
  }

  /** Records of so many bytes are settled. */
  left(records: number, bytes: number): void {
    this.#outstandingRecords -= records;
    this.#outstandingBytes -= bytes;
  }

  /** A record had to wait for room, until now. */
  waited({ acceptedAtMs }: PendingRecord): void {
    const { clock, events } = this.#options;
    if (!events.hasListeners("bufferMeasured")) return;
    this.#waitedMs.add(clock.nowMs() - acceptedAtMs);
  }

  stored({ attempts, dataBytes, members }: Carrier, shardId: string): void {
    const { clock, events } = this.#options;
    if (!events.hasListeners("settlementMeasured")) return;
    const figures = this.#figuresOf(shardId);
    figures.stored += members.length;
    figures.dataBytes.merge(dataBytes);
    members.addRetries(attempts.count, figures.retries);
    members.addAges(clock.nowMs(), this.#latencyMs);
  }

  failed(code: KinesisError["code"], records: readonly LooseRecord[]): void {
    const { events, shardIdOf } = this.#options;
    if (!events.hasListeners("settlementMeasured")) return;
    for (const { content, pending } of records) {
      const figures = this.#figuresOf(shardIdOf(content));
      figures.failed += 1;
      if (code === "RECORD_EXPIRED") figures.expired += 1;
      const { count } = pending.earlierAttempts;
      figures.retries.add(Math.max(0, count - 1));
    }
  }

  /** Tells what there is to tell. */
  tell(): void {
    const { events, stream } = this.#options;
    if (events.hasListeners("bufferMeasured")) {
      events.emit("bufferMeasured", {
        stream,
        acceptedRecords: this.#accepted,
        waitedMs: this.#waitedMs,
        outstandingRecords: this.#outstandingRecords,
        outstandingBytes: this.#outstandingBytes,
      });
      this.#waitedMs.clear();
    }
    this.#accepted = 0;
    if (this.#shards.size === 0) return;
    const shards = [...this.#shards.values()];
    events.emit("settlementMeasured", { stream, latencyMs: this.#latencyMs, shards });
    this.#latencyMs.clear();
    this.#shards.clear();
  }

  #figuresOf(shardId: string | undefined): ShardFigures {
    const known = this.#shards.get(shardId);
    if (known !== undefined) return known;
    const figures = new ShardFigures(shardId);
    this.#shards.set(shardId, figures);
    return figures;
  }
}

class ShardFigures implements ShardSettlement {
  readonly shardId: string | undefined;
  readonly dataBytes = new StatisticSet();
  readonly retries = new StatisticSet();
  stored = 0;
  failed = 0;
  expired = 0;

  constructor(shardId: string | undefined) {
    this.shardId = shardId;
  }
}
