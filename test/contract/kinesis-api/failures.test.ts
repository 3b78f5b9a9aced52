// How calls fail: the same kind, name and reason, whichever way they go.
import {
  type ApiFailure,
  apiFailureOf,
  type KinesisApi,
  type PutRecordsEntry,
} from "@shardline/core";
import { VirtualClock } from "@shardline/core/testing";
import { describe, expect, test } from "vitest";
import { reach, WAYS } from "./ways.ts";

type Call = (api: KinesisApi) => Promise<unknown>;

const { signal } = new AbortController();
const stream = { name: "orders" };
const gone = { name: "nowhere" };
const [FIRST, SECOND] = ["shardId-000000000000", "shardId-000000000001"] as const;
const LATEST = { type: "LATEST" } as const;

function entry(more: Partial<PutRecordsEntry> = {}): PutRecordsEntry {
  return { data: Buffer.from("x"), partitionKey: "k", ...more };
}

const MISSING: readonly (readonly [string, Call])[] = [
  ["describeStreamSummary", (api) => api.describeStreamSummary({ stream: gone }, signal)],
  ["listShards", (api) => api.listShards({ stream: gone }, signal)],
  ["putRecords", (api) => api.putRecords({ stream: gone, entries: [entry()] }, signal)],
  [
    "getShardIterator",
    (api) => api.getShardIterator({ stream: gone, shardId: FIRST, start: LATEST }, signal),
  ],
  [
    "getShardIterator of a shard",
    (api) =>
      api.getShardIterator({ stream, shardId: "shardId-000000000099", start: LATEST }, signal),
  ],
  [
    "splitShard",
    (api) => api.splitShard({ stream: gone, shardId: FIRST, newStartingHashKey: 5n }, signal),
  ],
  [
    "mergeShards",
    (api) => api.mergeShards({ stream: gone, shardId: FIRST, adjacentShardId: SECOND }, signal),
  ],
];

const REJECTED: readonly (readonly [string, string, Call])[] = [
  [
    "501 entries",
    "ValidationException",
    (api) =>
      api.putRecords({ stream, entries: Array.from({ length: 501 }, () => entry()) }, signal),
  ],
  ["no entries", "ValidationException", (api) => api.putRecords({ stream, entries: [] }, signal)],
  [
    "a partition key of 257 characters",
    "ValidationException",
    (api) =>
      api.putRecords({ stream, entries: [entry({ partitionKey: "k".repeat(257) })] }, signal),
  ],
  [
    "an explicit hash key beyond the last",
    "InvalidArgumentException",
    (api) => {
      const explicitHashKey = (1n << 128n).toString();
      return api.putRecords({ stream, entries: [entry({ explicitHashKey })] }, signal);
    },
  ],
  [
    "a record that is too large",
    "ValidationException",
    (api) =>
      api.putRecords({ stream, entries: [entry({ data: Buffer.alloc(10_485_761) })] }, signal),
  ],
  [
    "a text for an iterator",
    "InvalidArgumentException",
    (api) => api.getRecords({ stream, iterator: "no iterator", limit: 1 }, signal),
  ],
  [
    "a limit of 10,001",
    "ValidationException",
    async (api) => {
      const iterator = await api.getShardIterator(
        { stream, shardId: FIRST, start: LATEST },
        signal,
      );
      return api.getRecords({ stream, iterator, limit: 10_001 }, signal);
    },
  ],
  [
    "a split at the first hash key",
    "InvalidArgumentException",
    (api) => api.splitShard({ stream, shardId: FIRST, newStartingHashKey: 0n }, signal),
  ],
  [
    "a merge of a shard with itself",
    "InvalidArgumentException",
    (api) => api.mergeShards({ stream, shardId: FIRST, adjacentShardId: FIRST }, signal),
  ],
  [
    "a sequence number that is none",
    "InvalidArgumentException",
    (api) => {
      const start = { type: "AT_SEQUENCE_NUMBER", sequenceNumber: "12" } as const;
      return api.getShardIterator({ stream, shardId: FIRST, start }, signal);
    },
  ],
  [
    "a token that is none",
    "InvalidArgumentException",
    (api) => api.listShards({ stream, nextToken: "no token" }, signal),
  ],
];

async function failureOf(call: Promise<unknown>): Promise<ApiFailure> {
  const failure = await call.then(() => undefined, apiFailureOf);
  if (failure === undefined) throw new Error("the call did not fail as calls of the port do");
  return failure;
}

