import { KinesisError, toLambdaHandler } from "@shardline/consumer/lambda";
import { expect, test } from "vitest";
import type { ConsumedRecord, ShardContext } from "../../src/batch/handler.ts";
import {
  aggregateRecord,
  malformedRecord,
  placeOf,
  plainRecord,
} from "../support/kinesis-records.ts";
import { eventOf, failuresOf, invoke, numbered, poisonedByText } from "../support/lambda.ts";
import { newGate } from "../support/promises.ts";

test("the records of an event come to the handler as a worker would hand them out, taken out of their aggregates", async () => {
  const inside = [
    { key: "b", text: "two" },
    { key: "c", hashKey: 7n, text: "three" },
  ];
  const event = eventOf([plainRecord(1, "one", "a"), aggregateRecord(2, inside)]);
  const records: ConsumedRecord[] = [];
  const { answer, clock } = invoke(event, (batch) => {
    records.push(...batch.records);
  });
  await clock.advance(0);
  expect(records.map(placeOf)).toEqual(["1/0 one", "2/0 two", "2/1 three"]);
  expect(records.map(({ partitionKey }) => partitionKey)).toEqual(["a", "b", "c"]);
  expect(records[2]).toMatchObject({ explicitHashKey: "7", arrivedAtMs: 1_000_002 });
  expect(answer.value()).toEqual({ batchItemFailures: [] });
});

test("a handler is told stream and shard, and that no lease fences it", async () => {
  const seen: [ShardContext, number][] = [];
  const { clock } = invoke(eventOf(numbered(1)), ({ millisBehindLatest }, shard) => {
    seen.push([shard, millisBehindLatest]);
  });
  await clock.advance(0);
  const ageMs = clock.wallTimeMs() - 1_000_001;
  expect(seen).toMatchObject([
    [{ stream: "orders", shardId: "shardId-000000000006", leaseEpoch: 0 }, ageMs],
  ]);
});

test("a source that is a consumer of the stream, by enhanced fan-out, is that stream", async () => {
  const arn = "arn:aws:kinesis:eu-west-1:123456789012:stream/orders/consumer/billing:1700000000";
  const { answer, clock } = invoke(eventOf(numbered(1), "shardId-0", arn), (_, { stream }) => {
    if (stream !== "orders") throw new Error(stream);
  });
  await clock.advance(0);
  expect(failuresOf(answer.value())).toEqual([]);
});

test("records are handed out in batches, one after the other", async () => {
  const { clock, tries } = invoke(eventOf(numbered(5)), () => undefined, {
    batch: { maxRecords: 2 },
  });
  await clock.advance(0);
  expect(tries).toEqual([["1", "2"], ["3", "4"], ["5"]]);
});

test("65 exception-retry: what fails comes again within the invocation, and is not reported when it is done then", async () => {
  let calls = 0;
  const { answer, clock, tries } = invoke(eventOf(numbered(1)), () => {
    calls += 1;
    if (calls < 3) throw new Error("not yet");
  });
  await clock.advance(60_000);
  expect(tries).toHaveLength(3);
  expect(failuresOf(answer.value())).toEqual([]);
});

test("where the policy is to halt, the record that keeps failing is reported, those before it are done, those behind it wait", async () => {
  const { answer, clock, told, tries } = invoke(eventOf(numbered(8)), poisonedByText("4"));
  await clock.advance(60_000);
  expect(failuresOf(answer.value())).toEqual(["4"]);
  expect(tries.slice(1).flat()).not.toContain("5");
  expect(tries.at(-1)).toEqual(["4"]);
  expect(told("recordsNotDone")).toEqual([
    {
      stream: "orders",
      shardId: "shardId-000000000006",
      sequenceNumber: "4",
      why: "halted",
      error: new Error("poisoned by 4"),
    },
  ]);
});

test("of an aggregate of which one record fails the whole is reported: Lambda knows Kinesis records only", async () => {
  const inside = ["a", "b", "c"].map((text) => ({ text }));
  const event = eventOf([plainRecord(1, "1"), aggregateRecord(2, inside), plainRecord(3, "3")]);
  const { answer, clock, tries } = invoke(event, poisonedByText("c"));
  await clock.advance(60_000);
  expect(failuresOf(answer.value())).toEqual(["2"]);
  expect(tries.at(-1)).toEqual(["c"]);
});

