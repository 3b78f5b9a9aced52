// Listens to the producer's events and keeps what they come to. Nothing else knows of it: without a collector nobody
// listens, and what only it would hear is not even put together.
import {
  type Clock,
  type EventSource,
  Histogram,
  StatisticSet,
  type Statistics,
} from "@shardline/core";
import type {
  BufferMeasurement,
  CallMeasurement,
  SettlementMeasurement,
  ShardMeasurement,
} from "../measurements.ts";
import type { ProducerEvents } from "../producer-events.ts";
import { METRICS, type MetricName, type MetricsGranularity } from "./metric-catalog.ts";
import type { MetricSnapshot } from "./metric-snapshot.ts";
import { type SamplePlace, SeriesSet } from "./series-set.ts";

const MS_PER_SECOND = 1000;
const SAMPLE_GAP_MS = 200;

export interface MetricsCollectorOptions {
  readonly level: "summary" | "detailed";
  readonly granularity: MetricsGranularity;
  readonly maxSeries: number;
  readonly clock: Pick<Clock, "nowMs">;
}

export class MetricsCollector implements Disposable {
  readonly #options: MetricsCollectorOptions;
  readonly #series: SeriesSet;
  readonly #handles: readonly Disposable[];
  /** When each stream's buffer was sampled last. */
  readonly #sampledAtMs = new Map<string, number>();
  readonly #one = new StatisticSet();
  readonly #all = new Histogram();

