import type { KinesisApi, PutRecordsEntry } from "@shardline/core";
import { SeededRandom } from "@shardline/core/testing";
import { Emulator } from "@shardline/emulator";
import { expect, onTestFinished, test } from "vitest";
import { type Interceptors, intercept } from "../../../../test/support/intercept.ts";
import { quietClock } from "../../../../test/support/quiet-clock.ts";
import { type DeadLetterStream, deadLetterStream } from "../../src/dead-letter/index.ts";
import { failed } from "../support/failures.ts";
import { bytesIn, jsonOf, letterOf, SIGNAL } from "./letters.ts";

interface Letters {
  readonly sink: DeadLetterStream;
  readonly entries: PutRecordsEntry[];
  readonly stored: () => Promise<Record<string, unknown>[]>;
}

function openSink(faults: Interceptors<KinesisApi> = {}): Letters {
  const clock = quietClock();
  const emulator = new Emulator({ clock, random: new SeededRandom(1), streams: { letters: 1 } });
  onTestFinished(() => emulator.close());
  const entries: PutRecordsEntry[] = [];
  const kinesis = intercept<KinesisApi>(emulator.kinesis(), {
    putRecords: (next, request, signal) => {
      entries.push(...request.entries);
      return next(request, signal);
    },
  });
  return {
    entries,
    sink: deadLetterStream({ stream: "letters", kinesis: intercept<KinesisApi>(kinesis, faults) }),
    stored: async () => {
      const [shard] = emulator.inspect("letters")?.shards ?? [];
      return (shard?.records ?? []).map(({ data }) => jsonOf(Buffer.from(data).toString()));
    },
  };
}

test("a letter becomes a record of JSON under the partition key of its own", async () => {
  const { entries, sink, stored } = openSink();
  const { data, error: _, ...fields } = letterOf();
  await sink(letterOf(), SIGNAL);
  const [json] = await stored();
  expect(json).toMatchObject({ ...fields, part: 1, parts: 1, error: { name: "Error" } });
  expect(bytesIn(json ?? {})).toEqual(data);
  expect(entries.map(({ partitionKey }) => partitionKey)).toEqual([fields.partitionKey]);
});

test("a letter without a partition key goes under its sequence number", async () => {
  const { entries, sink } = openSink();
  const { partitionKey: _, ...keyless } = letterOf();
  await sink(keyless, SIGNAL);
  expect(entries.map(({ partitionKey }) => partitionKey)).toEqual([keyless.sequenceNumber]);
});

test.each(["", "k".repeat(257)])(
  "a key that an aggregate may hold and no stream takes does not keep a letter from being taken: %j",
  async (partitionKey) => {
    const { entries, sink, stored } = openSink();
    await sink(letterOf({ partitionKey }), SIGNAL);
    expect(await stored()).toMatchObject([{ partitionKey }]);
    expect(entries.map((entry) => entry.partitionKey)).toEqual([letterOf().sequenceNumber]);
  },
);

test.each([0, 1, 640 * 1024, 640 * 1024 + 1, 1_048_576, 10_485_760])(
  "%i bytes of data come in as many records as they need, each within what every stream takes",
  async (bytes) => {
    const { entries, sink, stored } = openSink();
    const data = new Uint8Array(bytes).map((_, i) => i % 251);
    const long = "\u0001".repeat(1e5);
    const error = new Error(long, { cause: new Error(long, { cause: new Error(long) }) });
    const partitionKey = "\uffff".repeat(256);
    await sink(letterOf({ data, error, partitionKey }), SIGNAL);
    const parts = Math.max(1, Math.ceil(bytes / (640 * 1024)));
    const jsons = await stored();
    expect(jsons).toHaveLength(parts);
    for (const [i, json] of jsons.entries()) expect(json).toMatchObject({ part: i + 1, parts });
    expect(Buffer.concat(jsons.map(bytesIn)).equals(data)).toBe(true);
    for (const entry of entries) {
      const keyBytes = Buffer.byteLength(entry.partitionKey ?? "");
      expect(entry.data.length + keyBytes).toBeLessThanOrEqual(1_048_576);
    }
  },
);

test("a record that is not stored rejects, and so does a call that fails", async () => {
  const failure = { kind: "throttled", awsName: "X", reason: "slow", isAmbiguous: false } as const;
  const { sink } = openSink({
    putRecords: async () => ({ outcomes: [{ kind: "failed", failure }] }),
  });
  await expect(sink(letterOf(), SIGNAL)).rejects.toMatchObject({
    code: "API_CALL_FAILED",
    details: { operation: "PutRecords", failure },
  });
  const { sink: other } = openSink({ putRecords: () => Promise.reject(failed("unreachable")) });
  await expect(other(letterOf(), SIGNAL)).rejects.toMatchObject({ code: "API_CALL_FAILED" });
});

test("an odd option is refused", () => {
  expect(() => deadLetterStream({ stream: "a/b", kinesis: 7 as never })).toThrow(
    'deadLetterStream refused its options: stream must be a stream name or a stream ARN, got "a/b"; kinesis must be a KinesisApi, a Kinesis client or its configuration, got 7',
  );
});

test("closing frees what was made here, and a letter that comes later is taken all the same", async () => {
  const { sink, stored } = openSink();
  sink.close();
  await sink(letterOf(), SIGNAL);
  sink.close();
  await sink(letterOf(), SIGNAL);
  expect(await stored()).toHaveLength(2);
});