test("a record that the handler names in failedAt is reported, without halves", async () => {
  const { answer, clock, tries } = invoke(
    eventOf(numbered(4)),
    ({ records }) => {
      const failedAt = records.find(({ sequenceNumber }) => sequenceNumber === "3");
      return failedAt === undefined ? undefined : { failedAt };
    },
    { onFailure: { maxAttempts: 2 } },
  );
  await clock.advance(60_000);
  expect(failuresOf(answer.value())).toEqual(["3"]);
  expect(tries).toEqual([
    ["1", "2", "3", "4"],
    ["3", "4"],
  ]);
});

test("a record that is skipped because the policy says so is told, and is not reported", async () => {
  const onFailure = { maxAttempts: 1, then: "skip" } as const;
  const { answer, clock, told } = invoke(eventOf(numbered(4)), poisonedByText("2"), { onFailure });
  await clock.advance(60_000);
  expect(failuresOf(answer.value())).toEqual([]);
  expect(told("recordsSkipped")).toMatchObject([{ records: 1, first: { sequenceNumber: "2" } }]);
});

test("a dead letter is taken before the invocation is answered", async () => {
  const gate = newGate();
  const letters: string[] = [];
  const { answer, clock } = invoke(eventOf(numbered(2)), poisonedByText("2"), {
    onFailure: {
      maxAttempts: 1,
      then: "dead-letter",
      deadLetter: async ({ sequenceNumber, stream }) => {
        await gate.opened;
        letters.push(`${stream} ${sequenceNumber}`);
      },
    },
  });
  await clock.advance(60_000);
  expect(answer.state()).toBe("pending");
  gate.open();
  await clock.advance(0);
  expect([letters, failuresOf(answer.value())]).toEqual([["orders 2"], []]);
});

test("an aggregate that cannot be taken apart meets the policy, and no handler", async () => {
  const event = eventOf([plainRecord(1, "1"), malformedRecord(2), plainRecord(3, "3")]);
  const { answer, clock, told, tries } = invoke(event, () => undefined);
  await clock.advance(60_000);
  expect(failuresOf(answer.value())).toEqual(["2"]);
  expect(tries).toEqual([["1"]]);
  expect(told("aggregatesMalformed")).toHaveLength(1);
  const [{ error } = {}] = told("recordsNotDone");
  expect(KinesisError.is(error, "AGGREGATE_MALFORMED")).toBe(true);
});

test("nothing is left out as not belonging to its shard: an event does not tell the range", async () => {
  const event = eventOf([
    aggregateRecord(1, [
      { hashKey: 0n, text: "low" },
      { hashKey: 2n ** 128n - 1n, text: "high" },
    ]),
  ]);
  const { clock, tries } = invoke(event, () => undefined);
  await clock.advance(0);
  expect(tries).toEqual([["low", "high"]]);
});

test("several shards in one event are handled side by side, and each reports for itself", async () => {
  const gate = newGate();
  const { Records: left } = eventOf(numbered(3), "shardId-000000000001");
  const { Records: right } = eventOf(numbered(3), "shardId-000000000002");
  const mixed = left.flatMap((record, i) => [record, ...right.slice(i, i + 1)]);
  const seen: string[] = [];
  const { answer, clock } = invoke({ Records: mixed }, async (batch, shard) => {
    seen.push(shard.shardId);
    await gate.opened;
    if (shard.shardId.endsWith("2")) return poisonedByText("2")(batch, shard);
    return undefined;
  });
  await clock.advance(0);
  expect(seen).toEqual(["shardId-000000000001", "shardId-000000000002"]);
  gate.open();
  await clock.advance(60_000);
  expect(failuresOf(answer.value())).toEqual(["2"]);
});

