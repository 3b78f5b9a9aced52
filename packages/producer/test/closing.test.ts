// `close`: no record goes in any more, each is settled, and nothing is left behind.
import { apiCallFailed, silentLogger, sleep } from "@shardline/core";
import { type CloseSummary, createProducer } from "@shardline/producer";
import { describe, expect, it } from "vitest";
import { intercept } from "../../../test/support/intercept.ts";
import { failedCall, failureOf, refusing, slow } from "./support/failures.ts";
import { errorOf, newRig, type Rig, STREAM, watch } from "./support/rig.ts";

async function close(rig: Rig, timeoutMs: number): Promise<CloseSummary> {
  const summary = rig.producer.close({ timeoutMs });
  await rig.clock.advance(timeoutMs);
  return summary;
}

function put({ producer }: Rig, ...texts: string[]): Promise<unknown>[] {
  const puts = texts.map((data) => producer.put({ partitionKey: "k", data, context: data }));
  for (const each of puts) watch(each);
  return puts;
}

const contextsOf = ({ abandoned }: CloseSummary): unknown[] =>
  abandoned.map(({ context }) => context);

describe("close", () => {
  it("sends what waits without its linger, and counts everything over the producer's life", async () => {
    const rig = newRig({
      batch: { maxDelayMs: 60_000 },
      between: () => ({
        putRecords: refusing(({ partitionKey }) =>
          partitionKey === "bad" ? failureOf("rejected") : undefined,
        ),
      }),
    });
    await rig.clock.advance(0);
    watch(rig.producer.put({ partitionKey: "bad", data: "x" }));
    await rig.producer.flush();
    const receipts = put(rig, "a", "b");
    const closed: object[] = [];
    rig.producer.on("closed", (event) => void closed.push(event));
    expect(await rig.producer.close()).toEqual({ stored: 2, failed: 1, abandoned: [] });
    expect(closed).toEqual([{ stored: 2, failed: 1, abandoned: 0 }]);
    await Promise.all(receipts);
    expect(rig.clock.pendingTimers).toBe(0);
  });

  it("of a producer that did nothing is done at once", async () => {
    const rig = newRig();
    await expect(rig.producer.close()).resolves.toEqual({ stored: 0, failed: 0, abandoned: [] });
    expect(rig.clock.pendingTimers).toBe(0);
  });

  it("refuses a time that is none and goes on, so that a wrong number gives no record up", async () => {
    const rig = newRig({ between: ({ clock }) => ({ putRecords: slow(clock, 50) }) });
    await rig.clock.advance(0);
    const [receipt] = put(rig, "a");
    for (const timeoutMs of [Number.NaN, -1, "10" as unknown as number]) {
      expect(await errorOf(rig.producer.close({ timeoutMs }))).toMatchObject({
        code: "INVALID_OPTIONS",
        details: {
          problems: [
            `timeoutMs must be a number from 0 to Infinity, got ${typeof timeoutMs === "string" ? '"10"' : timeoutMs}`,
          ],
        },
      });
    }
    const closed = rig.producer.close({ timeoutMs: Number.POSITIVE_INFINITY });
    await rig.clock.advance(200);
    await receipt;
    expect(await closed).toEqual({ stored: 1, failed: 0, abandoned: [] });
  });

  it("A-close-twice: answers the same summary each time, and refuses put and ready from the first call on", async () => {
    const rig = newRig({ between: ({ clock }) => ({ putRecords: slow(clock, 50) }) });
    await rig.clock.advance(0);
    void put(rig, "a");
    const summaries = [rig.producer.close(), rig.producer.close({ timeoutMs: 0 })];
    const message = "put rejected: the producer is closed; create another one";
    for (const late of [
      rig.producer.put({ partitionKey: "k", data: "late" }),
      rig.producer.ready(),
    ]) {
      expect(await errorOf(late)).toMatchObject({
        code: "PRODUCER_CLOSED",
        message,
        isRetryable: false,
      });
    }
    await rig.clock.advance(100);
    const [first, second] = await Promise.all(summaries);
    expect(first).toEqual({ stored: 1, failed: 0, abandoned: [] });
    expect(second).toBe(first);
    expect(await rig.producer.close()).toBe(first);
    await expect(rig.producer.flush()).resolves.toEqual({ stored: 0, failed: 0 });
  });

  it("is what disposing does", async () => {
    const rig = newRig();
    await rig.clock.advance(0);
    const receipt = put(rig, "a");
    await rig.producer[Symbol.asyncDispose]();
    await Promise.all(receipt);
    expect((await errorOf(rig.producer.put({ partitionKey: "k", data: "x" }))).code).toBe(
      "PRODUCER_CLOSED",
    );
  });

  it("waits 30 seconds unless told otherwise", async () => {
    const rig = newRig({
      recordTtlMs: Infinity,
      between: () => ({ putRecords: refusing(() => failureOf("throttled")) }),
    });
    await rig.clock.advance(0);
    const [a] = put(rig, "a");
    const outcome = watch(a as Promise<unknown>);
    const summary = rig.producer.close();
    await rig.clock.advance(29_999);
    expect(outcome().kind).toBe("pending");
    await rig.clock.advance(1);
    expect(contextsOf(await summary)).toEqual(["a"]);
  });
});

