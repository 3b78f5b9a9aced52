// What metrics must say of puts whose outcome is known: every figure is counted again from receipts and errors.
import type { ApiFailure, Attempt, UndeliveredDetails } from "@shardline/core";
import type { MetricName, Producer } from "@shardline/producer";
import { expect } from "vitest";
import type { PutRecord } from "./claims.ts";

/** Attempts that were blamed or invented afterwards, and were no failures when the call came back. */
const HINDSIGHT = new Set(["WrongShard", "UnknownShard", "Unanswered"]);

interface Settled {
  readonly dataBytes: number;
  readonly code: string | undefined;
  readonly attempts: readonly Attempt[];
  readonly attemptCount: number;
}

/** All records are settled, and the metrics since the start tell so. */
export function expectTrueMetrics(producer: Producer, puts: readonly PutRecord[]): void {
  const all = puts.map(settledOf);
  const stored = all.filter(({ code }) => code === undefined);
  const attempts = all.flatMap((record) => record.attempts);
  const failures = attempts.flatMap(({ failure }) => failure ?? []);
  const count = (is: (failure: ApiFailure) => boolean): number => failures.filter(is).length;
  const bytes = stored.map(({ dataBytes }) => dataBytes);
  const tries = all.map(({ attemptCount }) => attemptCount);
  const retries = tries.map((each) => Math.max(0, each - 1));
  /** Of tries that are not listed it is not known how they ended. */
  const unlisted = tries.reduce(plus, 0) - attempts.length;
  const sent = attempts.length + unlisted - count(({ awsName }) => awsName === "Unanswered");

  const of = (name: MetricName): { count: number; sum: number } => {
    const [whole] = producer.metrics(name);
    return { count: whole?.count ?? NaN, sum: whole?.sum ?? NaN };
  };
  expect({
    received: of("UserRecordsReceived").sum,
    put: of("UserRecordsPut"),
    data: of("UserRecordsDataPut"),
    expired: of("UserRecordExpired").sum,
    retries: of("RetriesPerRecord"),
    buffered: of("BufferingTime").count,
    carried: of("UserRecordsPerKinesisRecord").sum,
    called: of("UserRecordsPerPutRecordsRequest").sum,
    latencies: of("UserRecordLatency").count,
  }).toEqual({
    received: all.length,
    put: { count: all.length, sum: stored.length },
    data: { count: stored.length, sum: bytes.reduce(plus, 0) },
    expired: all.filter(({ code }) => code === "RECORD_EXPIRED").length,
    retries: { count: all.length, sum: retries.reduce(plus, 0) },
    buffered: sent,
    carried: sent,
    called: sent,
    latencies: stored.length,
  });
  const expectListed = (name: MetricName, least: number, most = least): void => {
    expect(of(name).sum, name).toBeGreaterThanOrEqual(least);
    expect(of(name).sum, name).toBeLessThanOrEqual(most + unlisted);
  };
  expectListed(
    "ThrottledRecords",
    count(({ kind }) => kind === "throttled"),
  );
  expectListed(
    "DuplicatesPossible",
    count(({ awsName, isAmbiguous }) => isAmbiguous && !HINDSIGHT.has(awsName)),
  );
  // Of those that landed nobody knows where, some were given up before they were sent again.
  const misplaced = count(({ awsName }) => awsName === "WrongShard");
  const lost = count(({ awsName }) => awsName === "UnknownShard");
  expectListed("WrongShardRecords", misplaced, misplaced + lost);
  const carriers = of("UserRecordsPerKinesisRecord").count;
  expect(of("FlushReason").sum).toBe(carriers);
  expect(of("KinesisRecordsPerPutRecordsRequest").sum).toBe(carriers);
  expect(of("KinesisRecordsPut").sum).toBe(of("KinesisRecordsDataPut").count);
  expect(of("ErrorsByCode").sum).toBe(of("AllErrors").sum);
  expect(of("RequestTime").count).toBe(of("KinesisRecordsPerPutRecordsRequest").count);
}

function settledOf({ data, outcome }: PutRecord): Settled {
  const dataBytes = Buffer.byteLength(data);
  const settled = outcome();
  if (settled.kind === "pending") throw new Error("a record is not settled");
  if (settled.kind === "resolved") {
    const { attemptCount, attempts } = settled.value;
    return { dataBytes, code: undefined, attempts, attemptCount };
  }
  const { code, details } = settled.error;
  const { attemptCount = 0, attempts = [] } = details as Partial<UndeliveredDetails>;
  return { dataBytes, code, attempts, attemptCount };
}

function plus(a: number, b: number): number {
  return a + b;
}
