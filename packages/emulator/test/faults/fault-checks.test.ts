// Rules as they come from outside: what is wrong with them is told, all of it, and nothing else is thrown.
import { KinesisError } from "@shardline/core";
import { SeededRandom, VirtualClock } from "@shardline/core/testing";
import { Emulator, type FaultEffect, type FaultInput } from "@shardline/emulator";
import fc from "fast-check";
import { expect, expectTypeOf, test } from "vitest";
import { newEmulator } from "../support/emulator.ts";
import { OPERATION_NAMES } from "../../src/faults/operation-names.ts";
import { OPERATIONS } from "../../src/operations.ts";

/** What is wrong with a rule. */
function problemsOf(rule: unknown): readonly string[] {
  const { emulator } = newEmulator();
  try {
    emulator.faults.add(rule as FaultInput);
  } catch (error) {
    if (!KinesisError.is(error, "INVALID_OPTIONS")) throw error;
    return error.details.problems;
  }
  return [];
}

const HANG = { kind: "hang" };

test.each<[unknown, readonly string[]]>([
  [undefined, ["effect is required"]],
  ["throttle", ['options must be an object, got "throttle"']],
  [[], ["options must be an object, got an array"]],
  [{}, ["effect is required"]],
  [{ effect: "hang" }, ['effect must be an effect, such as { kind: "hang" }, got "hang"']],
  [{ effect: {} }, ["effect.kind is required"]],
  [{ effect: { kind: "trottle" } }, ['effect.kind is "trottle"; did you mean throttle?']],
  [
    { effect: { kind: "throttle", shard: "s" } },
    ["effect.shard is not an option; did you mean share?"],
  ],
  [{ effect: HANG, matsch: {} }, ["matsch is not an option; did you mean match?"]],
  [
    { effect: HANG, match: { operations: "PutRecord", probability: 2, nth: 0 }, times: -1 },
    [
      "match.nth must be a whole number from 1 to 1000000000, got 0",
      `match.probability must be a number from ${Number.MIN_VALUE} to 1, got 2`,
      "times must be a whole number from 1 to 1000000000, got -1",
    ],
  ],
  [
    { effect: HANG, match: { operations: ["PutRecord", "PutRecrods"] } },
    ['match.operations is "PutRecrods"; did you mean PutRecords?'],
  ],
  [
    { effect: HANG, match: { operations: [] } },
    ["match.operations must be the name of an operation, or a list of them, got an array"],
  ],
  [
    { effect: HANG, match: { userAgent: "(" } },
    ['match.userAgent must be a regular expression, got "("'],
  ],
  [
    { effect: { kind: "failRecords" }, match: { operations: "GetRecords" } },
    ["match.operations: failRecords cannot happen to GetRecords, only to PutRecords"],
  ],
  [
    { effect: { kind: "staleShardMap", ms: 1 }, match: { service: "dynamodb" } },
    ["effect.kind staleShardMap cannot happen to the service dynamodb"],
  ],
  [
    { effect: HANG, match: { service: "dynamodb", stream: "s" } },
    ["match.stream means nothing at the service dynamodb"],
  ],
  [{ effect: HANG, match: { table: "t" } }, ["match.table means nothing at the service kinesis"]],
  [
    { effect: HANG, match: { nth: 3 }, everyNth: 2 },
    ["everyNth 2 leaves out call 3, the only one for the rule"],
  ],
  [{ effect: HANG, match: { nth: 4 }, everyNth: 2 }, []],
  [{ effect: { kind: "error" } }, ["effect needs a type or a status"]],
  [
    { effect: { kind: "latency", ms: { min: 5, max: 4 } } },
    ["effect.ms.min must not exceed effect.ms.max"],
  ],
  [{ effect: { kind: "latency", ms: { median: 5 } } }, ["effect.ms.sigma is required"]],
  [
    { effect: { kind: "latency", ms: "5" } },
    ['effect.ms must be a number of ms, { min, max } or { median, sigma }, got "5"'],
  ],
  [
    { preset: "aws:kinesis:stream-expired-iterator-exeption", percentage: 0 },
    [
      'preset is "aws:kinesis:stream-expired-iterator-exeption"; did you mean aws:kinesis:stream-expired-iterator-exception?',
      "percentage must be a whole number from 1 to 100, got 0",
    ],
  ],
  [
    { preset: "aws:kinesis:stream-expired-iterator-exception", operations: "PutRecord" },
    ["operations: aws:kinesis:stream-expired-iterator-exception is for GetRecords"],
  ],
])("%j is refused with what is wrong with it: %j", (rule, problems) => {
  expect(problemsOf(rule)).toEqual(problems);
});