describe("A-close: when the time is over", () => {
  it("what a shard refuses is given up, with its tries and the caller's context", async () => {
    const rig = newRig({ between: () => ({ putRecords: refusing(() => failureOf("throttled")) }) });
    await rig.clock.advance(0);
    const puts = put(rig, "a", "b");
    const summary = await close(rig, 5000);
    expect(summary).toEqual({
      stored: 0,
      failed: 2,
      abandoned: ["a", "b"].map((text) => ({
        partitionKey: "k",
        data: new Uint8Array(Buffer.from(text)),
        context: text,
      })),
    });
    const error = await errorOf(puts[0] as Promise<unknown>);
    expect(error).toMatchObject({
      code: "PRODUCER_CLOSED",
      details: { lastFailure: { kind: "throttled" }, mayHaveBeenWritten: false },
    });
    expect((error.details as { attemptCount: number }).attemptCount).toBe(rig.calls.length);
    expect(rig.clock.pendingTimers).toBe(0);
  });

  it("what is under way may have been written", async () => {
    const rig = newRig({
      batch: { maxDelayMs: 0 },
      between: ({ clock }) => ({ putRecords: slow(clock, 60_000) }),
    });
    await rig.clock.advance(0);
    const [a] = put(rig, "a");
    await rig.clock.advance(1000);
    const error = errorOf(a as Promise<unknown>);
    expect(contextsOf(await close(rig, 10))).toEqual(["a"]);
    expect((await error).details).toMatchObject({
      mayHaveBeenWritten: true,
      lastFailure: { awsName: "Unanswered" },
    });
  });

  it("what waits for room, in lanes and for an answer is given up, each once", async () => {
    const rig = newRig({
      batch: { maxDelayMs: 0 },
      buffer: { maxRecords: 3 },
      between: ({ clock }) => ({ putRecords: slow(clock, 60_000) }),
    });
    await rig.clock.advance(0);
    const puts = put(rig, "under way");
    await rig.clock.advance(0);
    puts.push(...put(rig, "lane 1", "lane 2", "waiting 1", "waiting 2"));
    const summary = await close(rig, 0);
    expect(contextsOf(summary)).toEqual([
      "under way",
      "lane 1",
      "lane 2",
      "waiting 1",
      "waiting 2",
    ]);
    expect([summary.stored, summary.failed]).toEqual([0, 5]);
    for (const each of puts) expect((await errorOf(each)).code).toBe("PRODUCER_CLOSED");
    expect(rig.clock.pendingTimers).toBe(0);
  });

  it("what waits for the first map is given up, and so is the listing", async () => {
    const rig = newRig({
      between: ({ clock }) => ({
        listShards: async (next, request, signal) => {
          await sleep(clock, 60_000, signal);
          return next(request, signal);
        },
      }),
    });
    void put(rig, "a");
    expect(contextsOf(await close(rig, 100))).toEqual(["a"]);
    expect(rig.clock.pendingTimers).toBe(0);
  });

  it("what waits between failing listings is given up", async () => {
    const rig = newRig({
      between: () => ({
        listShards: () => Promise.reject(apiCallFailed("ListShards", failureOf("transient"))),
      }),
    });
    void put(rig, "a");
    expect(contextsOf(await close(rig, 100))).toEqual(["a"]);
    expect(rig.clock.pendingTimers).toBe(0);
  });

  it("what an outage holds up is given up", async () => {
    const rig = newRig({
      between: () => ({ putRecords: () => Promise.reject(failedCall("unreachable")) }),
    });
    await rig.clock.advance(0);
    void put(rig, "a", "b");
    expect(contextsOf(await close(rig, 3000))).toEqual(["a", "b"]);
  });

  it("what landed on an unknown shard is given up, and may have been written", async () => {
    const rig = newRig({
      between: () => ({
        putRecords: async (next, ...args) => {
          const { outcomes } = await next(...args);
          return { outcomes: outcomes.map((outcome) => ({ ...outcome, shardId: "shardId-9" })) };
        },
      }),
    });
    await rig.clock.advance(0);
    const puts = put(rig, "a", "b");
    await rig.clock.advance(200);
    expect(contextsOf(await close(rig, 1000))).toEqual(["a", "b"]);
    expect((await errorOf(puts[0] as Promise<unknown>)).details).toMatchObject({
      mayHaveBeenWritten: true,
    });
  });

  it("those who wait for room hear of it", async () => {
    const rig = newRig({
      buffer: { maxRecords: 1 },
      between: ({ clock }) => ({ putRecords: slow(clock, 60_000) }),
    });
    await rig.clock.advance(0);
    void put(rig, "a");
    const ready = watch(rig.producer.ready());
    await close(rig, 10);
    expect(ready().kind).not.toBe("pending");
  });
});

