import { describe, expect, test } from "vitest";
import type { DeadLetter } from "../../src/handling/dead-letter.ts";
import { malformedRecord, textOf } from "../support/kinesis-records.ts";
import { startLanes } from "../support/laning.ts";

const BATCHES = { limits: { maxRecords: 100, maxBytes: 1e6 } };

describe("a key whose record fails", () => {
  test("65 exception-retry: tries it again, in front of what comes behind it", async () => {
    const { begun, clock, end, fail } = await startLanes(["a:1", "a:2"]);
    await fail("a:1");
    await clock.advance(200);
    await fail("a:1");
    await clock.advance(400);
    await end("a:1");
    expect(begun).toEqual(["a:1", "a:1", "a:1", "a:2"]);
  });

  test("leaves its turn to others between two tries, and comes before them when it is due", async () => {
    const texts = ["a:1", "b:1", "c:1", "d:1"];
    const { begun, clock, end, fail } = await startLanes(texts, { concurrency: 1 });
    await fail("a:1");
    expect(begun).toEqual(["a:1", "b:1"]);
    await clock.advance(200);
    await end("b:1");
    expect(begun).toEqual(["a:1", "b:1", "a:1"]);
  });

  test("more keys than there may be calls may fail, and hold nobody up", async () => {
    const texts = ["a:1", "b:1", "c:1", "d:1"];
    const { begun, end, fail, tally } = await startLanes(texts);
    for (const text of ["a:1", "b:1", "c:1"]) await fail(text);
    expect(begun).toEqual(texts);
    await end("d:1");
    expect([tally.failures, tally.handled]).toEqual([3, 1]);
  });
});

describe("66 poison-halt", () => {
  const onFailure = { maxAttempts: 1, haltMs: 9000 };
  const texts = ["a:1", "b:1", "a:2", "c:1", "b:2"];

  test("a key rests at its record, the others go on, and the checkpoint stays before it", async () => {
    const { begun, checkpointed, end, events, fail, item, placeOf, runner, told } =
      await startLanes(texts, {}, { onFailure });
    await end("b:1");
    await fail("a:1");
    await end("c:1");
    await end("b:2");
    expect(begun).toEqual(["a:1", "b:1", "c:1", "b:2"]);
    expect(await checkpointed()).toBeUndefined();
    expect([runner.look.haltedAt, item().haltedAt]).toEqual([placeOf("a:1"), placeOf("a:1")]);
    expect(events.of("shardHalted")).toHaveLength(1);
    expect(told).toEqual([]);
  });

  test("of several that rest the first in the shard is told, and skipRecord skips it alone", async () => {
    const { begun, clock, events, fail, held, item, placeOf, runner } = await startLanes(
      ["a:1", "b:1", "a:2", "b:2"],
      {},
      { onFailure },
    );
    await fail("b:1");
    await held.renew();
    expect(item().haltedAt).toEqual(placeOf("b:1"));
    await fail("a:1");
    expect(runner.look.haltedAt).toEqual(placeOf("a:1"));
    expect(runner.endRest("skip")).toBe(true);
    await clock.advance(0);
    expect(begun.slice(2)).toEqual(["a:2"]);
    expect(events.of("recordsSkipped")).toMatchObject([
      { records: 1, first: placeOf("a:1"), by: "skipRecord" },
    ]);
    expect(runner.look.haltedAt).toEqual(placeOf("b:1"));
    await held.renew();
    expect(item()).toMatchObject({ checkpoint: placeOf("a:1"), haltedAt: placeOf("b:1") });
  });

  test("retryShard has all of them try again", async () => {
    const { begun, clock, end, events, fail, runner } = await startLanes(
      ["a:1", "b:1"],
      {},
      { onFailure },
    );
    await fail("a:1");
    await fail("b:1");
    expect(runner.endRest("retry")).toBe(true);
    await clock.advance(0);
    expect(begun).toEqual(["a:1", "b:1", "a:1", "b:1"]);
    expect(runner.endRest("retry")).toBe(false);
    await end("a:1");
    await end("b:1");
    expect(events.of("shardResumed")).toHaveLength(2);
    expect(runner.look.haltedAt).toBeUndefined();
  });

  test("drained while a key rests, the shard is given up where that is", async () => {
    const { end, fail, item, placeOf, runner, told } = await startLanes(texts, {}, { onFailure });
    await end("a:1");
    await fail("b:1");
    runner.drain();
    await end("a:2");
    await end("c:1");
    expect(told).toEqual(["released to anybody"]);
    expect(item().checkpoint).toEqual(placeOf("a:1"));
  });
});

test("skip: what keeps failing is skipped, and the next of its key comes", async () => {
  const onFailure = { maxAttempts: 2, then: "skip" } as const;
  const { begun, checkpointed, clock, end, fail, tally } = await startLanes(
    ["a:1", "b:1", "a:2"],
    {},
    { onFailure },
  );
  await fail("a:1");
  await clock.advance(200);
  await fail("a:1");
  await end("a:2");
  expect(await checkpointed()).toBe("a:1");
  await end("b:1");
  expect(await checkpointed()).toBe("a:2");
  expect([begun, tally.skipped]).toEqual([["a:1", "b:1", "a:1", "a:2"], 1]);
});

