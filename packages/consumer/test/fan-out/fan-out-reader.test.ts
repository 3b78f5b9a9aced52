import type { KinesisApi, ShardSubscription, SubscriptionEvent } from "@shardline/core";
import { describe, expect, test } from "vitest";
import { PrefetchQueue } from "../../src/batch/prefetch-queue.ts";
import { ByteBudget } from "../../src/batch/byte-budget.ts";
import { failed } from "../support/failures.ts";
import { newFanOut } from "../support/fan-out.ts";
import { ANY_SIGNAL } from "../support/held.ts";
import { shardIdOf } from "../support/leases.ts";
import { range } from "../support/lease-views.ts";
import { newGate } from "../support/promises.ts";
import { failing } from "../support/polling.ts";

type SubscribeArgs = Parameters<KinesisApi["subscribeToShard"]>;

const STREAM = { name: "s" };
const SPLIT = { stream: STREAM, shardId: shardIdOf(0), newStartingHashKey: 2n ** 127n };

describe("start", () => {
  test("a shard is polled until the stream consumer is active and a subscription has brought something", async () => {
    const { clock, polls, put, subscribed, told } = newFanOut();
    await put("a", "b");
    const { fetches, texts } = await subscribed();
    expect(fetches[0]?.mode).toBeUndefined();
    expect(texts()).toEqual(["a", "b"]);
    expect(told.of("shardSubscribed")).toMatchObject([{ shardId: shardIdOf(0) }]);
    const polled = polls();
    await put("c");
    await clock.advance(1);
    await put("d");
    await clock.advance(60_000);
    expect(texts()).toEqual(["a", "b", "c", "d"]);
    expect(polls()).toBe(polled);
  });

  test("records that come while it is subscribed to come once, by whichever way", async () => {
    const { clock, put, read } = newFanOut({ emulator: { transitions: { consumerMs: 3000 } } });
    const { texts } = read();
    const all: string[] = [];
    for (const i of range(60)) {
      all.push(`r${i}`);
      await put(`r${i}`);
      await clock.advance(137);
    }
    expect(texts()).toEqual(all);
  });

  test("records that polling was faster with do not come again", async () => {
    const { clock, emulator, put, read } = newFanOut();
    emulator.faults.add({ effect: { kind: "delayEvents", ms: 4000 } });
    const { fetches, texts } = read();
    const all = range(12).map((i) => `r${i}`);
    for (const text of all) {
      await put(text);
      await clock.advance(700);
    }
    await clock.advance(60_000);
    expect(fetches.some(({ mode, records }) => mode === "fan-out" && records.length > 0)).toBe(
      true,
    );
    expect(texts()).toEqual(all);
  });

  test.each([
    ["a subscription", undefined],
    ["polling", "denied"],
  ] as const)("LATEST means what comes from the beginning on, by %s", async (_, refusal) => {
    const calls =
      refusal === undefined
        ? {}
        : {
            subscribeToShard: failing<SubscribeArgs, ShardSubscription>(
              ...range(3).map(() => failed(refusal)),
            ),
          };
    const { clock, put, read } = newFanOut({ calls });
    await put("before");
    await clock.advance(5000);
    const latest = { type: "LATEST" } as const;
    const { texts } = read({ start: { first: latest, again: latest } });
    await clock.advance(10);
    await put("a");
    await clock.advance(300);
    await put("b");
    await clock.advance(60_000);
    expect(texts()).toEqual(["a", "b"]);
  });

  test("a worker's first subscriptions are at most 50 a second", async () => {
    const { asked, clock, read } = newFanOut({ emulator: { streams: { s: 120 } } });
    for (const i of range(120)) read({ shardId: shardIdOf(i) });
    await clock.advance(4000);
    expect(asked.length).toBe(120);
    for (const [i, { atMs }] of asked.entries()) {
      const later = asked[i + 50];
      if (later !== undefined) expect(later.atMs - atMs).toBeGreaterThanOrEqual(999);
    }
  });

  test("a record that is gone since it was checkpointed is told once", async () => {
    const { clock, put, read, told } = newFanOut({ retentionMs: 86_400_000 });
    const [number = ""] = await put("a");
    await clock.advance(25 * 3_600_000);
    const at = { type: "AT_SEQUENCE_NUMBER", sequenceNumber: number } as const;
    const { texts } = read({ start: { first: at, again: at } });
    await clock.advance(20_000);
    await put("b");
    await clock.advance(900_000);
    expect(texts()).toEqual(["b"]);
    expect(told.of("positionTrimmed")).toMatchObject([{ sequenceNumber: number }]);
  });
});