describe("a port that answers what no port may", () => {
  it("stops the producer: it is told, nobody is left waiting, and close resolves", async () => {
    const rig = newRig({
      shards: 2,
      aggregation: false,
      between: () => ({
        putRecords: async (next, request, signal) => {
          const { outcomes } = await next(request, signal);
          return { outcomes: [undefined as never, ...outcomes.slice(1)] };
        },
      }),
    });
    const told: unknown[] = [];
    rig.producer.on("broken", ({ error }) => told.push(error));
    const puts = ["a", "b", "c"].map((key) =>
      watch(rig.producer.put({ partitionKey: key, data: key })),
    );
    await rig.clock.advance(1000);
    expect(told).toMatchObject([{ code: "INVARIANT_BROKEN" }]);
    for (const put of puts) expect(put().kind).not.toBe("pending");
    const late = errorOf(rig.producer.put({ partitionKey: "k", data: "x" }));
    expect((await late).code).toBe("PRODUCER_CLOSED");
    await rig.producer.flush();
    const { abandoned, failed, stored } = await rig.producer.close();
    const codes = puts.map((put) => {
      const outcome = put();
      return outcome.kind === "rejected" ? outcome.error.code : outcome.kind;
    });
    // Each is settled once, those of good outcomes beside the bad one, too.
    expect(codes).toEqual(puts.map(() => "PRODUCER_CLOSED"));
    expect([failed, stored, abandoned.length]).toEqual([puts.length, 0, puts.length]);
    expect(rig.clock.pendingTimers).toBe(0);
  });
});

describe("a clock that throws once", () => {
  it("stops the producer like a broken port does, and no error goes uncaught", async () => {
    const rig = newRig();
    let throws = false;
    const clock = intercept(rig.clock, {
      nowMs: (next) => {
        if (!throws) return next();
        throws = false;
        throw new Error("no time");
      },
    });
    const { kinesis } = rig;
    const producer = createProducer({ stream: STREAM, kinesis, clock, logger: silentLogger });
    const told: unknown[] = [];
    producer.on("broken", ({ error }) => told.push(error));
    const put = watch(producer.put({ partitionKey: "k", data: "x" }));
    await rig.clock.advance(0);
    void producer.flush();
    throws = true;
    await rig.clock.advance(0);
    expect(told).toEqual([new Error("no time")]);
    expect(put().kind).not.toBe("pending");
    await producer.close();
  });
});

describe("listeners", () => {
  it("may put, flush and close from inside an event", async () => {
    const rig = newRig({
      recordTtlMs: 1000,
      between: () => ({
        putRecords: refusing(({ partitionKey }) =>
          partitionKey === "bad" ? failureOf("rejected") : undefined,
        ),
      }),
    });
    await rig.clock.advance(0);
    const seen: string[] = [];
    rig.producer.on("recordsFailed", ({ code }) => {
      seen.push(code);
      void rig.producer.flush();
      void put(rig, "again");
      void rig.producer.close();
    });
    watch(rig.producer.put({ partitionKey: "bad", data: "x" }));
    await rig.clock.advance(2000);
    expect(await rig.producer.close()).toEqual({ stored: 1, failed: 1, abandoned: [] });
    expect(seen).toEqual(["RECORD_REJECTED"]);
  });

  it("that throw hurt nobody", async () => {
    const rig = newRig();
    rig.producer.on("callAnswered", () => {
      throw new Error("mine");
    });
    const receipts = put(rig, "a");
    await rig.clock.advance(200);
    await Promise.all(receipts);
    expect(rig.clock.pendingTimers).toBe(0);
  });

  it("hear of each answered call what it held, until they are disposed of", async () => {
    const rig = newRig({
      batch: { maxDelayMs: 0 },
      between: ({ clock }) => ({ putRecords: slow(clock, 20) }),
    });
    await rig.clock.advance(0);
    const heard: object[] = [];
    const listening = rig.producer.on("callAnswered", (event) => void heard.push(event));
    void put(rig, "a", "b");
    await rig.clock.advance(20);
    listening[Symbol.dispose]();
    void put(rig, "c");
    await rig.clock.advance(20);
    const bytes = (rig.calls[0]?.entries[0]?.data.length ?? 0) + 1;
    expect(heard).toEqual([
      { stream: "orders", carriers: 1, failedCarriers: 0, records: 2, bytes, durationMs: 20 },
    ]);
  });
});
