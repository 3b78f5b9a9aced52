import { expect, test } from "vitest";
import { ACCOUNT, newEmulator } from "./support/emulator.ts";
import {
  FIRST_SHARD,
  iterator,
  put,
  read,
  shardsOf,
  splitInHalf,
  textOf,
  textsFrom,
} from "./support/records.ts";

const DAY_MS = 86_400_000;
const at = (StartingSequenceNumber: string): object => ({
  ShardIteratorType: "AT_SEQUENCE_NUMBER",
  StartingSequenceNumber,
});
const after = (StartingSequenceNumber: string): object => ({
  ShardIteratorType: "AFTER_SEQUENCE_NUMBER",
  StartingSequenceNumber,
});
const since = (epochMs: number): object => ({
  ShardIteratorType: "AT_TIMESTAMP",
  Timestamp: epochMs / 1000,
});
const HORIZON = { ShardIteratorType: "TRIM_HORIZON" };
const LATEST = { ShardIteratorType: "LATEST" };

test("T21: an iterator of 300 seconds works, one a millisecond older is expired", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  await put(emulator, "x");
  const start = await iterator(emulator, HORIZON);
  await emulator.clock.advance(300_000);
  expect((await read(emulator, start)).Records).toHaveLength(1);
  await emulator.clock.advance(1);
  expect(await emulator.refusal("GetRecords", { ShardIterator: start })).toEqual({
    name: "ExpiredIteratorException",
    reason:
      "Iterator expired. The iterator was created at time Tue Nov 14 22:13:20 UTC 2023 while right now " +
      "it is Tue Nov 14 22:18:20 UTC 2023 which is further in the future than the tolerated delay of " +
      "300000 milliseconds.",
  });
});

test("T21: an iterator may be used again and answers the same", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  await put(emulator, "x");
  const start = await iterator(emulator, HORIZON);
  const first = await read(emulator, start);
  expect((await read(emulator, start)).Records).toEqual(first.Records);
});

test("T22: every type of iterator reads nothing from an empty shard and then what is put", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  const [shard] = await shardsOf(emulator);
  const starting = shard?.SequenceNumberRange.StartingSequenceNumber ?? "";
  const starts = [
    HORIZON,
    LATEST,
    at(starting),
    after(starting),
    since(emulator.clock.wallTimeMs()),
  ];
  const iterators = await Promise.all(starts.map((start) => iterator(emulator, start)));
  for (const start of iterators) expect((await read(emulator, start)).Records).toEqual([]);
  await put(emulator, "x");
  for (const start of iterators) {
    expect((await read(emulator, start)).Records.map(textOf)).toEqual(["x"]);
  }
});

test("T22: every type of iterator starts at its place in a live shard", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  const startedAtMs = emulator.clock.wallTimeMs();
  const numbers: string[] = [];
  for (const text of ["a", "b", "c", "d"]) {
    numbers.push((await put(emulator, text)).SequenceNumber);
    await emulator.clock.advance(1000);
  }
  const [a = "", b = "", , d = ""] = numbers;
  expect(await textsFrom(emulator, HORIZON)).toEqual(["a", "b", "c", "d"]);
  expect(await textsFrom(emulator, LATEST)).toEqual([]);
  expect(await textsFrom(emulator, at(b))).toEqual(["b", "c", "d"]);
  expect(await textsFrom(emulator, after(b))).toEqual(["c", "d"]);
  expect(await textsFrom(emulator, after(d))).toEqual([]);
  expect(await textsFrom(emulator, since(startedAtMs + 1000))).toEqual(["b", "c", "d"]);
  expect(await textsFrom(emulator, since(startedAtMs + 1001))).toEqual(["c", "d"]);
  expect(await textsFrom(emulator, since(0))).toEqual(["a", "b", "c", "d"]);
  // After the last record: a position at the tip, not a wait.
  expect(await textsFrom(emulator, since(startedAtMs + 3500))).toEqual([]);
  // Numbers between those of records count by where they lie.
  expect(await textsFrom(emulator, at(`${BigInt(a) + (1n << 36n)}`))).toEqual(["b", "c", "d"]);
  expect(await textsFrom(emulator, after(`${BigInt(b) - (1n << 36n)}`))).toEqual(["b", "c", "d"]);
});

test("T22: on a trimmed shard every start below the horizon means the oldest record left", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  const { SequenceNumber } = await put(emulator, "old");
  const oldMs = emulator.clock.wallTimeMs();
  await emulator.clock.advance(1000);
  await put(emulator, "young");
  await emulator.clock.advance(DAY_MS - 1000);
  for (const start of [HORIZON, at(SequenceNumber), after(SequenceNumber), since(oldMs)]) {
    expect(await textsFrom(emulator, start)).toEqual(["young"]);
  }
});

test("T22: every type of iterator reads a closed shard to its end", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  const startedAtMs = emulator.clock.wallTimeMs();
  const { SequenceNumber } = await put(emulator, "x");
  await emulator.clock.advance(1000);
  await splitInHalf(emulator, FIRST_SHARD);
  const ending = (await shardsOf(emulator))[0]?.SequenceNumberRange.EndingSequenceNumber ?? "";
  const pages = await Promise.all(
    [
      HORIZON,
      at(SequenceNumber),
      since(startedAtMs),
      after(SequenceNumber),
      LATEST,
      since(emulator.clock.wallTimeMs()),
      at(ending),
    ].map(async (start) => read(emulator, await iterator(emulator, start))),
  );
  expect(pages.map(({ Records }) => Records.map(textOf).join())).toEqual([
    "x",
    "x",
    "x",
    "",
    "",
    "",
    "",
  ]);
  for (const page of pages) expect(page.ChildShards).toHaveLength(2);
});

