// Measurements as events carry them, with what a test does not care for filled in.
import { Histogram, StatisticSet } from "@shardline/core";
import type {
  BufferMeasurement,
  CallMeasurement,
  SettlementMeasurement,
  ShardMeasurement,
  ShardSettlement,
} from "../../src/measurements.ts";
import type { SettlementMeasure } from "../../src/settle/settlement.ts";

const STREAM = "orders";

export function statistics(...samples: readonly number[]): StatisticSet {
  const set = new StatisticSet();
  for (const sample of samples) set.add(sample);
  return set;
}

export function histogram(...samples: readonly number[]): Histogram {
  const all = new Histogram();
  for (const sample of samples) all.record(sample);
  return all;
}

export function bufferMeasurement(more: Partial<BufferMeasurement> = {}): BufferMeasurement {
  return {
    stream: STREAM,
    acceptedRecords: 0,
    waitedMs: statistics(),
    outstandingRecords: 0,
    outstandingBytes: 0,
    ...more,
  };
}

export function shardMeasurement(more: Partial<ShardMeasurement> = {}): ShardMeasurement {
  return {
    shardId: undefined,
    carriers: 1,
    records: 1,
    recordsPerCarrier: statistics(1),
    bufferingMs: statistics(100),
    fillRatio: statistics(),
    flushed: { count: 0, bytes: 0, deadline: 1, flush: 0, retry: 0 },
    storedBytes: statistics(),
    refused: new Map(),
    throttledRecords: 0,
    ambiguousRecords: 0,
    ...more,
  };
}

export function callMeasurement(more: Partial<CallMeasurement> = {}): CallMeasurement {
  return { stream: STREAM, durationMs: 10, carriers: 1, records: 1, shards: [], ...more };
}

/** What one shard settled. */
export function settlementMeasurement({
  latencyMs = histogram(),
  stream = STREAM,
  ...more
}: Partial<ShardSettlement & SettlementMeasurement> = {}): SettlementMeasurement {
  const shard = {
    shardId: undefined,
    stored: 0,
    failed: 0,
    expired: 0,
    dataBytes: statistics(),
    retries: statistics(),
    ...more,
  };
  return { stream, latencyMs, shards: [shard] };
}

/** Where nobody counts. */
export const NO_MEASURE: SettlementMeasure = {
  left: () => undefined,
  stored: () => undefined,
  failed: () => undefined,
};