describe("a subscription", () => {
  test("86 efo-5min: it ends / resubscribed < 1.2 s, no gap or duplicate", async () => {
    const { asked, clock, polls, put, subscribed, told } = newFanOut();
    const { texts } = await subscribed();
    const polled = polls();
    const all: string[] = [];
    for (const i of range(700)) {
      all.push(`r${i}`);
      await put(`r${i}`);
      await clock.advance(1000);
    }
    expect(texts()).toEqual(all);
    const ends = told.of("subscriptionEnded");
    expect(ends.map(({ how }) => how)).toEqual(["ended", "ended"]);
    expect(asked).toHaveLength(3);
    for (const [i, { lastedMs }] of ends.entries()) {
      const [before, next] = [asked[i]?.atMs ?? 0, asked[i + 1]?.atMs ?? 0];
      expect(next - before - lastedMs).toBeLessThan(1200);
      expect(asked[i + 1]?.start.type).toBe("AFTER_SEQUENCE_NUMBER");
    }
    expect(polls()).toBe(polled);
    expect(told.of("readFailed")).toEqual([]);
  });

  test("87 efo-resource-in-use: crash and restart < 5 s / retry with backoff until accepted", async () => {
    const { asked, clock, put, read, told } = newFanOut();
    const first = read();
    await clock.advance(2000);
    const [number = ""] = await put("a");
    await clock.advance(1);
    expect(first.fetches.at(-1)?.mode).toBe("fan-out");
    first.stop.abort(new Error("crashed"));
    const begun = asked.length;
    const at = { type: "AFTER_SEQUENCE_NUMBER", sequenceNumber: number } as const;
    const second = read({ start: { first: at, again: at } });
    await put("b");
    await clock.advance(1500);
    // Polled meanwhile.
    expect(second.texts()).toEqual(["b"]);
    await clock.advance(20_000);
    await put("c");
    await clock.advance(1);
    expect(second.fetches.at(-1)).toMatchObject({ mode: "fan-out", records: [{}] });
    expect(second.texts()).toEqual(["b", "c"]);
    const refusals = told.of("subscriptionFailed");
    expect(refusals.length).toBeGreaterThan(0);
    expect(refusals.every(({ kind }) => kind === "busy" || kind === "throttled")).toBe(true);
    const times = asked.slice(begun).map(({ atMs }) => atMs);
    expect(times).toHaveLength(refusals.length + 1);
    for (const [i, atMs] of times.entries()) {
      if (i > 0) expect(atMs - (times[i - 1] ?? 0)).toBeGreaterThanOrEqual(1100);
    }
  });

  test("88 efo-stall: no event 45 s / watchdog / reconnect from continuation", async () => {
    const { asked, clock, emulator, put, subscribed, told } = newFanOut();
    emulator.faults.add({ effect: { kind: "silence", afterEvents: 2 }, times: 1 });
    const { texts } = await subscribed();
    await clock.advance(5000);
    await put("lost in the silence");
    await clock.advance(45_000);
    expect(texts()).toEqual(["lost in the silence"]);
    expect(told.of("subscriptionEnded")).toMatchObject([{ how: "silent", events: 2 }]);
    expect(asked[1]?.start).toMatchObject({ type: "AFTER_SEQUENCE_NUMBER" });
    expect(told.of("readFailed")).toEqual([]);
  });

  test("89 efo-backpressure: handler slow / memory bounded, closed after 4 min, later resumed", async () => {
    const { asked, clock, closedAtMs, pulls, put, subscribed, told } = newFanOut();
    const queue = new PrefetchQueue({ maxRecords: 3, maxBytes: 1e6 }, new ByteBudget(1e6).open());
    const { fetches, texts } = await subscribed({
      room: queue,
      handle: async (fetch) => queue.push(fetch),
    });
    for (const i of range(3)) {
      await put(`r${i}`);
      await clock.advance(1000);
    }
    // Nothing more is asked for while there is no room.
    const pulled = fetches.filter(({ mode }) => mode === "fan-out").length;
    expect(pulls()).toBe(pulled);
    for (const i of range(17)) {
      await put(`r${i + 3}`);
      await clock.advance(1000);
    }
    expect(pulls()).toBe(pulled);
    // Three fill the queue, and nothing is taken from the subscription any more.
    expect(texts()).toEqual(["r0", "r1", "r2"]);
    await clock.advance(219_000);
    expect(closedAtMs).toEqual([]);
    await clock.advance(20_000);
    expect(closedAtMs).toHaveLength(1);
    await clock.advance(900_000);
    expect(asked).toHaveLength(1);
    expect(fetches.flatMap(({ records }) => records)).toHaveLength(3);
    const handling = new AbortController();
    const handle = async (): Promise<void> => {
      for (;;) queue.done(await queue.shift(handling.signal));
    };
    handle().catch(() => undefined);
    await clock.advance(20_000);
    expect(texts()).toEqual(range(20).map((i) => `r${i}`));
    expect(asked).toHaveLength(2);
    expect(told.of("subscriptionEnded")).toMatchObject([{ how: "stalled" }]);
    expect(told.of("readFailed")).toEqual([]);
    handling.abort();
  });

  test("89 efo-backpressure: a consumer that takes nothing for 4 min loses its subscription, and nothing else", async () => {
    const { clock, closedAtMs, put, subscribed, told } = newFanOut();
    let gate = newGate();
    gate.open();
    const { texts } = await subscribed({ handle: () => gate.opened });
    gate = newGate();
    await put("a");
    await clock.advance(1);
    await put("b");
    await clock.advance(241_000);
    expect(texts()).toEqual(["a"]);
    expect(closedAtMs).toHaveLength(1);
    gate.open();
    await clock.advance(1000);
    expect(told.of("subscriptionEnded")).toMatchObject([{ how: "stalled" }]);
    expect(texts()).toEqual(["a", "b"]);
  });

  test("90 efo-shard-end: null continuation with children / shard end path", async () => {
    const { clock, done, fetches, texts } = await endOfShard();
    await clock.advance(1000);
    expect(done.state()).toBe("resolved");
    expect(texts()).toEqual(["a", "b"]);
    const children = [{ shardId: shardIdOf(1) }, { shardId: shardIdOf(2) }];
    expect(fetches.at(-1)?.next).toMatchObject({ kind: "shard-end", childShards: children });
  });

  test("90 efo-shard-end: null w/o children / retry", async () => {
    let childless = 2;
    const { clock, done, fetches, texts, told } = await endOfShard((event) => {
      if (event.next.kind !== "shard-end" || childless === 0) return event;
      childless -= 1;
      return { ...event, next: { kind: "shard-end", childShards: [] } };
    });
    await clock.advance(60_000);
    expect(childless).toBe(0);
    expect(told.of("readFailed")).toMatchObject([
      { operation: "SubscribeToShard", reason: expect.stringContaining("no child") },
      { operation: "SubscribeToShard", reason: expect.stringContaining("no child") },
    ]);
    expect(done.state()).toBe("resolved");
    expect(texts()).toEqual(["a", "b"]);
    expect(fetches.filter(({ next }) => next.kind !== "more")).toHaveLength(1);
  });

  async function endOfShard(
    change: (event: SubscriptionEvent) => SubscriptionEvent = (same) => same,
  ) {
    const fanOut = newFanOut({
      calls: {
        subscribeToShard: async (next, ...args) => {
          const events = await next(...args);
          return (async function* () {
            for await (const event of events) yield change(event);
          })();
        },
      },
    });
    const ongoing = await fanOut.subscribed();
    await fanOut.put("a");
    await fanOut.clock.advance(10);
    await fanOut.put("b");
    await fanOut.kinesis.splitShard(SPLIT, ANY_SIGNAL);
    return { ...fanOut, ...ongoing };
  }
});

