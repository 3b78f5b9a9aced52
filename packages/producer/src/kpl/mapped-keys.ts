// The keys of the KPL that have options of ours. Ranges: KinesisProducerConfiguration.java of KPL 1.0.7.
import {
  form,
  type GivenValues,
  mapped,
  PUT_RECORDS_LIMITS,
  truth,
  whole,
  word,
} from "@shardline/core";
import type { KplKey, KplMeaning } from "./kpl-key.ts";
import { host, port } from "./property-values.ts";

/** The KPL's word for any number of records: 2^32 - 1. */
const ANY_COUNT = 4_294_967_295n;
const MIN_RECORD_BYTES = 1024n;
const MAX_RATE_PERCENT = 10_000n;
const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);
const DEFAULT_CONNECTIONS = 24n;
const HTTPS_PORT = 443n;

export const MAPPED_KEYS: Readonly<Record<string, KplKey>> = {
  AggregationEnabled: mapped(truth, (isOn) => (isOn ? {} : { options: { aggregation: false } })),
  AggregationMaxCount: mapped(whole(1n), (count, given) =>
    whereAggregating(given, {
      maxRecords: count < ANY_COUNT ? Number(count) : Number.POSITIVE_INFINITY,
    }),
  ),
  AggregationMaxSize: mapped(whole(64n, 10_485_760n), (bytes, given) =>
    whereAggregating(given, { maxBytes: Number(bytes) }),
  ),
  CollectionMaxCount: mapped(whole(1n, 500n), (count) => ({
    options: { batch: { maxRecords: Number(count) } },
  })),
  CollectionMaxSize: mapped(whole(52_224n), (bytes) => {
    const { used, ...rest } = atMost(bytes, BigInt(PUT_RECORDS_LIMITS.maxBytes), "a call takes");
    return { options: { batch: { maxBytes: used } }, ...rest };
  }),
  RecordMaxBufferedTime: mapped(whole(0n), (ms) => ({
    options: { batch: { maxDelayMs: Number(ms < MAX_SAFE ? ms : MAX_SAFE) } },
  })),
  RecordTtl: mapped(whole(100n), (ms) => ({
    // The KPL overflows at its own maximum and expires everything at once; whoever wrote it meant for ever.
    options: { recordTtlMs: ms < MAX_SAFE ? Number(ms) : Number.POSITIVE_INFINITY },
  })),
  MaxUserRecordSize: mapped(whole(64n, 10_485_760n), (bytes) => {
    if (bytes >= MIN_RECORD_BYTES) return { options: { maxRecordBytes: Number(bytes) } };
    const reason = `${MIN_RECORD_BYTES} is the least that maxRecordBytes takes, and is used`;
    return { options: { maxRecordBytes: Number(MIN_RECORD_BYTES) }, reason };
  }),
  RateLimit: mapped(whole(1n), (percent) => {
    const { used, ...rest } = atMost(percent, MAX_RATE_PERCENT, "rateLimit.percent takes");
    return { options: { rateLimit: { percent: used } }, ...rest };
  }),
  FailIfThrottled: mapped(truth, (failOnThrottle) => ({ options: { retry: { failOnThrottle } } })),
  MaxConnections: mapped(whole(1n, 256n), (count) => ({
    options: { maxInFlightRequests: Number(count) },
  })),
  ConnectTimeout: mapped(whole(100n, 300_000n), (ms) => ({
    options: { http: { connectTimeoutMs: Number(ms) } },
  })),
  RequestTimeout: mapped(whole(100n, 600_000n), (ms) => ({
    options: { http: { requestTimeoutMs: Number(ms) } },
  })),
  Region: mapped(
    form("the name of a region", /^([a-z]+-([a-z]+-)?[a-z]+-[0-9])?$/),
    (region): KplMeaning => (region === "" ? {} : { options: { kinesis: { region } } }),
  ),
  KinesisEndpoint: mapped(host, (name, given): KplMeaning => {
    const at = (given.get("KinesisPort") as bigint | undefined) ?? HTTPS_PORT;
    const endpoint = at === HTTPS_PORT ? `https://${name}` : `https://${name}:${at}`;
    return name === "" ? {} : { options: { kinesis: { endpoint } } };
  }),
  KinesisPort: mapped(port, (_, given) => {
    if (given.get("KinesisEndpoint")) return {};
    return { reason: "it counts beside KinesisEndpoint only, in the KPL too" };
  }),
  MetricsLevel: mapped(word("none", "summary", "detailed"), (level) => ({
    options: { metrics: { level } },
  })),
  MetricsGranularity: mapped(word("global", "stream", "shard"), (granularity) => ({
    options: { metrics: { granularity } },
  })),
  VerifyCertificate: mapped(truth, (isVerified, given) => {
    if (isVerified) return {};
    const maxSockets = Number(given.get("MaxConnections") ?? DEFAULT_CONNECTIONS);
    const httpsAgent = { keepAlive: true, maxSockets, rejectUnauthorized: false } as const;
    return { options: { kinesis: { requestHandler: { httpsAgent } } } };
  }),
};

function whereAggregating(
  given: GivenValues,
  aggregation: { readonly maxBytes?: number; readonly maxRecords?: number },
): KplMeaning {
  return given.get("AggregationEnabled") === false
    ? { reason: "AggregationEnabled is false" }
    : { options: { aggregation } };
}

function atMost(value: bigint, most: bigint, who: string): { used: number; reason?: string } {
  return value <= most
    ? { used: Number(value) }
    : { used: Number(most), reason: `${most} is the most that ${who}, and is used` };
}