test("records that are out of order, in an event made by hand, are put in the order of the shard", async () => {
  const event = eventOf([9, 10, 8].map((n) => plainRecord(n, String(n))));
  const { clock, tries } = invoke(event, () => undefined);
  await clock.advance(0);
  expect(tries).toEqual([["8", "9", "10"]]);
});

test("a tumbling window's state is handed on, also by an event that only ends the window", async () => {
  const window = {
    window: { start: "2026-11-22T00:00:00Z", end: "2026-11-22T00:02:00Z" },
    state: { sum: 7 },
    shardId: "shardId-000000000006",
    eventSourceARN: "arn:aws:kinesis:eu-west-1:123456789012:stream/orders",
    isFinalInvokeForWindow: true,
    isWindowTerminatedEarly: false,
  };
  const { answer, clock, lambda } = invoke({ ...window, ...eventOf(numbered(1)) }, () => undefined);
  await clock.advance(0);
  expect(answer.value()).toEqual({ batchItemFailures: [], state: { sum: 7 } });
  expect(await lambda({ ...window, Records: [] })).toEqual(answer.value());
  const { state: _, ...first } = window;
  expect(await lambda({ ...first, Records: [] })).toEqual({ batchItemFailures: [], state: {} });
});

test("with report: throw the invocation fails, with the cause, and says from where on", async () => {
  const { answer, clock } = invoke(eventOf(numbered(3)), poisonedByText("2"), { report: "throw" });
  await clock.advance(60_000);
  const reason = answer.reason();
  if (!KinesisError.is(reason, "RECORDS_NOT_DONE")) throw reason;
  expect(reason.details.from).toEqual([{ shardId: "shardId-000000000006", sequenceNumber: "2" }]);
  expect(reason.cause).toEqual(new Error("poisoned by 2"));
});

test("with report: throw an invocation whose records are done is answered", async () => {
  const { answer, clock } = invoke(eventOf(numbered(3)), () => undefined, { report: "throw" });
  await clock.advance(0);
  expect(answer.value()).toEqual({ batchItemFailures: [] });
});

test("what a listener throws does not reach the records", async () => {
  const { answer, clock, lambda } = invoke(eventOf(numbered(1)), () => undefined);
  lambda.on("batchProcessed", () => {
    throw new Error("listener");
  });
  await clock.advance(0);
  expect(failuresOf(answer.value())).toEqual([]);
});

const [good] = eventOf(numbered(1)).Records;

test.each([
  ["undefined", undefined, "it has no Records"],
  [
    "of a queue",
    { Records: [{ eventSource: "aws:sqs", body: "x" }] },
    "record 0 is not one of a stream",
  ],
  [
    "of a table's stream",
    { Records: [{ ...good, kinesis: undefined, dynamodb: {} }] },
    "record 0 is not one of a stream",
  ],
  [
    "without a number",
    { Records: [good, { ...good, kinesis: { ...good?.kinesis, sequenceNumber: "x" } }] },
    "record 1 is not one of a stream",
  ],
  [
    "without an ARN",
    { Records: [{ ...good, eventSourceARN: "orders/x" }] },
    "record 0 has no ARN of a stream",
  ],
  ["without a shard", { Records: [{ ...good, eventID: "1" }] }, "record 0 does not say its shard"],
])(
  "an event %s fails the invocation, so that nothing is taken for done",
  async (_, event, problem) => {
    const { answer, clock, tries } = invoke(event as never, () => undefined);
    await clock.advance(0);
    const reason = answer.reason();
    if (!KinesisError.is(reason, "INVALID_EVENT")) throw reason;
    expect([reason.details.problem, tries]).toEqual([problem, []]);
  },
);

test("wrong options are refused, all of them at once, before anything is invoked", () => {
  const wrong = {
    onFailure: { haltMs: 1000, then: "dead-letter" },
    report: "x",
    marginMs: 0,
    bach: {},
  };
  expect(() => toLambdaHandler(() => undefined, wrong as never)).toThrow(
    /bach.*onFailure.haltMs means nothing here.*deadLetter goes with.*report must be.*marginMs must be/s,
  );
  expect(() => toLambdaHandler(undefined as never)).toThrow("the handler must be a function");
});
