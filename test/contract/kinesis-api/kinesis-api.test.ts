// What the port promises, whichever way it goes: the loops above cannot tell the emulator in their process from a
// service behind a wire.
import { setImmediate as turn } from "node:timers/promises";
import {
  type GetRecordsAnswer,
  type IteratorStart,
  type KinesisApi,
  MAX_HASH_KEY,
  type PutRecordsEntry,
  type ShardFilter,
} from "@shardline/core";
import { describe, expect, test } from "vitest";
import { type Reached, reach, WAYS } from "./ways.ts";

const stream = { name: "orders" };
const [FIRST, SECOND] = ["shardId-000000000000", "shardId-000000000001"] as const;
const HALF = 1n << 127n;

/** A signal of its own for each call: many share none. */
function fresh(): AbortSignal {
  return new AbortController().signal;
}

function entry(data: Uint8Array | string, hashKey = 0n, partitionKey = "k"): PutRecordsEntry {
  const explicitHashKey = hashKey.toString();
  return { data: Buffer.from(data as string), partitionKey, explicitHashKey };
}

async function read(
  api: KinesisApi,
  start: IteratorStart,
  shardId: string = FIRST,
  limit = 10_000,
): Promise<GetRecordsAnswer> {
  const iterator = await api.getShardIterator({ stream, shardId, start }, fresh());
  return api.getRecords({ stream, iterator, limit }, fresh());
}

function textsOf({ records }: GetRecordsAnswer): string[] {
  return records.map(({ data }) => Buffer.from(data).toString());
}

/** Until a stream takes changes again. */
async function untilActive({ emulator }: Reached, name = stream.name): Promise<void> {
  for (;;) {
    const { status } = await emulator.kinesis.describeStreamSummary({ stream: { name } }, fresh());
    if (status === "ACTIVE") return;
    await turn();
  }
}

