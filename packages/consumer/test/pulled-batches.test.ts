import { KinesisError } from "@shardline/core";
import { describe, expect, test } from "vitest";
import { createConsumer } from "../src/consumer.ts";
import type { ConsumerOptions } from "../src/options.ts";
import { Fleet } from "./support/fleet.ts";
import { pullFrom, textsOf } from "./support/pulling.ts";

const BATCH = { maxRecords: 2 };
const TEXTS = ["r0", "r1", "r2", "r3", "r4"];

async function newFleet(shards = 1): Promise<Fleet> {
  const fleet = new Fleet(shards);
  await fleet.put(TEXTS);
  return fleet;
}

/** What comes to the next worker. */
async function delivered(fleet: Fleet): Promise<readonly string[]> {
  fleet.start("after");
  await fleet.clock.advance(20_000);
  return fleet.texts;
}

describe("a pull", () => {
  test("brings the next batch when the one before is acknowledged", async () => {
    const fleet = await newFleet();
    const { ending, next, pull } = pullFrom(fleet, { batch: BATCH });
    const first = await next();
    expect([textsOf(first), first.shard.stream, first.millisBehindLatest]).toEqual([
      "r0+r1",
      "orders",
      0,
    ]);
    const second = await pull();
    expect(second.state()).toBe("pending");
    first.ack();
    await fleet.clock.advance(0);
    expect(second.state()).toBe("resolved");
    ending.abort();
    await fleet.clock.advance(40_000);
  });

  test("is the back-pressure: without one nothing is handed out, nor could be checkpointed", async () => {
    const fleet = await newFleet();
    const { ending, next, consumer, pull } = pullFrom(fleet, { batch: BATCH });
    const first = await next();
    first.ack();
    await fleet.clock.advance(9000);
    await first.shard.checkpoint();
    expect(fleet.table.snapshot()[0]?.checkpoint).toEqual(consumer.stats().shards[0]?.position);
    ending.abort();
    expect((await pull()).value()).toEqual({ done: true, value: undefined });
    expect((await delivered(fleet)).join()).toBe("r2,r3,r4");
  });

  test("starts the worker, and no other", async () => {
    const fleet = await newFleet();
    const { consumer, ending, next, pull } = pullFrom(fleet);
    await fleet.clock.advance(10_000);
    expect([fleet.owners, consumer.health().status]).toEqual([[], "down"]);
    (await next()).ack();
    expect(fleet.owners).toEqual(["puller"]);
    const again = consumer.batches().next();
    await expect(again).rejects.toSatisfy((error) =>
      KinesisError.is(error, "CONSUMER_ALREADY_RUN"),
    );
    ending.abort();
    await pull();
  });

  test("goes to another shard when the one that it was promised to is lost meanwhile, or paused", async () => {
    const fleet = new Fleet(2);
    for (const key of ["a", "b", "c", "d"]) await fleet.put([key], key);
    const { consumer, ending, next, pull } = pullFrom(fleet, { batch: { maxRecords: 1 } });
    const first = await next();
    const { shardId } = first.shard;
    first.ack();
    await fleet.clock.advance(1000);
    consumer.pause({ shardId });
    const second = await next();
    expect(second.shard.shardId).not.toBe(shardId);
    second.ack();
    ending.abort();
    await pull();
  });
});

describe("batches of several shards, or of several keys", () => {
  test("are acknowledged in any order", async () => {
    const fleet = await newFleet();
    const options: Partial<ConsumerOptions> = {
      batch: BATCH,
      concurrency: 3,
      ordering: "none",
    };
    const { ending, next, pull } = pullFrom(fleet, options);
    const [a, b, c] = [await next(), await next(), await next()];
    expect([a, b, c].map(textsOf)).toEqual(["r0+r1", "r2+r3", "r4"]);
    c.ack();
    b.ack();
    await a.shard.checkpoint();
    expect(fleet.table.snapshot()[0]?.checkpoint.sequenceNumber).toBe("TRIM_HORIZON");
    a.ack();
    await fleet.clock.advance(0);
    await a.shard.checkpoint();
    expect(fleet.table.snapshot()[0]?.checkpoint.sequenceNumber).toBe(c.records[0]?.sequenceNumber);
    ending.abort();
    await pull();
  });
});