test("an error without a type or a status does not even compile", () => {
  expectTypeOf<{ kind: "error"; type: string }>().toExtend<FaultEffect>();
  expectTypeOf<{ kind: "error"; status: number }>().toExtend<FaultEffect>();
  expectTypeOf<{ kind: "error" }>().not.toExtend<FaultEffect>();
});

test("rules are checked together with the other options of the emulator", () => {
  const options = { clock: new VirtualClock(), random: new SeededRandom(1), limits: "some" };
  const broken = { ...options, faults: [{ effect: { kind: "hangs" } }] };
  expect(() => new Emulator(broken as never)).toThrow(
    'limits must be "off", "aws" or an object of limits, got "some"; faults[0].effect.kind is "hangs"; did you mean hang?',
  );
});

test("every operation of the emulator can be named in a rule", () => {
  for (const name of OPERATIONS.keys()) expect(OPERATION_NAMES.kinesis).toContain(name);
});

test.each([
  [
    "aws:kinesis:stream-provisioned-throughput-exception",
    "PutRecords",
    "ProvisionedThroughputExceededException",
  ],
  ["aws:kinesis:stream-expired-iterator-exception", "GetRecords", "ExpiredIteratorException"],
  ["aws:fis:inject-api-internal-error", "ListShards", "InternalFailure"],
  ["aws:fis:inject-api-throttle-error", "ListShards", "ThrottlingException"],
  ["aws:fis:inject-api-unavailable-error", "ListShards", "ServiceUnavailable"],
] as const)(
  "the preset %s makes %s fail with %s on the stream that it names",
  async (preset, operation, name) => {
    const { emulator, refusal, clock } = newEmulator({ streams: { s: 1, t: 1 } });
    emulator.faults.add({
      preset,
      stream: "s",
      operations: operation,
      percentage: 100,
      forMs: 60_000,
    });
    const input = async (StreamName: string): Promise<object> => {
      if (operation === "PutRecords")
        return { StreamName, Records: [{ PartitionKey: "k", Data: "" }] };
      if (operation === "ListShards") return { StreamName };
      const at = { StreamName, ShardId: "shardId-000000000000", ShardIteratorType: "LATEST" };
      const answer = (await emulator.call("GetShardIterator", at)) as { ShardIterator: string };
      return { ShardIterator: answer.ShardIterator };
    };
    const ofS = await input("s");
    expect((await refusal(operation, ofS)).name).toBe(name);
    await emulator.call(operation, await input("t"));
    await emulator.call("DescribeStreamSummary", { StreamName: "s" });
    await clock.advance(60_000);
    await emulator.call(operation, ofS);
  },
);

test("a preset hits as many of a hundred calls as it says", async () => {
  const { emulator } = newEmulator({ streams: { s: 1 } });
  const preset = "aws:kinesis:stream-provisioned-throughput-exception";
  const fault = emulator.faults.add({ preset, percentage: 20 });
  const input = { StreamName: "s", PartitionKey: "k", Data: "" };
  for (let i = 0; i < 1000; i += 1) await emulator.call("PutRecord", input).catch(() => undefined);
  expect(fault.hits).toBeGreaterThan(150);
  expect(fault.hits).toBeLessThan(250);
});

const KINDS = [
  "throttle",
  "failRecords",
  "expireIterators",
  "expireTokens",
  "sparseReads",
  "iteratorAge",
  "staleShardMap",
  "clockSkew",
  "meanwhile",
  "trim",
  "error",
  "latency",
  "hang",
  "unavailable",
  "commitThenDrop",
  "reset",
  "resetStream",
  "goAway",
  "cutBody",
  "corrupt",
  "delayEvents",
  "dropHeartbeats",
  "silence",
  "failEvents",
  "endEvents",
  "takeOver",
  "staleContinuation",
  "cutFrames",
  "badChecksum",
  "splitFrames",
] as const;
const scalar = fc.oneof(
  fc.jsonValue({ maxDepth: 1 }),
  fc.constantFrom<unknown>(
    0,
    1,
    5,
    0.5,
    -1,
    "s",
    "PutRecords",
    "GetRecords",
    "entries",
    "hang",
    "dynamodb",
    [0],
    {},
  ),
);
const someEffect = fc
  .tuple(
    fc.constantFrom(...KINDS),
    fc.dictionary(
      fc.constantFrom(
        "ms",
        "how",
        "code",
        "share",
        "indices",
        "type",
        "status",
        "operation",
        "input",
        "when",
        "maxRecords",
        "afterBytes",
        "afterEvents",
      ),
      scalar,
      { maxKeys: 2 },
    ),
  )
  .map(([kind, members]) => ({ ...members, kind }));