test("T23: LATEST taken before a put sees the put", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  await put(emulator, "before");
  const start = await iterator(emulator, LATEST);
  await put(emulator, "after");
  const first = await read(emulator, start);
  expect(first.Records.map(textOf)).toEqual(["after"]);
  const second = await read(emulator, first.NextShardIterator ?? "");
  expect(second.Records).toEqual([]);
});

test("T23: two LATEST in a row with no put between them read nothing twice", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  await put(emulator, "before");
  for (let i = 0; i < 2; i += 1) {
    const page = await read(emulator, await iterator(emulator, LATEST));
    expect(page.Records).toEqual([]);
    expect(page.MillisBehindLatest).toBe(0);
    const next = await read(emulator, page.NextShardIterator ?? "");
    expect(next.Records).toEqual([]);
    await emulator.clock.advance(1);
  }
});

const used = (number: string): string =>
  `StartingSequenceNumber ${number} used in GetShardIterator on shard ${FIRST_SHARD} ` +
  `in stream s under account ${ACCOUNT} is invalid`;

test("T24: what is no number, another shard's, another stream's and the last one have texts of their own", async () => {
  const emulator = newEmulator({ streams: { s: 2 } });
  const refused = async (start: object): Promise<string> => {
    const input = { StreamName: "s", ShardId: FIRST_SHARD, ...start };
    const { name, reason } = await emulator.refusal("GetShardIterator", input);
    expect(name).toBe("InvalidArgumentException");
    return reason;
  };
  const { SequenceNumber } = await put(emulator, "x", { ExplicitHashKey: "0" });
  const elsewhere = await put(emulator, "x", { ExplicitHashKey: `${2n ** 128n - 1n}` });
  expect(await refused(at("7"))).toBe(`${used("7")}.`);
  expect(await refused(at(elsewhere.SequenceNumber))).toBe(
    "Invalid StartingSequenceNumber. It encodes shardId-000000000001, " +
      `while it was used in a call to a shard with ${FIRST_SHARD}`,
  );
  const older = `${BigInt(SequenceNumber) - (1n << 148n)}`;
  expect(await refused(after(older))).toBe(
    `${used(older)} because it did not come from this stream.`,
  );
  await splitInHalf(emulator, FIRST_SHARD);
  const ending = (await shardsOf(emulator))[0]?.SequenceNumberRange.EndingSequenceNumber ?? "";
  expect(await refused(after(ending))).toBe(
    "Invalid SequenceNumber for ShardIteratorType AFTER_SEQUENCE_NUMBER, " +
      "SequenceNumber has reached max possible value for the shard.",
  );
});

test("a type and what comes with it must go together", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  const { SequenceNumber } = await put(emulator, "x");
  const refused = async (start: object): Promise<string> => {
    const input = { StreamName: "s", ShardId: FIRST_SHARD, ...start };
    return (await emulator.refusal("GetShardIterator", input)).reason;
  };
  const pairs =
    "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or " +
    "(2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. Request specified ";
  expect(await refused({ ...HORIZON, StartingSequenceNumber: SequenceNumber })).toBe(
    `${pairs}TRIM_HORIZON and also a StartingSequenceNumber.`,
  );
  expect(await refused({ ShardIteratorType: "AT_SEQUENCE_NUMBER" })).toBe(
    `${pairs}AT_SEQUENCE_NUMBER and no StartingSequenceNumber.`,
  );
  expect(await refused({ ShardIteratorType: "AT_TIMESTAMP" })).toContain(
    "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP.",
  );
  const nowMs = emulator.clock.wallTimeMs();
  expect(await refused(since(nowMs + 1))).toBe(
    "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. " +
      `timestampInMillis: ${nowMs + 1}, currentTimestampInMillis: ${nowMs}`,
  );
});

test("a shard that is not there is not found", async () => {
  const { refusal } = newEmulator({ streams: { s: 1 } });
  const input = { StreamName: "s", ShardId: "shardId-000000000009", ...LATEST };
  expect(await refusal("GetShardIterator", input)).toEqual({
    name: "ResourceNotFoundException",
    reason: `Shard shardId-000000000009 in stream s under account ${ACCOUNT} does not exist`,
  });
});

test("an iterator fits into 512 characters, whatever the stream is called", async () => {
  const StreamName = "n".repeat(128);
  const emulator = newEmulator({ streams: { [StreamName]: 1 } });
  const start = await iterator(emulator, { StreamName, ...HORIZON });
  expect(start.length).toBeLessThanOrEqual(512);
  await read(emulator, start);
});

test.each(["garbage", "Z2FyYmFnZQ==", "a", " ", "é"])(
  "%j is no iterator",
  async (ShardIterator) => {
    const { refusal } = newEmulator({ streams: { s: 1 } });
    expect(await refusal("GetRecords", { ShardIterator })).toEqual({
      name: "InvalidArgumentException",
      reason: "Invalid ShardIterator.",
    });
  },
);

test("an iterator with any one character changed or added is none", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  const start = await iterator(emulator, HORIZON);
  const altered = Array.from(
    { length: start.length },
    (_, i) => `${start.slice(0, i)}${start[i] === "A" ? "B" : "A"}${start.slice(i + 1)}`,
  );
  for (const changed of [...altered, ` ${start}`, `${start}\n`, `${start}=`]) {
    const { reason } = await emulator.refusal("GetRecords", { ShardIterator: changed });
    expect(reason).toBe("Invalid ShardIterator.");
  }
});
