import {
  apiFailureOf,
  type ApiFailureKind,
  KinesisError,
  type KinesisApi,
  listAllShards,
  type PutRecordsAnswer,
} from "@shardline/core";
import { expect, test } from "vitest";
import { ACCOUNT, newEmulator, type TestEmulator } from "./support/emulator.ts";
import { FIRST_SHARD } from "./support/records.ts";

const signal = new AbortController().signal;
const stream = { name: "s" };
const arn = `arn:aws:kinesis:us-east-1:${ACCOUNT}:stream/s`;
const TRIM_HORIZON = { type: "TRIM_HORIZON" } as const;

function putTexts(kinesis: KinesisApi, ...texts: string[]): Promise<PutRecordsAnswer> {
  const entries = texts.map((text) => ({ partitionKey: text, data: Buffer.from(text) }));
  return kinesis.putRecords({ stream, entries }, signal);
}

async function failureOf(call: Promise<unknown>): Promise<unknown> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return apiFailureOf(error);
}

function failure(kind: ApiFailureKind, awsName: string, reason: unknown = expect.any(String)) {
  return { kind, awsName, reason, isAmbiguous: false };
}

test("a stream is created, described and found by ARN", async () => {
  const { emulator, clock } = newEmulator();
  const kinesis = emulator.kinesis();
  await kinesis.createStream({ stream, shardCount: 2 }, signal);
  const creating = await kinesis.describeStreamSummary({ stream }, signal);
  expect(creating).toEqual({
    name: "s",
    arn,
    status: "CREATING",
    createdAtMs: 1_700_000_000_000,
    openShardCount: 2,
    retentionHours: 24,
    maxRecordBytes: 1_048_576,
    distribution: "partition-key",
  });
  await clock.advance(1);
  const byArn = await kinesis.describeStreamSummary({ stream: { name: "s", arn } }, signal);
  const byId = { name: "s", id: "abcdefghij0123456789-x1z" };
  expect(await kinesis.describeStreamSummary({ stream: byId }, signal)).toEqual(byArn);
  const malformed = kinesis.listShards({ stream: { name: "s", id: "ABC" } }, signal);
  expect(await failureOf(malformed)).toMatchObject({ awsName: "ValidationException" });
  expect(byArn).toEqual({ ...creating, status: "ACTIVE" });
});

test("records are put and read back as bytes, with their outcomes in order", async () => {
  const { emulator, clock } = newEmulator({ streams: { s: 1 } });
  const kinesis = emulator.kinesis();
  await clock.advance(7);
  const { outcomes } = await putTexts(kinesis, "a", "b");
  const iterator = await kinesis.getShardIterator(
    { stream, shardId: FIRST_SHARD, start: TRIM_HORIZON },
    signal,
  );
  const answer = await kinesis.getRecords({ stream, iterator, limit: 10 }, signal);
  expect(answer).toEqual({
    records: ["a", "b"].map((text, i) => ({
      sequenceNumber: (outcomes[i] as { sequenceNumber: string }).sequenceNumber,
      partitionKey: text,
      data: new Uint8Array(Buffer.from(text)),
      arrivedAtMs: 1_700_000_000_007,
    })),
    millisBehindLatest: 0,
    next: { kind: "iterator", iterator: expect.any(String) },
  });
  expect(outcomes.map((outcome) => outcome.kind)).toEqual(["stored", "stored"]);
});

test("every start of an iterator reaches the operation", async () => {
  const { emulator, clock } = newEmulator({ streams: { s: 1 } });
  const kinesis = emulator.kinesis();
  const { outcomes } = await putTexts(kinesis, "a");
  const sequenceNumber = (outcomes[0] as { sequenceNumber: string }).sequenceNumber;
  await clock.advance(10);
  await putTexts(kinesis, "b");
  const starts = [
    TRIM_HORIZON,
    { type: "LATEST" },
    { type: "AT_TIMESTAMP", timestampMs: 1_700_000_000_001 },
    { type: "AT_SEQUENCE_NUMBER", sequenceNumber },
    { type: "AFTER_SEQUENCE_NUMBER", sequenceNumber },
  ] as const;
  const texts = [];
  for (const start of starts) {
    const iterator = await kinesis.getShardIterator(
      { stream, shardId: FIRST_SHARD, start },
      signal,
    );
    const { records } = await kinesis.getRecords({ stream, iterator, limit: 10 }, signal);
    texts.push(records.map(({ partitionKey }) => partitionKey).join(""));
  }
  expect(texts).toEqual(["ab", "", "b", "ab", "b"]);
});

