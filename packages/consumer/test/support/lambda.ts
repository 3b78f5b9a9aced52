// Events as AWS Lambda sends them, and a function that is invoked with them on the virtual clock.
import { type KinesisRecord, silentLogger } from "@shardline/core";
import { SeededRandom, type VirtualClock } from "@shardline/core/testing";
import {
  type KinesisEvent,
  type KinesisEventRecord,
  type KinesisResponse,
  type LambdaEvents,
  type LambdaHandler,
  type LambdaOptions,
  toLambdaHandler,
} from "@shardline/consumer/lambda";
import { quietClock } from "../../../../test/support/quiet-clock.ts";
import type { BatchHandler } from "../../src/batch/handler.ts";
import { LAMBDA_LOG } from "../../src/lambda/lambda-events.ts";
import { plainRecord, textOf } from "./kinesis-records.ts";
import { range } from "./lease-views.ts";
import { type Tracked, track } from "./promises.ts";

const STREAM_ARN = "arn:aws:kinesis:eu-west-1:123456789012:stream/orders";

/** The event of one shard. */
export function eventOf(
  records: readonly KinesisRecord[],
  shardId = "shardId-000000000006",
  arn = STREAM_ARN,
): KinesisEvent {
  return { Records: records.map((record) => eventRecord(record, shardId, arn)) };
}

/** All that Lambda says of a record. */
function eventRecord(record: KinesisRecord, shardId: string, arn: string): KinesisEventRecord {
  const { arrivedAtMs, data, partitionKey, sequenceNumber } = record;
  const all = {
    eventSource: "aws:kinesis",
    eventVersion: "1.0",
    eventID: `${shardId}:${sequenceNumber}`,
    eventName: "aws:kinesis:record",
    invokeIdentityArn: "arn:aws:iam::123456789012:role/lambda-role",
    awsRegion: "eu-west-1",
    eventSourceARN: arn,
    kinesis: {
      kinesisSchemaVersion: "1.0",
      sequenceNumber,
      data: Buffer.from(data).toString("base64"),
      approximateArrivalTimestamp: arrivedAtMs / 1000,
      ...(partitionKey === undefined ? {} : { partitionKey }),
    },
  };
  return all;
}

/** Records 1 to so many, each with its number for data. */
export function numbered(count: number): KinesisRecord[] {
  return range(count).map((i) => plainRecord(i + 1, String(i + 1)));
}

export interface Invoked {
  readonly clock: VirtualClock;
  readonly lambda: LambdaHandler;
  readonly answer: Tracked<KinesisResponse>;
  /** The texts of the records of each try, in order. */
  readonly tries: string[][];
  /** The payloads of one type of event, in order. */
  readonly told: <Type extends keyof LambdaEvents>(type: Type) => LambdaEvents[Type][];
}

/** Invokes a function, with so much time. */
export function invoke(
  event: KinesisEvent,
  handler: BatchHandler,
  options: LambdaOptions = {},
  remainingMs?: number,
): Invoked {
  const clock = quietClock();
  const tries: string[][] = [];
  const noting: BatchHandler = (batch, shard) => {
    tries.push(batch.records.map(textOf));
    return handler(batch, shard);
  };
  const random = new SeededRandom(1);
  const lambda = toLambdaHandler(noting, { clock, random, logger: silentLogger, ...options });
  const all: { readonly type: string; readonly payload: object }[] = [];
  for (const type of Object.keys(LAMBDA_LOG) as (keyof LambdaEvents)[]) {
    lambda.on(type, (payload) => all.push({ type, payload }));
  }
  const told = <Type extends keyof LambdaEvents>(wanted: Type): LambdaEvents[Type][] =>
    all.flatMap(({ payload, type }) => (type === wanted ? [payload as LambdaEvents[Type]] : []));
  const context =
    remainingMs === undefined ? {} : { getRemainingTimeInMillis: (): number => remainingMs };
  return { clock, lambda, tries, told, answer: track(lambda(event, context)) };
}

/** What Lambda goes on with, by what the function answered. */
export function failuresOf({ batchItemFailures }: KinesisResponse): string[] {
  return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
}

/** A handler that throws while a record with one of these texts is in its batch. */
export function poisonedByText(...texts: readonly string[]): BatchHandler {
  return ({ records }) => {
    const bad = records.map(textOf).find((text) => texts.includes(text));
    if (bad !== undefined) throw new Error(`poisoned by ${bad}`);
  };
}
