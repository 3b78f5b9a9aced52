// What a Lambda function's handler does with the time of its invocation.
import { KinesisError } from "@shardline/consumer/lambda";
import { sleep } from "@shardline/core";
import { expect, test } from "vitest";
import type { ShardContext } from "../../src/batch/handler.ts";
import { eventOf, failuresOf, invoke, numbered, poisonedByText } from "../support/lambda.ts";
import { newGate } from "../support/promises.ts";

const ONE_BY_ONE = { batch: { maxRecords: 1 } };

test("retries stop a margin before the invocation's time is over, and what is not done is reported", async () => {
  const onFailure = { maxAttempts: 1000 };
  const { answer, clock, told, tries } = invoke(
    eventOf(numbered(4)),
    poisonedByText("3"),
    { onFailure },
    10_000,
  );
  await clock.advance(8999);
  expect([answer.state(), tries.at(-1)]).toEqual(["pending", ["3"]]);
  await clock.advance(1);
  expect(failuresOf(answer.value())).toEqual(["3"]);
  expect(told("recordsNotDone")).toMatchObject([
    { why: "out-of-time", error: new Error("poisoned by 3") },
  ]);
});

test("a handler that is at work then has its signal aborted, and what it answers is not counted", async () => {
  const { answer, clock, told } = invoke(
    eventOf(numbered(3)),
    async ({ records }, { signal }) => {
      if (records[0]?.sequenceNumber === "2") await untilAborted(signal);
    },
    ONE_BY_ONE,
    10_000,
  );
  await clock.advance(9000);
  expect(failuresOf(answer.value())).toEqual(["2"]);
  const [{ error } = {}] = told("recordsNotDone");
  expect(KinesisError.is(error, "INVOCATION_OVER")).toBe(true);
  expect(clock.nowMs()).toBe(9000);
});

test("what fails because the time is over is neither skipped nor tried again", async () => {
  const { answer, clock, told, tries } = invoke(
    eventOf(numbered(2)),
    async (_, { signal }) => {
      await untilAborted(signal);
      throw signal.reason;
    },
    { onFailure: { maxAttempts: 1, then: "skip" } },
    10_000,
  );
  await clock.advance(10_000);
  expect(failuresOf(answer.value())).toEqual(["1"]);
  expect([told("recordsSkipped"), tries.length]).toEqual([[], 1]);
});

test("a handler that does not end by its signal is waited for for half of the margin, and no longer", async () => {
  const gate = newGate();
  const { answer, clock } = invoke(
    eventOf(numbered(1)),
    () => gate.opened,
    { marginMs: 500 },
    3000,
  );
  await clock.advance(2749);
  expect(answer.state()).toBe("pending");
  await clock.advance(1);
  expect(failuresOf(answer.value())).toEqual(["1"]);
  gate.open();
});

test("an invocation without time for anything hands out nothing and reports everything", async () => {
  const { answer, clock, tries } = invoke(eventOf(numbered(2)), () => undefined, {}, 0);
  await clock.advance(0);
  expect([failuresOf(answer.value()), tries]).toEqual([["1"], []]);
});

test("without a context no time is kept", async () => {
  const { answer, clock } = invoke(eventOf(numbered(1)), () => sleep(clock, 3_600_000, never()));
  await clock.advance(3_599_999);
  expect(answer.state()).toBe("pending");
  await clock.advance(1);
  expect(failuresOf(answer.value())).toEqual([]);
});

test("a dead-letter sink that fails for too long leaves its record to the next invocation", async () => {
  const onFailure = {
    maxAttempts: 1,
    then: "dead-letter",
    deadLetter: () => Promise.reject(new Error("sink")),
  } as const;
  const { answer, clock } = invoke(
    eventOf(numbered(3)),
    poisonedByText("2"),
    { onFailure },
    20_000,
  );
  await clock.advance(19_000);
  expect(failuresOf(answer.value())).toEqual(["2"]);
});

test("a checkpoint says from where on records come again when the time is over", async () => {
  const { answer, clock } = invoke(
    eventOf(numbered(5)),
    async ({ records }, shard) => {
      await shard.checkpoint(records[2]);
      await untilAborted(shard.signal);
    },
    {},
    10_000,
  );
  await clock.advance(9000);
  expect(failuresOf(answer.value())).toEqual(["4"]);
});

test("of a batch that is checkpointed to its end and not done the last record comes again at least", async () => {
  const { answer, clock } = invoke(
    eventOf(numbered(5)),
    async (_, shard) => {
      await shard.checkpoint();
      throw new Error("all the same");
    },
    { onFailure: { maxAttempts: 2 } },
  );
  await clock.advance(10_000);
  expect(failuresOf(answer.value())).toEqual(["5"]);
});

test("a checkpoint has its bounds, and none is taken when the invocation is answered", async () => {
  let kept: ShardContext | undefined;
  const problems: unknown[] = [];
  const note = (work: Promise<unknown>): Promise<unknown> =>
    work.catch((e) => problems.push(e.code));
  const { clock } = invoke(eventOf(numbered(3)), async ({ records }, shard) => {
    kept = shard;
    const [first, second] = records;
    await shard.checkpoint(second);
    await shard.checkpoint(second);
    await note(shard.checkpoint(first));
    await note(shard.checkpoint({ sequenceNumber: "4", subSequenceNumber: 0 }));
    await note(shard.prepareCheckpoint());
  });
  await clock.advance(0);
  await note(kept?.checkpoint() ?? Promise.resolve());
  expect(problems).toEqual([
    "INVALID_CHECKPOINT",
    "INVALID_CHECKPOINT",
    "INVALID_CHECKPOINT",
    "INVOCATION_OVER",
  ]);
  expect(kept?.signal.aborted).toBe(true);
});

test("onFailure.timeoutMs is for each try, within the invocation's time", async () => {
  const onFailure = { timeoutMs: 100, maxAttempts: 2 };
  const { answer, clock, told } = invoke(
    eventOf(numbered(1)),
    (_, { signal }) => untilAborted(signal),
    { onFailure },
    60_000,
  );
  await clock.advance(59_000);
  expect(failuresOf(answer.value())).toEqual(["1"]);
  expect(told("handlerTimedOut")).toHaveLength(2);
});

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
}

function never(): AbortSignal {
  return new AbortController().signal;
}