test("shards are listed with lineage, by filter and page by page", async () => {
  const { emulator, clock } = newEmulator({ streams: { s: 2 } });
  const kinesis = emulator.kinesis();
  const wholeSpace = { start: 0n, end: 2n ** 128n - 1n };
  const ids = ["shardId-000000000000", "shardId-000000000001", "shardId-000000000002"] as const;
  const merge = { stream, shardId: ids[0], adjacentShardId: ids[1] };
  await kinesis.mergeShards(merge, signal);
  await clock.advance(1);
  const all = await listAllShards(kinesis, stream, undefined, signal);
  expect(all.map(({ shardId }) => shardId)).toEqual(ids);
  expect(all[2]).toEqual({
    shardId: ids[2],
    hashKeyRange: wholeSpace,
    startingSequenceNumber: expect.any(String),
    parentShardId: ids[0],
    adjacentParentShardId: ids[1],
  });
  expect(all[0]).toHaveProperty("endingSequenceNumber");
  const first = await kinesis.listShards({ stream, maxResults: 2 }, signal);
  const nextToken = first.nextToken ?? "";
  const second = await kinesis.listShards({ stream, nextToken }, signal);
  expect([...first.shards, ...second.shards]).toEqual(all);
  const filters = [
    { type: "AT_LATEST" },
    { type: "AT_TRIM_HORIZON" },
    { type: "FROM_TRIM_HORIZON" },
    { type: "AT_TIMESTAMP", timestampMs: 1_700_000_000_000 },
    { type: "FROM_TIMESTAMP", timestampMs: 1_700_000_000_002 },
    { type: "AFTER_SHARD_ID", shardId: ids[0] },
  ] as const;
  const counts = [];
  for (const filter of filters) {
    counts.push((await kinesis.listShards({ stream, filter }, signal)).shards.length);
  }
  expect(counts).toEqual([1, 2, 3, 2, 1, 2]);
});

test("a shard that was split ends with its children", async () => {
  const { emulator, clock } = newEmulator({ streams: { s: 1 } });
  const kinesis = emulator.kinesis();
  const split = { stream, shardId: FIRST_SHARD, newStartingHashKey: 10n };
  await kinesis.splitShard(split, signal);
  await clock.advance(1);
  const iterator = await kinesis.getShardIterator(
    { stream, shardId: FIRST_SHARD, start: TRIM_HORIZON },
    signal,
  );
  const { next } = await kinesis.getRecords({ stream, iterator, limit: 1 }, signal);
  expect(next).toEqual({
    kind: "shard-end",
    childShards: [
      {
        shardId: "shardId-000000000001",
        parentShardIds: [FIRST_SHARD],
        hashKeyRange: { start: 0n, end: 9n },
      },
      {
        shardId: "shardId-000000000002",
        parentShardIds: [FIRST_SHARD],
        hashKeyRange: { start: 10n, end: 2n ** 128n - 1n },
      },
    ],
  });
});

test("an entry that a limited shard cannot take fails alone, as throttled", async () => {
  const { emulator } = newEmulator({ streams: { s: 1 }, limits: "aws" });
  const kinesis = emulator.kinesis();
  const data = new Uint8Array(600_000);
  const entries = [0, 1].map(() => ({ partitionKey: "k", data, explicitHashKey: "0" }));
  const { outcomes } = await kinesis.putRecords({ stream, entries }, signal);
  expect(outcomes).toEqual([
    { kind: "stored", shardId: FIRST_SHARD, sequenceNumber: expect.any(String) },
    {
      kind: "failed",
      failure: failure(
        "throttled",
        "ProvisionedThroughputExceededException",
        `Rate exceeded for shard ${FIRST_SHARD} in stream s under account ${ACCOUNT}.`,
      ),
    },
  ]);
});

test("refused calls reject with the kind of their exception", async () => {
  const { emulator, clock } = newEmulator({ streams: { s: 2 } });
  const kinesis = emulator.kinesis();
  const nowhere = { stream: { name: "nowhere" } };
  expect(await failureOf(kinesis.describeStreamSummary(nowhere, signal))).toEqual(
    failure(
      "missing",
      "ResourceNotFoundException",
      `Stream nowhere under account ${ACCOUNT} not found.`,
    ),
  );
  expect(await failureOf(kinesis.createStream({ stream, shardCount: 1 }, signal))).toEqual(
    failure("busy", "ResourceInUseException"),
  );
  expect(
    await failureOf(kinesis.createStream({ stream: { name: "t" }, shardCount: 20_001 }, signal)),
  ).toEqual(failure("throttled", "LimitExceededException"));
  expect(await failureOf(kinesis.putRecords({ stream, entries: [] }, signal))).toEqual(
    failure("rejected", "ValidationException"),
  );
  const split = { stream, shardId: FIRST_SHARD, newStartingHashKey: 0n };
  expect(await failureOf(kinesis.splitShard(split, signal))).toEqual(
    failure("rejected", "InvalidArgumentException"),
  );
  const start = { stream, shardId: FIRST_SHARD, start: TRIM_HORIZON };
  const iterator = await kinesis.getShardIterator(start, signal);
  const { nextToken = "" } = await kinesis.listShards({ stream, maxResults: 1 }, signal);
  await clock.advance(300_001);
  expect(await failureOf(kinesis.getRecords({ stream, iterator, limit: 1 }, signal))).toEqual(
    failure("expired", "ExpiredIteratorException"),
  );
  expect(await failureOf(kinesis.listShards({ stream, nextToken }, signal))).toEqual(
    failure("expired", "ExpiredNextTokenException"),
  );
});