  /** Listens until it is disposed of. */
  constructor(events: EventSource<ProducerEvents>, options: MetricsCollectorOptions) {
    this.#options = options;
    this.#series = new SeriesSet(options.granularity, options.maxSeries);
    this.#handles = [
      events.on("bufferMeasured", (buffer) => this.#onBuffer(buffer)),
      events.on("callMeasured", (call) => this.#onCall(call)),
      events.on("settlementMeasured", (settlement) => this.#onSettlement(settlement)),
      events.on("misplaced", ({ predictedShardId: shardId, records, stream }) =>
        this.#count("WrongShardRecords", { stream, shardId }, records),
      ),
      events.on("throttled", ({ factor, shardId, stream }) => {
        if (factor !== undefined) this.#value("RateFactor", { stream, shardId }, factor);
      }),
      events.on("shardMapRefreshed", ({ stream }) =>
        this.#count("ShardMapRefreshes", { stream }, 1),
      ),
      events.on("shardMapFailed", ({ stream }) =>
        this.#count("ShardMapRefreshes", { stream }, 0, 1),
      ),
    ];
  }

  /** How many series there are. */
  get size(): number {
    return this.#series.size;
  }

  /**
   * Every series of a metric, or of all that are kept, in the order of the catalog: since the start, or the last
   * `windowSeconds` (1 to 60), of which the current second is one.
   */
  read(name?: MetricName, windowSeconds?: number): MetricSnapshot[] {
    const names = name === undefined ? (Object.keys(METRICS) as MetricName[]) : [name];
    const second = this.#second();
    return names
      .filter((kept) => this.#isKept(kept))
      .flatMap((kept) => this.#series.read(kept, second, windowSeconds));
  }

  [Symbol.dispose](): void {
    for (const handle of this.#handles) handle[Symbol.dispose]();
  }

  #onBuffer(buffer: BufferMeasurement): void {
    const { acceptedRecords, outstandingBytes, outstandingRecords, stream, waitedMs } = buffer;
    this.#count("UserRecordsReceived", { stream }, acceptedRecords);
    this.#add("BackpressureTime", { stream }, waitedMs);
    const nowMs = this.#options.clock.nowMs();
    const sampledAtMs = this.#sampledAtMs.get(stream) ?? Number.NEGATIVE_INFINITY;
    if (nowMs - sampledAtMs < SAMPLE_GAP_MS) return;
    this.#sampledAtMs.set(stream, nowMs);
    this.#value("UserRecordsPending", { stream }, outstandingRecords);
    this.#value("OutstandingBytes", { stream }, outstandingBytes);
  }

  #onCall({ carriers, durationMs, failure, records, shards, stream }: CallMeasurement): void {
    this.#percentile("RequestTime", { stream }, durationMs);
    this.#value("KinesisRecordsPerPutRecordsRequest", { stream }, carriers);
    this.#value("UserRecordsPerPutRecordsRequest", { stream }, records);
    if (failure !== undefined) {
      this.#count("ErrorsByCode", { stream, label: failure.awsName }, 1);
      this.#count("AllErrors", { stream }, 1);
    }
    for (const shard of shards) {
      const place = { stream, shardId: shard.shardId };
      this.#onShard(place, shard);
      if (failure === undefined) this.#onShardAnswered(place, shard);
      if (failure?.isThrottled === true) this.#count("ThrottledRecords", place, shard.records);
      if (failure?.isAmbiguous === true) this.#count("DuplicatesPossible", place, shard.records);
    }
  }

  /** What is known of a shard's part of a call whatever came of it. */
  #onShard(place: SamplePlace, shard: ShardMeasurement): void {
    const { bufferingMs, fillRatio, flushed, recordsPerCarrier } = shard;
    this.#add("BufferingTime", place, bufferingMs);
    this.#add("UserRecordsPerKinesisRecord", place, recordsPerCarrier);
    this.#add("AggregateFillRatio", place, fillRatio);
    for (const [label, times] of Object.entries(flushed)) {
      // Mostly for one reason of all there are.
      if (times > 0) this.#count("FlushReason", { ...place, label }, times);
    }
  }

  #onShardAnswered(place: SamplePlace, shard: ShardMeasurement): void {
    const { ambiguousRecords, carriers, refused, storedBytes, throttledRecords } = shard;
    const stored = storedBytes.count;
    this.#count("KinesisRecordsPut", place, stored, carriers - stored);
    this.#add("KinesisRecordsDataPut", place, storedBytes);
    this.#count("AllErrors", place, carriers - stored, stored);
    this.#count("ThrottledRecords", place, throttledRecords);
    this.#count("DuplicatesPossible", place, ambiguousRecords);
    for (const [label, times] of refused) this.#count("ErrorsByCode", { ...place, label }, times);
  }

  #onSettlement(settlement: SettlementMeasurement): void {
    const { latencyMs, shards, stream } = settlement;
    this.#add("UserRecordLatency", { stream }, latencyMs.statistics, latencyMs);
    for (const { dataBytes, expired, failed, retries, shardId, stored } of shards) {
      const place = { stream, shardId };
      this.#count("UserRecordsPut", place, stored, failed);
      this.#add("UserRecordsDataPut", place, dataBytes);
      this.#count("UserRecordExpired", place, expired);
      this.#add("RetriesPerRecord", place, retries);
    }
  }

  /** Adds as many samples of 1, and of 0. */
  #count(name: MetricName, place: SamplePlace, ones: number, zeros = 0): void {
    this.#one.clear();
    this.#one.add(1, ones);
    this.#one.add(0, zeros);
    this.#add(name, place, this.#one);
  }

  #value(name: MetricName, place: SamplePlace, value: number): void {
    this.#one.clear();
    this.#one.add(value);
    this.#add(name, place, this.#one);
  }

  #percentile(name: MetricName, place: SamplePlace, value: number): void {
    this.#all.clear();
    this.#all.record(value);
    this.#add(name, place, this.#all.statistics, this.#all);
  }

  #add(name: MetricName, place: SamplePlace, samples: Statistics, all?: Histogram): void {
    if (samples.count === 0 || !this.#isKept(name)) return;
    this.#series.add(name, place, this.#second(), samples, all);
  }

  #isKept(name: MetricName): boolean {
    return this.#options.level === "detailed" || METRICS[name].level === "summary";
  }

  #second(): number {
    return Math.floor(this.#options.clock.nowMs() / MS_PER_SECOND);
  }
}