describe("mode", () => {
  test("91 efo-to-polling: 5 consecutive failures / auto mode / polling continues from last position", async () => {
    const { asked, clock, emulator, polls, put, subscribed, told } = newFanOut({ mode: "auto" });
    const { fetches, texts } = await subscribed();
    await put("a");
    await clock.advance(30_000);
    const polled = polls();
    const rule = emulator.faults.add({
      effect: { kind: "error", type: "InternalFailureException" },
      match: { operations: "SubscribeToShard" },
    });
    await clock.advance(240_000);
    await clock.advance(60_000);
    await put("b");
    await clock.advance(10_000);
    expect(told.of("fellBackToPolling")).toMatchObject([{ failures: 5, retryAfterMs: 60_000 }]);
    expect(polls()).toBeGreaterThan(polled);
    expect(texts()).toEqual(["a", "b"]);
    expect(told.of("readFailed")).toHaveLength(4);
    // It is subscribed to again, at growing intervals, and polled meanwhile.
    await clock.advance(600_000);
    const pauses = told.of("subscriptionFailed").map(({ retryAfterMs }) => retryAfterMs);
    expect(pauses.slice(0, 2)).toEqual([120_000, 240_000]);
    rule.remove();
    await put("c");
    await clock.advance(620_000);
    await put("d");
    await clock.advance(10);
    expect(fetches.at(-1)).toMatchObject({ mode: "fan-out", records: [{}] });
    expect(texts()).toEqual(["a", "b", "c", "d"]);
    expect(asked.at(-1)?.start.type).toBe("AFTER_SEQUENCE_NUMBER");
  });
});