test("67 poison-dlq, 68 dlq-down: a key waits for the dead-letter sink, with its turn given back", async () => {
  const letters: DeadLetter[] = [];
  let isDown = true;
  const deadLetter = (letter: DeadLetter): void => {
    if (isDown) throw new Error("down");
    letters.push(letter);
  };
  const onFailure = { maxAttempts: 1, then: "dead-letter", deadLetter } as const;
  const { begun, checkpointed, clock, end, fail } = await startLanes(
    ["a:1", "b:1", "a:2"],
    { concurrency: 1 },
    { onFailure },
  );
  await fail("a:1");
  await end("b:1");
  expect([begun, letters]).toEqual([["a:1", "b:1"], []]);
  expect(await checkpointed()).toBeUndefined();
  isDown = false;
  await clock.advance(1000);
  expect(letters.map(textOf)).toEqual(["a:1"]);
  await end("a:2");
  expect(await checkpointed()).toBe("a:2");
});

describe("batches of a key", () => {
  test("69 bisect: are tried by halves until the record at fault is alone; other keys go on", async () => {
    const onFailure = { maxAttempts: 1, then: "skip" } as const;
    const texts = ["a:1", "a:2", "a:3", "a:4", "b:1", "c:1"];
    const { begun, checkpointed, clock, end, fail } = await startLanes(
      texts,
      { ...BATCHES, concurrency: 3 },
      { onFailure },
    );
    await fail("a:1+a:2+a:3+a:4");
    await clock.advance(200);
    await end("a:1+a:2");
    await fail("a:3+a:4");
    expect(begun).toEqual(["a:1+a:2+a:3+a:4", "b:1", "c:1", "a:1+a:2", "a:3+a:4"]);
    expect(await checkpointed()).toBe("a:2");
    await end("b:1");
    await clock.advance(200);
    await fail("a:3");
    await end("a:4");
    expect(await checkpointed()).toBe("b:1");
  });

  test("70 partial-batch: the part before failedAt is done, the rest comes again", async () => {
    const outcomes: string[] = ["a:2"];
    const setup = {
      handle: ({ records }: { readonly records: readonly { readonly data: Uint8Array }[] }) => {
        const failed = records.find((record) => textOf(record) === outcomes[0]);
        if (failed === undefined) return undefined;
        outcomes.shift();
        return { failedAt: failed as never };
      },
    };
    const { begun, checkpointed, clock, end } = await startLanes(
      ["a:1", "b:1", "a:2", "a:3"],
      BATCHES,
      setup,
    );
    await end("b:1");
    await end("a:1+a:2+a:3");
    expect(await checkpointed()).toBe("b:1");
    await clock.advance(200);
    await end("a:2+a:3");
    expect(await checkpointed()).toBe("a:3");
    expect(begun).toEqual(["a:1+a:2+a:3", "b:1", "a:2+a:3"]);
  });
});

test("timeoutMs: a call that takes too long keeps its turn and its key until it returns, and has failed", async () => {
  const texts = ["a:1", "a:2", "b:1", "c:1"];
  const { begun, clock, end, events, tally } = await startLanes(
    texts,
    {},
    { onFailure: { timeoutMs: 1000 } },
  );
  await clock.advance(500);
  await end("b:1");
  await clock.advance(500);
  expect(events.of("handlerTimedOut")).toHaveLength(1);
  expect(begun).toEqual(["a:1", "b:1", "c:1"]);
  await end("a:1");
  await clock.advance(200);
  expect([begun.slice(3), tally.failures]).toEqual([["a:1"], 1]);
  for (const text of ["c:1", "a:1", "a:2"]) await end(text);
});

test("maxRecordAgeMs: what is too old meets the policy without a call, also while it waits for its turn", async () => {
  const onFailure = { maxRecordAgeMs: 3000, then: "skip" } as const;
  const { begun, checkpointed, clock, end, tally } = await startLanes(
    ["a:1", "b:1", "c:1", "d:1", "a:2"],
    {},
    { onFailure },
  );
  await clock.advance(4000);
  await end("a:1");
  await end("b:1");
  expect([begun, tally.skipped]).toEqual([["a:1", "b:1"], 3]);
  expect(await checkpointed()).toBe("a:2");
});

test("82 aggregate-corrupt: an aggregate that cannot be taken apart meets the policy in the line of its key", async () => {
  const { begun, clock, end, events, putData, putKeyed, tally } = await startLanes(
    ["k:1"],
    {},
    { onFailure: { maxAttempts: 1, then: "skip" } },
  );
  await putData(malformedRecord(1).data);
  await putKeyed("k:2", "b:1");
  await clock.advance(2000);
  expect([begun, tally.skipped]).toEqual([["k:1", "b:1"], 0]);
  await end("k:1");
  expect([begun, tally.skipped]).toEqual([["k:1", "b:1", "k:2"], 1]);
  expect(events.of("aggregatesMalformed")).toHaveLength(1);
});