/** Effects that make sense, one of each kind. */
const goodEffect = fc.constantFrom<FaultEffect>(
  { kind: "throttle", share: 0.5 },
  { kind: "failRecords" },
  { kind: "expireIterators" },
  { kind: "expireTokens" },
  { kind: "sparseReads" },
  { kind: "iteratorAge", ms: 5 },
  { kind: "staleShardMap", ms: 5 },
  { kind: "clockSkew", ms: -5 },
  { kind: "meanwhile", operation: "DeleteStream" },
  { kind: "trim" },
  { kind: "error", type: "ProvisionedThroughputExceededException" },
  { kind: "error", type: "ExpiredIteratorException" },
  { kind: "latency", ms: 5 },
  { kind: "hang" },
  { kind: "unavailable" },
  { kind: "commitThenDrop", how: "hang" },
  { kind: "reset" },
  { kind: "goAway", code: "NO_ERROR" },
  { kind: "cutBody" },
  { kind: "corrupt", how: "wrongCount" },
  { kind: "corrupt", how: "shuffled" },
);
const goodRule = fc.record(
  {
    effect: goodEffect,
    match: fc.record(
      {
        stream: fc.constantFrom("s", "t"),
        probability: fc.constantFrom(0.3, 1),
        keyPrefix: fc.constantFrom("k", "x"),
      },
      { requiredKeys: [] },
    ),
    times: fc.integer({ min: 1, max: 3 }),
    continue: fc.boolean(),
  },
  { requiredKeys: ["effect"] },
);
const someRule = fc.oneof(
  { weight: 3, arbitrary: goodRule },
  fc.anything({ withBigInt: true, withNullPrototype: true, withDate: true, withMap: true }),
  fc.record(
    {
      effect: fc.oneof({ weight: 4, arbitrary: someEffect }, { weight: 1, arbitrary: scalar }),
      match: fc.dictionary(
        fc.constantFrom(
          "service",
          "operations",
          "stream",
          "shardId",
          "nth",
          "probability",
          "userAgent",
          "keyPrefix",
          "minRecordBytes",
          "account",
        ),
        scalar,
        { maxKeys: 2 },
      ),
      times: scalar,
      continue: fc.constantFrom<unknown>(true, false, 1),
    },
    { requiredKeys: ["effect"] },
  ),
  fc.dictionary(fc.constantFrom("preset", "stream", "percentage", "forMs", "operations"), scalar),
);

test("whatever is handed in as a rule, it is taken or refused with INVALID_OPTIONS", () => {
  const { emulator } = newEmulator();
  let taken = 0;
  fc.assert(
    fc.property(someRule, (rule) => {
      try {
        emulator.faults.add(rule as FaultInput);
        taken += 1;
      } catch (error) {
        if (!KinesisError.is(error, "INVALID_OPTIONS")) throw error;
        expect(error.details.problems.length).toBeGreaterThan(0);
      }
    }),
    { numRuns: 3000 },
  );
  expect(taken).toBeGreaterThan(100);
});

const someCall = fc.tuple(
  fc.constantFrom(...OPERATIONS.keys()),
  fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.record(
      {
        StreamName: fc.constantFrom<unknown>("s", "t", 7),
        PartitionKey: fc.constantFrom<unknown>("k", "s", null),
        Data: fc.constantFrom<unknown>("", "AAAA", 1),
        ExplicitHashKey: fc.constantFrom<unknown>("0", "x", "9".repeat(39)),
        ShardId: fc.constantFrom<unknown>("shardId-000000000000", 3),
        ShardIteratorType: fc.constantFrom("LATEST", "TRIM_HORIZON"),
        ShardIterator: fc.constantFrom<unknown>("garbage", 1),
        Records: fc.array(fc.constantFrom<unknown>({ PartitionKey: "k", Data: "" }, null, {}), {
          maxLength: 3,
        }),
        NextToken: fc.constantFrom<unknown>("garbage", {}),
      },
      { requiredKeys: [] },
    ),
  ),
);

test("whatever rules there are and whatever is called, a call is answered or fails as the port promises", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(someRule, { maxLength: 5 }),
      fc.array(someCall, { minLength: 1, maxLength: 8 }),
      async (rules, calls) => {
        const clock = new VirtualClock();
        const random = new SeededRandom(1);
        using emulator = new Emulator({ clock, random, streams: { s: 2 } });
        for (const rule of rules) {
          try {
            emulator.faults.add(rule as FaultInput);
          } catch (error) {
            if (!KinesisError.is(error, "INVALID_OPTIONS")) throw error;
          }
        }
        const answers = calls.map(([operation, input]) =>
          emulator.call(operation, input).catch((error: unknown) => {
            if (!KinesisError.is(error, "API_CALL_FAILED")) throw error;
          }),
        );
        await clock.advance(10);
        emulator.close();
        await Promise.all(answers);
        expect(clock.pendingTimers).toBe(0);
      },
    ),
    { numRuns: 500 },
  );
});