describe.each(WAYS)("the port %s", (_name, way) => {
  test("tells by name what is missing", async () => {
    await using reached = await reach(way);
    for (const [what, call] of MISSING) {
      const failure = await failureOf(call(reached.api));
      expect(failure, what).toMatchObject({
        kind: "missing",
        awsName: "ResourceNotFoundException",
        isAmbiguous: false,
      });
      expect(failure, what).toEqual(await failureOf(call(reached.emulator.kinesis)));
    }
  });

  test("tells what the service refuses, in the service's words", async () => {
    await using reached = await reach(way);
    for (const [what, awsName, call] of REJECTED) {
      const failure = await failureOf(call(reached.api));
      expect(failure, what).toMatchObject({ kind: "rejected", awsName, isAmbiguous: false });
      expect(failure.reason.length, what).toBeGreaterThan(10);
      expect(failure, what).toEqual(await failureOf(call(reached.emulator.kinesis)));
    }
  });

  test("tells that a stream is busy, or there already", async () => {
    await using reached = await reach(way, { transitions: { updateMs: 60_000 } });
    const { api } = reached;
    const split: Call = (port) =>
      port.splitShard({ stream, shardId: FIRST, newStartingHashKey: 5n }, signal);
    await split(api);
    const calls: readonly Call[] = [
      split,
      (port) => port.createStream({ stream, shardCount: 1 }, signal),
    ];
    for (const call of calls) {
      const failure = await failureOf(call(api));
      expect(failure).toMatchObject({ kind: "busy", awsName: "ResourceInUseException" });
      expect(failure).toEqual(await failureOf(call(reached.emulator.kinesis)));
    }
  });

  test("tells that a limit of the account is reached", async () => {
    await using reached = await reach(way, { transitions: { createMs: 60_000 } });
    const create = (i: number): Promise<void> =>
      reached.api.createStream({ stream: { name: `s-${i}` }, shardCount: 1 }, signal);
    for (let i = 0; i < 5; i += 1) await create(i);
    expect(await failureOf(create(5))).toMatchObject({
      kind: "throttled",
      awsName: "LimitExceededException",
    });
  });

  test("tells that an iterator or a token has outlived its time", async () => {
    await using reached = await reach(way);
    const { api, emulator } = reached;
    const iterator = await api.getShardIterator({ stream, shardId: FIRST, start: LATEST }, signal);
    const { nextToken = "" } = await api.listShards({ stream, maxResults: 1 }, signal);
    emulator.clock.advance(300_001);
    const calls: readonly (readonly [string, Call])[] = [
      [
        "ExpiredIteratorException",
        (port) => port.getRecords({ stream, iterator, limit: 1 }, signal),
      ],
      ["ExpiredNextTokenException", (port) => port.listShards({ stream, nextToken }, signal)],
    ];
    for (const [awsName, call] of calls) {
      expect(await failureOf(call(api))).toMatchObject({ kind: "expired", awsName });
    }
  });

  test("tells entry by entry what a shard has no room for", async () => {
    await using reached = await reach(way, {
      streams: { orders: 1 },
      limits: "aws",
      clock: new VirtualClock(),
    });
    const { api } = reached;
    const entries = Array.from({ length: 500 }, () => entry());
    const answers = await Promise.all(
      [1, 2, 3].map(() => api.putRecords({ stream, entries }, signal)),
    );
    const failed = answers
      .flatMap(({ outcomes }) => outcomes)
      .flatMap((outcome) => (outcome.kind === "failed" ? [outcome.failure] : []));
    expect(failed).toHaveLength(500);
    expect(failed[0]).toEqual({
      kind: "throttled",
      awsName: "ProvisionedThroughputExceededException",
      reason: `Rate exceeded for shard ${FIRST} in stream orders under account 000000000000.`,
      isAmbiguous: false,
    });
  });

  test("tells that reads and iterators of a shard come too often", async () => {
    await using reached = await reach(way, { limits: "aws", clock: new VirtualClock() });
    const { api } = reached;
    const start: Call = (port) =>
      port.getShardIterator({ stream, shardId: FIRST, start: LATEST }, signal);
    const iterator = (await start(api)) as string;
    const read: Call = (port) => port.getRecords({ stream, iterator, limit: 1 }, signal);
    for (let i = 0; i < 4; i += 1) await start(api);
    for (let i = 0; i < 5; i += 1) await read(api);
    for (const call of [start, read]) {
      const failure = await failureOf(call(api));
      expect(failure).toMatchObject({
        kind: "throttled",
        awsName: "ProvisionedThroughputExceededException",
      });
      expect(failure).toEqual(await failureOf(call(reached.emulator.kinesis)));
    }
  });

  test("tells that the emulator is full, and that to try again is pointless", async () => {
    await using reached = await reach(way, { maxBytes: 10_485_760 });
    const { api } = reached;
    const put = (bytes: number): Call => {
      const data = Buffer.alloc(bytes);
      return (port) => port.putRecords({ stream, entries: [entry({ data })] }, signal);
    };
    for (let i = 0; i < 10; i += 1) await put(1_048_575)(api);
    const failure = await failureOf(put(0)(api));
    expect(failure).toMatchObject({ kind: "rejected", awsName: "EmulatorFullException" });
    expect(failure).toEqual(await failureOf(put(0)(reached.emulator.kinesis)));
  });

  test("tells that nobody is there any more", async () => {
    const reached = await reach(way);
    const { api } = reached;
    await api.listShards({ stream }, signal);
    await reached[Symbol.asyncDispose]();
    const failure = await failureOf(api.putRecords({ stream, entries: [entry()] }, signal));
    expect(failure).toMatchObject({ kind: "unreachable", isAmbiguous: false });
  });
});
