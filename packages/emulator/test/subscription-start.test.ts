import fc from "fast-check";
import { expect, test } from "vitest";
import {
  formatSequenceNumber,
  LAST_INDEX,
  parseSequenceNumber,
  type SequenceNumber,
} from "../src/stream/sequence-numbers.ts";
import { ACCOUNT, newEmulator } from "./support/emulator.ts";
import {
  after,
  continuationOf,
  follow,
  HORIZON,
  LATEST,
  registerConsumer,
  textsOf,
} from "./support/fan-out.ts";
import { FIRST_SHARD, put, shardsOf, splitInHalf, textsFrom } from "./support/records.ts";

const DAY_MS = 86_400_000;

test("T37: every starting position pushes what polling from there answers", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  const arn = await registerConsumer(emulator);
  const startedAt = emulator.clock.wallTimeMs() / 1000;
  const numbers: string[] = [];
  for (const text of ["a", "b", "c"]) {
    numbers.push((await put(emulator, text)).SequenceNumber);
    await emulator.clock.advance(1000);
  }
  const [a = "", b = "", c = ""] = numbers;
  const starting = (await shardsOf(emulator))[0]?.SequenceNumberRange.StartingSequenceNumber ?? "";
  const starts = [
    HORIZON,
    LATEST,
    ...[starting, a, b, c, `${BigInt(a) + (1n << 36n)}`].flatMap((SequenceNumber) => [
      { Type: "AT_SEQUENCE_NUMBER", SequenceNumber },
      after(SequenceNumber),
    ]),
    ...[0, startedAt, startedAt + 1, startedAt + 1.001, startedAt + 3].map((Timestamp) => ({
      Type: "AT_TIMESTAMP",
      Timestamp,
    })),
  ];
  const comparePushedWithPolled = async (): Promise<string[]> => {
    const compared: string[] = [];
    for (const start of starts) {
      await emulator.clock.advance(5000);
      const { events } = await follow(emulator, arn, start);
      await emulator.clock.advance(0);
      const { Type, SequenceNumber, Timestamp } = start as Record<string, unknown>;
      const polled = await textsFrom(emulator, {
        ShardIteratorType: Type,
        ...(SequenceNumber === undefined ? {} : { StartingSequenceNumber: SequenceNumber }),
        ...(Timestamp === undefined ? {} : { Timestamp }),
      });
      expect(textsOf(events)).toEqual(polled);
      compared.push(polled.join(""));
    }
    return compared;
  };
  expect(await comparePushedWithPolled()).toEqual(
    ["abc", "", "abc", "abc", "abc", "bc", "bc", "c", "c", "", "bc", "bc"].concat([
      "abc",
      "abc",
      "bc",
      "c",
      "",
    ]),
  );
  // On a closed shard, and once it is trimmed.
  await splitInHalf(emulator, FIRST_SHARD);
  expect((await comparePushedWithPolled())[0]).toBe("abc");
  await emulator.clock.advance(DAY_MS - 2 * 5000 * starts.length - 1500);
  expect((await comparePushedWithPolled())[0]).not.toBe("abc");
});

test("T37: a start that polling refuses is refused with the same words", async () => {
  const emulator = newEmulator({ streams: { s: 2 } });
  const ConsumerARN = await registerConsumer(emulator);
  const elsewhere = await put(emulator, "x", { ExplicitHashKey: `${2n ** 128n - 1n}` });
  const starts = [
    { Type: "AT_SEQUENCE_NUMBER", SequenceNumber: "7" },
    after(elsewhere.SequenceNumber),
    { ...HORIZON, SequenceNumber: elsewhere.SequenceNumber },
    { Type: "AFTER_SEQUENCE_NUMBER" },
    { Type: "AT_TIMESTAMP" },
    { Type: "AT_TIMESTAMP", Timestamp: emulator.clock.wallTimeMs() / 1000 + 1 },
  ];
  for (const StartingPosition of starts) {
    const { Type, SequenceNumber, Timestamp } = StartingPosition as Record<string, unknown>;
    const polling = await emulator.refusal("GetShardIterator", {
      StreamName: "s",
      ShardId: FIRST_SHARD,
      ShardIteratorType: Type,
      StartingSequenceNumber: SequenceNumber ?? null,
      Timestamp: Timestamp ?? null,
    });
    const refused = await emulator.refusal("SubscribeToShard", {
      ConsumerARN,
      ShardId: FIRST_SHARD,
      StartingPosition,
    });
    expect(refused.name).toBe("InvalidArgumentException");
    expect(refused.reason).toBe(polling.reason.replace("GetShardIterator", "SubscribeToShard"));
  }
});

test("a subscription needs a consumer, a shard and a position", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  const ConsumerARN = await registerConsumer(emulator);
  const refused = (input: object): Promise<unknown> =>
    emulator.refusal("SubscribeToShard", {
      ConsumerARN,
      ShardId: FIRST_SHARD,
      StartingPosition: HORIZON,
      ...input,
    });
  expect(await refused({ ConsumerARN: `${ConsumerARN}0` })).toEqual({
    name: "ResourceNotFoundException",
    reason: `Consumer ${ConsumerARN}0 not found.`,
  });
  expect(await refused({ ShardId: "shardId-000000000009" })).toEqual({
    name: "ResourceNotFoundException",
    reason: `Shard shardId-000000000009 in stream s under account ${ACCOUNT} does not exist`,
  });
  expect(await refused({ StartingPosition: null })).toMatchObject({
    name: "ValidationException",
    reason: expect.stringContaining("at 'startingPosition' failed to satisfy constraint"),
  });
  expect(await refused({ StartingPosition: { Type: "FIRST" } })).toMatchObject({
    name: "ValidationException",
    reason: expect.stringContaining("'FIRST' at 'startingPosition.type' failed"),
  });
});

test("whatever number a subscription starts at, it can be gone on from where it idles", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  const arn = await registerConsumer(emulator);
  const first = await put(emulator, "x");
  const ofShard = parseSequenceNumber(first.SequenceNumber) as SequenceNumber;
  const numbers = fc.record({
    index: fc.oneof(
      fc.bigInt({ min: 0n, max: 3n }),
      fc.bigInt({ min: 0n, max: LAST_INDEX - 1n }),
      fc.constantFrom(2n ** 53n, LAST_INDEX - 1n),
    ),
    putSeconds: fc.oneof(fc.constant(ofShard.putSeconds), fc.integer({ min: 0, max: 2 ** 31 })),
  });
  const types = fc.constantFrom("AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER");
  await fc.assert(
    fc.asyncProperty(numbers, types, async (parts, Type) => {
      const SequenceNumber = formatSequenceNumber({ ...ofShard, ...parts });
      const reading = await follow(emulator, arn, { Type, SequenceNumber });
      await emulator.clock.advance(10_000);
      expect(reading.end).toBeUndefined();
      const goneOn = await follow(emulator, arn, after(continuationOf(reading.events)));
      await emulator.clock.advance(5000);
      expect(textsOf(goneOn.events)).toEqual([]);
    }),
  );
});