describe.each(WAYS)("the port %s", (_name, way) => {
  test("tells a stream's summary", async () => {
    await using reached = await reach(way);
    const summary = await reached.api.describeStreamSummary({ stream }, fresh());
    expect(summary).toEqual(
      await reached.emulator.kinesis.describeStreamSummary({ stream }, fresh()),
    );
    expect(summary).toMatchObject({
      name: "orders",
      status: "ACTIVE",
      openShardCount: 2,
      retentionHours: 24,
    });
    expect(summary.arn).toMatch(/^arn:aws:kinesis:us-east-1:000000000000:stream\/orders$/);
    expect(Math.abs(summary.createdAtMs - Date.now())).toBeLessThan(60_000);
  });

  test("lists shards page by page, each with its whole range", async () => {
    await using reached = await reach(way, { streams: { orders: 5 } });
    const { api } = reached;
    const first = await api.listShards({ stream, maxResults: 2 }, fresh());
    const nextToken = first.nextToken as string;
    const second = await api.listShards({ stream, nextToken, maxResults: 2 }, fresh());
    const third = await api.listShards({ stream, nextToken: second.nextToken as string }, fresh());
    expect([first, second, third].map(({ shards }) => shards.length)).toEqual([2, 2, 1]);
    expect(third.nextToken).toBeUndefined();
    const whole = await reached.emulator.kinesis.listShards({ stream }, fresh());
    expect([...first.shards, ...second.shards, ...third.shards]).toEqual(whole.shards);
    expect(whole.shards.at(-1)?.hashKeyRange?.end).toBe(MAX_HASH_KEY);
  });

  test("filters a listing in every way there is", async () => {
    await using reached = await reach(way);
    const { api, emulator } = reached;
    await api.splitShard({ stream, shardId: FIRST, newStartingHashKey: HALF / 2n }, fresh());
    await untilActive(reached);
    const timestampMs = Date.now();
    const filters: readonly ShardFilter[] = [
      { type: "AT_LATEST" },
      { type: "AT_TRIM_HORIZON" },
      { type: "FROM_TRIM_HORIZON" },
      { type: "AT_TIMESTAMP", timestampMs },
      { type: "FROM_TIMESTAMP", timestampMs },
      { type: "AFTER_SHARD_ID", shardId: FIRST },
    ];
    for (const filter of filters) {
      const { shards } = await api.listShards({ stream, filter }, fresh());
      const expected = await emulator.kinesis.listShards({ stream, filter }, fresh());
      expect(shards, filter.type).toEqual(expected.shards);
      expect(shards.length, filter.type).toBeGreaterThan(0);
    }
    const { shards } = await api.listShards({ stream, filter: { type: "AT_LATEST" } }, fresh());
    expect(shards.map(({ shardId }) => Number(shardId.slice(-2)))).toEqual([1, 2, 3]);
  });

  test("carries bytes as they are: all values, none at all, a whole MiB", async () => {
    await using reached = await reach(way);
    const every = Uint8Array.from({ length: 256 }, (_, i) => i);
    const large = Buffer.alloc(1_048_575, 0xab);
    const entries = [every, new Uint8Array(0), large].map((data) => entry(data));
    const { outcomes } = await reached.api.putRecords({ stream, entries }, fresh());
    const { records } = await read(reached.api, { type: "TRIM_HORIZON" });
    expect(records.map(({ sequenceNumber }) => sequenceNumber)).toEqual(
      outcomes.map((outcome) => outcome.kind === "stored" && outcome.sequenceNumber),
    );
    for (const [i, { data }] of records.entries()) {
      expect(Buffer.compare(Buffer.from(data), entries[i]?.data ?? Buffer.alloc(1))).toBe(0);
    }
  });

  test("hands out records that are the caller's to keep", async () => {
    await using reached = await reach(way);
    await reached.api.putRecords({ stream, entries: [entry("a"), entry("b")] }, fresh());
    const { records } = await read(reached.api, { type: "TRIM_HORIZON" });
    const { records: again } = await read(reached.emulator.kinesis, { type: "TRIM_HORIZON" });
    expect(records.map(({ data, ...rest }) => ({ ...rest, data: [...data] }))).toEqual(
      again.map(({ data, ...rest }) => ({ ...rest, data: [...data] })),
    );
    expect(Object.keys(records[0] ?? {}).sort()).toEqual([
      "arrivedAtMs",
      "data",
      "partitionKey",
      "sequenceNumber",
    ]);
  });

  test("places a record by its explicit hash key, and keeps any partition key", async () => {
    await using reached = await reach(way);
    const keys = ["☃".repeat(256), "a", "\u0000", "1e3", "__proto__", "𝄞clef"];
    const entries = keys.map((key) => entry("x", MAX_HASH_KEY, key));
    const { outcomes } = await reached.api.putRecords({ stream, entries }, fresh());
    for (const outcome of outcomes)
      expect(outcome).toMatchObject({ kind: "stored", shardId: SECOND });
    const { records } = await read(reached.api, { type: "TRIM_HORIZON" }, SECOND);
    expect(records.map(({ partitionKey }) => partitionKey)).toEqual(keys);
  });

  test("begins where it is told, by every type of iterator", async () => {
    await using reached = await reach(way);
    const { api } = reached;
    const put = async (text: string): Promise<string> => {
      const { outcomes } = await api.putRecords({ stream, entries: [entry(text)] }, fresh());
      const [outcome] = outcomes;
      return outcome?.kind === "stored" ? outcome.sequenceNumber : "";
    };
    await put("a");
    const latest = await api.getShardIterator(
      { stream, shardId: FIRST, start: { type: "LATEST" } },
      fresh(),
    );
    const sequenceNumber = await put("b");
    const [, b] = (await read(api, { type: "TRIM_HORIZON" })).records;
    const timestampMs = (b?.arrivedAtMs ?? 0) + 1;
    // A time that is still to come is refused, and "c" is to arrive no earlier.
    while (Date.now() < timestampMs) await turn();
    await put("c");
    expect(textsOf(await read(api, { type: "TRIM_HORIZON" }))).toEqual(["a", "b", "c"]);
    expect(textsOf(await read(api, { type: "AT_SEQUENCE_NUMBER", sequenceNumber }))).toEqual([
      "b",
      "c",
    ]);
    expect(textsOf(await read(api, { type: "AFTER_SEQUENCE_NUMBER", sequenceNumber }))).toEqual([
      "c",
    ]);
    expect(textsOf(await api.getRecords({ stream, iterator: latest, limit: 10 }, fresh()))).toEqual(
      ["b", "c"],
    );
    expect(textsOf(await read(api, { type: "AT_TIMESTAMP", timestampMs }))).toEqual(["c"]);
    expect(
      textsOf(await read(api, { type: "AT_TIMESTAMP", timestampMs: timestampMs - 60_000 })),
    ).toEqual(["a", "b", "c"]);
  });

  test("reads on from answer to answer, so many records at a time, and tells how far behind it is", async () => {
    await using reached = await reach(way);
    const { api } = reached;
    const entries = ["a", "b", "c"].map((text) => entry(text));
    await api.putRecords({ stream, entries }, fresh());
    const first = await read(api, { type: "TRIM_HORIZON" }, FIRST, 2);
    expect(textsOf(first)).toEqual(["a", "b"]);
    if (first.next.kind !== "iterator") throw new Error("the shard has ended");
    const second = await api.getRecords(
      { stream, iterator: first.next.iterator, limit: 2 },
      fresh(),
    );
    expect(textsOf(second)).toEqual(["c"]);
    expect(second.millisBehindLatest).toBe(0);
    expect(first.millisBehindLatest).toBeGreaterThanOrEqual(0);
    expect(second.next.kind).toBe("iterator");
  });

  test("names the children of a shard that is read to its end, of a split and of a merge", async () => {
    await using reached = await reach(way);
    const { api } = reached;
    await api.putRecords({ stream, entries: [entry("last")] }, fresh());
    await api.splitShard({ stream, shardId: FIRST, newStartingHashKey: HALF / 2n }, fresh());
    await untilActive(reached);
    const split = await read(api, { type: "TRIM_HORIZON" });
    expect(textsOf(split)).toEqual(["last"]);
    const end = {
      kind: "shard-end",
      childShards: [{ parentShardIds: [FIRST] }, { parentShardIds: [FIRST] }],
    };
    const ended =
      split.next.kind === "iterator"
        ? (await api.getRecords({ stream, iterator: split.next.iterator, limit: 1 }, fresh())).next
        : split.next;
    expect(ended).toMatchObject(end);
    const [low, high] = ["shardId-000000000002", "shardId-000000000003"] as const;
    await api.mergeShards({ stream, shardId: low, adjacentShardId: high }, fresh());
    await untilActive(reached);
    const merged = (await read(api, { type: "TRIM_HORIZON" }, low)).next;
    expect(merged).toEqual({
      kind: "shard-end",
      childShards: [
        {
          shardId: "shardId-000000000004",
          parentShardIds: [low, high],
          hashKeyRange: { start: 0n, end: HALF - 1n },
        },
      ],
    });
  });

  test("creates a stream", async () => {
    await using reached = await reach(way);
    const other = { stream: { name: "returns" }, shardCount: 3 };
    await reached.api.createStream(other, fresh());
    await untilActive(reached, "returns");
    const { openShardCount } = await reached.api.describeStreamSummary(other, fresh());
    expect(openShardCount).toBe(3);
  });

  test("answers each entry of a call in its place, those that a shard had no room for too", async () => {
    await using reached = await reach(way, { limits: "aws" });
    const data = Buffer.alloc(700_000);
    const entries = [entry(data), entry(data), entry("x", MAX_HASH_KEY), entry(data)];
    const { outcomes } = await reached.api.putRecords({ stream, entries }, fresh());
    expect(outcomes.map(({ kind }) => kind)).toEqual(["stored", "failed", "stored", "failed"]);
    expect(outcomes[1]).toMatchObject({
      failure: {
        kind: "throttled",
        awsName: "ProvisionedThroughputExceededException",
        isAmbiguous: false,
      },
    });
  });

  test("rejects with the reason of its signal, before a call and during one", async () => {
    await using reached = await reach(way);
    const { api } = reached;
    const reason = new Error("enough");
    const over = AbortSignal.abort(reason);
    const calls = [
      api.describeStreamSummary({ stream }, over),
      api.listShards({ stream }, over),
      api.putRecords({ stream, entries: [entry("x")] }, over),
      api.getShardIterator({ stream, shardId: FIRST, start: { type: "LATEST" } }, over),
      api.getRecords({ stream, iterator: "i", limit: 1 }, over),
      api.createStream({ stream: { name: "s" }, shardCount: 1 }, over),
      api.splitShard({ stream, shardId: FIRST, newStartingHashKey: 5n }, over),
      api.mergeShards({ stream, shardId: FIRST, adjacentShardId: SECOND }, over),
    ];
    for (const call of calls) await expect(call).rejects.toBe(reason);
    const stop = new AbortController();
    const under = api.listShards({ stream }, stop.signal);
    stop.abort(reason);
    await expect(
      under.then(
        () => "answered in the same turn",
        (error: unknown) => error,
      ),
    ).resolves.toSatisfy((result) => result === reason || result === "answered in the same turn");
    expect(textsOf(await read(reached.emulator.kinesis, { type: "TRIM_HORIZON" }))).toEqual([]);
  });
});
