// What `shardline put` counts while it works, and what it tells of it.
import { Histogram } from "@shardline/core";
import type { Producer } from "@shardline/producer";

/** Over how long the rates on the progress line are taken. */
const RATE_WINDOW_MS = 2000;

/** The whole, for a machine. */
export interface PutSummary {
  readonly put: number;
  readonly stored: number;
  readonly failed: number;
  /** Data of the records stored. */
  readonly bytes: number;
  /** PutRecords calls, those that failed as a whole included. */
  readonly calls: number;
  readonly failedCalls: number;
  /** Kinesis records and calls refused because a rate was exceeded. */
  readonly throttles: number;
  readonly recordsPerKinesisRecord: number | null;
  readonly seconds: number;
  /** From `put` to the receipt, in ms; null if nothing was stored. */
  readonly latencyMs: { readonly p50: number; readonly p99: number; readonly max: number } | null;
}

/** A moment, to take rates from. */
interface Mark {
  readonly atMs: number;
  readonly stored: number;
  readonly bytes: number;
}

export class PutTally {
  readonly #startedAtMs: number;
  readonly #latencies = new Histogram();
  readonly #marks: Mark[] = [];
  #put = 0;
  #stored = 0;
  #failed = 0;
  #bytes = 0;
  #calls = 0;
  #failedCalls = 0;
  #throttles = 0;
  #kinesisRecords = 0;

  constructor(nowMs: number) {
    this.#startedAtMs = nowMs;
    this.#marks.push({ atMs: nowMs, stored: 0, bytes: 0 });
  }

  /** Counts what the producer tells of its calls. */
  listen(producer: Pick<Producer, "on">): void {
    producer.on("callAnswered", ({ carriers, failedCarriers }) => {
      this.#calls += 1;
      this.#kinesisRecords += carriers - failedCarriers;
    });
    producer.on("callFailed", ({ kind }) => {
      this.#calls += 1;
      this.#failedCalls += 1;
      if (kind === "throttled") this.#throttles += 1;
    });
    producer.on("throttled", () => {
      this.#throttles += 1;
    });
  }

  /** A line is put; answers its number, counted from 1. */
  count(): number {
    this.#put += 1;
    return this.#put;
  }

  store(bytes: number, latencyMs: number): void {
    this.#stored += 1;
    this.#bytes += bytes;
    this.#latencies.record(latencyMs);
  }

  /** A record failed; answers how many have by now. */
  fail(): number {
    this.#failed += 1;
    return this.#failed;
  }

  /** How far it is. */
  progressLine(nowMs: number): string {
    const { perSecond, bytesPerSecond } = this.#rates(nowMs);
    const failed = this.#failed === 0 ? [] : [`${countOf(this.#failed)} failed`];
    return [
      `${countOf(this.#put)} put`,
      `${countOf(this.#stored)} stored`,
      ...failed,
      `${countOf(Math.round(perSecond))} records/s`,
      `${bytesOf(bytesPerSecond)}/s`,
      `${countOf(this.#throttles)} throttled`,
      ...this.#latencyWords(),
    ].join(", ");
  }

  summary(nowMs: number): PutSummary {
    const latencies = this.#latencies;
    const { max } = latencies.statistics;
    return {
      put: this.#put,
      stored: this.#stored,
      failed: this.#failed,
      bytes: this.#bytes,
      calls: this.#calls,
      failedCalls: this.#failedCalls,
      throttles: this.#throttles,
      recordsPerKinesisRecord:
        this.#kinesisRecords === 0 ? null : rounded(this.#stored / this.#kinesisRecords),
      seconds: rounded((nowMs - this.#startedAtMs) / 1000),
      latencyMs:
        max === undefined
          ? null
          : {
              p50: rounded(latencies.quantile(0.5) as number),
              p99: rounded(latencies.quantile(0.99) as number),
              max: rounded(max),
            },
    };
  }

  /** The whole, for a person. */
  summaryLine(nowMs: number): string {
    const { calls, failed, recordsPerKinesisRecord, seconds } = this.summary(nowMs);
    const perSecond = this.#stored / Math.max(seconds, 0.001);
    const bytesPerSecond = this.#bytes / Math.max(seconds, 0.001);
    const words = [
      `${countOf(this.#stored)} records stored`,
      ...(failed === 0 ? [] : [`${countOf(failed)} failed`]),
    ];
    const details = [
      `${countOf(calls)} ${calls === 1 ? "call" : "calls"}`,
      `${countOf(this.#throttles)} throttled`,
      ...(recordsPerKinesisRecord === null
        ? []
        : [`${recordsPerKinesisRecord.toFixed(1)} in each Kinesis record`]),
      ...this.#latencyWords(),
    ];
    const rates = `${countOf(Math.round(perSecond))}/s, ${bytesOf(bytesPerSecond)}/s`;
    return `${words.join(", ")} in ${seconds.toFixed(1)} s (${rates}); ${details.join(", ")}`;
  }

  #latencyWords(): string[] {
    const [p50, p99] = [this.#latencies.quantile(0.5), this.#latencies.quantile(0.99)];
    if (p50 === undefined || p99 === undefined) return [];
    return [`latency p50 ${msOf(p50)}, p99 ${msOf(p99)}`];
  }

  /** Since the last mark that is old enough; marks are as many as calls of this within the window. */
  #rates(nowMs: number): { readonly perSecond: number; readonly bytesPerSecond: number } {
    this.#marks.push({ atMs: nowMs, stored: this.#stored, bytes: this.#bytes });
    while ((this.#marks[1]?.atMs ?? nowMs) < nowMs - RATE_WINDOW_MS) this.#marks.shift();
    const [since] = this.#marks as [Mark];
    const seconds = Math.max(0.001, (nowMs - since.atMs) / 1000);
    return {
      perSecond: (this.#stored - since.stored) / seconds,
      bytesPerSecond: (this.#bytes - since.bytes) / seconds,
    };
  }
}

function rounded(value: number): number {
  return Number(value.toFixed(3));
}

function countOf(value: number): string {
  return value.toLocaleString("en-US");
}

function msOf(value: number): string {
  return value < 10 ? `${value.toFixed(1)} ms` : `${countOf(Math.round(value))} ms`;
}

function bytesOf(value: number): string {
  if (value < 1000) return `${Math.round(value)} B`;
  return value < 1_000_000
    ? `${(value / 1000).toFixed(1)} kB`
    : `${(value / 1_000_000).toFixed(1)} MB`;
}