describe("a batch that failed", () => {
  test("meets the policy: it comes again, in halves", async () => {
    const fleet = await newFleet();
    const { consumer, ending, next, pull } = pullFrom(fleet, { batch: BATCH });
    const errors: unknown[] = [];
    consumer.on("batchFailed", ({ error }) => errors.push(error));
    const error = new Error("no");
    (await next()).fail(error);
    expect(textsOf(await next())).toBe("r0");
    expect(errors).toEqual([error]);
    ending.abort();
    await fleet.clock.advance(40_000);
    await pull();
  });

  test("is done before the record that is named", async () => {
    const fleet = await newFleet();
    const { ending, next, pull } = pullFrom(fleet, { batch: BATCH });
    const first = await next();
    first.fail(new Error("no"), first.records[1]);
    const again = await next();
    expect(textsOf(again)).toBe("r1");
    again.ack();
    ending.abort();
    await pull();
    expect((await delivered(fleet)).join()).toBe("r2,r3,r4");
  });

  test("only the first word about it counts", async () => {
    const fleet = await newFleet();
    const { ending, next, pull } = pullFrom(fleet, { batch: BATCH });
    const first = await next();
    first.ack();
    first.fail(new Error("too late"));
    const second = await next();
    expect(textsOf(second)).toBe("r2+r3");
    second.ack();
    ending.abort();
    await pull();
  });

  test("the time limit of a batch begins when it is handed out", async () => {
    const fleet = await newFleet();
    const onFailure = { timeoutMs: 5000 };
    const { consumer, ending, next, pull } = pullFrom(fleet, { batch: BATCH, onFailure });
    const late: number[] = [];
    consumer.on("handlerTimedOut", ({ records }) => late.push(records));
    const first = await next();
    first.ack();
    await fleet.clock.advance(9000);
    const second = await next();
    expect(late).toEqual([]);
    await fleet.clock.advance(5000);
    expect([late, second.shard.signal.aborted]).toEqual([[2], true]);
    second.ack();
    ending.abort();
    await pull();
  });
});

describe("the end", () => {
  test("abort of the signal: what is handed out may still be acknowledged, then it is over", async () => {
    const fleet = await newFleet();
    const { ending, next, pull } = pullFrom(fleet, { batch: BATCH });
    const first = await next();
    ending.abort();
    const last = await pull();
    expect(last.state()).toBe("pending");
    first.ack();
    await fleet.clock.advance(1000);
    expect(last.value()).toEqual({ done: true, value: undefined });
    expect(fleet.owners).toEqual([undefined]);
    expect((await delivered(fleet)).join()).toBe("r2,r3,r4");
  });

  test("leaving the loop gives the leases up at once, and what was not acknowledged comes again", async () => {
    const fleet = await newFleet();
    const { leave, next } = pullFrom(fleet, { batch: BATCH });
    (await next()).ack();
    const second = await next();
    const left = leave();
    await fleet.clock.advance(1000);
    expect([left.state(), fleet.owners]).toEqual(["resolved", [undefined]]);
    second.ack();
    expect((await delivered(fleet)).join()).toBe("r2,r3,r4");
  });

  test("leaving it in the middle of a policy that skips does not skip what was in hand", async () => {
    const fleet = await newFleet();
    const onFailure = { maxAttempts: 1, then: "skip", bisect: false } as const;
    const { consumer, leave, next } = pullFrom(fleet, { batch: BATCH, onFailure });
    const skipped: number[] = [];
    consumer.on("recordsSkipped", ({ records }) => skipped.push(records));
    await next();
    leave();
    await fleet.clock.advance(1000);
    expect(skipped).toEqual([]);
    expect((await delivered(fleet)).join()).toBe(TEXTS.join());
  });

  test("leaving it waits for those that were handed out before, as long as a drain may take", async () => {
    const fleet = await newFleet();
    const options = { batch: BATCH, concurrency: 3, ordering: "none" } as const;
    const { leave, next } = pullFrom(fleet, options, { drainTimeoutMs: 5000 });
    const first = await next();
    await next();
    const left = leave();
    await fleet.clock.advance(4000);
    expect(left.state()).toBe("pending");
    first.ack();
    await fleet.clock.advance(100);
    expect([left.state(), fleet.owners]).toEqual(["resolved", [undefined]]);
    expect((await delivered(fleet)).join()).toBe("r2,r3,r4");
  });

  test("an error that ends the worker is thrown by the iteration", async () => {
    const fleet = await newFleet();
    const { pull } = pullFrom(fleet, { stream: "missing" });
    const pulled = await pull();
    await fleet.clock.advance(10_000);
    expect(KinesisError.is(pulled.reason(), "STREAM_NOT_FOUND")).toBe(true);
  });
});

test("a consumer with a handler has no batches to pull, and one without cannot run", async () => {
  const least: ConsumerOptions = { application: "billing", stream: "orders", startAt: "LATEST" };
  const consumer = createConsumer({ ...least, processBatch: () => undefined });
  expect(() => consumer.batches()).toThrow("batches are pulled from a consumer without");
  await expect(createConsumer(least).run()).rejects.toThrow("run needs a handler");
});