test("the error of a refused call names operation, exception and reason, and whether to try again", async () => {
  const { emulator } = newEmulator();
  const call = emulator.kinesis().describeStreamSummary({ stream }, signal);
  await expect(call).rejects.toThrow(
    `DescribeStreamSummary failed: ResourceNotFoundException: Stream s under account ${ACCOUNT} not found.`,
  );
  await expect(call).rejects.toMatchObject({ code: "API_CALL_FAILED", isRetryable: false });
});

test("a signal that has aborted keeps a call from being made", async () => {
  const { emulator } = newEmulator({ streams: { s: 1 } });
  const reason = new Error("enough");
  const entries = [{ partitionKey: "k", data: new Uint8Array(1) }];
  const call = emulator.kinesis().putRecords({ stream, entries }, AbortSignal.abort(reason));
  await expect(call).rejects.toBe(reason);
  expect(emulator.inspect("s")?.shards[0]?.records).toEqual([]);
});

test("a signal that aborts under way rejects with its reason although the record is stored", async () => {
  const { emulator } = newEmulator({ streams: { s: 1 } });
  const abort = new AbortController();
  const entries = [{ partitionKey: "k", data: new Uint8Array(1) }];
  const call = emulator.kinesis().putRecords({ stream, entries }, abort.signal);
  abort.abort("enough");
  await expect(call).rejects.toBe("enough");
  expect(emulator.inspect("s")?.shards[0]?.records).toHaveLength(1);
});

test("bytes read belong to the reader: changing them changes nothing that is stored", async () => {
  const { emulator } = newEmulator({ streams: { s: 1 } });
  const kinesis = emulator.kinesis();
  await putTexts(kinesis, "a");
  const start = { stream, shardId: FIRST_SHARD, start: TRIM_HORIZON };
  const readOnce = async () => {
    const iterator = await kinesis.getShardIterator(start, signal);
    return (await kinesis.getRecords({ stream, iterator, limit: 1 }, signal)).records[0]?.data;
  };
  (await readOnce())?.fill(0);
  expect(await readOnce()).toEqual(new Uint8Array(Buffer.from("a")));
});

test("a caller of another account sees that account's streams", async () => {
  const { emulator, clock } = newEmulator({ streams: { s: 1 } });
  const caller = { accountId: "111122223333", region: "eu-west-1" };
  const elsewhere = emulator.kinesis(caller);
  await elsewhere.createStream({ stream, shardCount: 5 }, signal);
  await clock.advance(1);
  const { arn: foreignArn, openShardCount } = await elsewhere.describeStreamSummary(
    { stream },
    signal,
  );
  expect([foreignArn, openShardCount]).toEqual([
    "arn:aws:kinesis:eu-west-1:111122223333:stream/s",
    5,
  ]);
  const byArn = { stream: { name: "s", arn: foreignArn } };
  expect(await emulator.kinesis().describeStreamSummary(byArn, signal)).toMatchObject({
    openShardCount: 5,
  });
});

async function closedFailure({ emulator }: TestEmulator): Promise<unknown> {
  const call = emulator.kinesis().describeStreamSummary({ stream }, signal);
  await expect(call).rejects.toSatisfy((error) => KinesisError.is(error, "API_CALL_FAILED"));
  return failureOf(call);
}

test("a closed emulator fails like a port where nobody listens, and leaves no timer behind", async () => {
  const emulator = newEmulator();
  await emulator.call("CreateStream", { StreamName: "s", ShardCount: 1 });
  emulator.emulator.close();
  expect(emulator.clock.pendingTimers).toBe(0);
  expect(await closedFailure(emulator)).toEqual(
    failure("unreachable", "ECONNREFUSED", "the emulator is closed"),
  );
});
