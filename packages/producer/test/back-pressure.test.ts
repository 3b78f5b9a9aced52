// What a full buffer means to those who put.
import { describe, expect, it } from "vitest";
import { failureOf, refusing, slow } from "./support/failures.ts";
import { newRig, type Rig, watch } from "./support/rig.ts";

const OVERHEAD = 200;

/** One record in a call at a time, each for 100 ms. */
function newSlowRig(options: Parameters<typeof newRig>[0] = {}): Rig {
  return newRig({
    batch: { maxDelayMs: 0 },
    between: ({ clock }) => ({ putRecords: slow(clock, 100) }),
    ...options,
  });
}

function kindsOf(outcomes: readonly (() => { readonly kind: string })[]): string[] {
  return outcomes.map((outcome) => outcome().kind);
}

describe("A-backpressure: ready", () => {
  it("resolves at once while there is room, and when the first record of a full buffer is stored", async () => {
    const rig = newSlowRig({ buffer: { maxRecords: 2 } });
    await rig.clock.advance(0);
    const first = watch(rig.producer.ready());
    const put = (): (() => { readonly kind: string }) =>
      watch(rig.producer.put({ partitionKey: "k", data: "x" }));
    put();
    put();
    const second = watch(rig.producer.ready());
    await rig.clock.advance(99);
    expect(kindsOf([first, second])).toEqual(["resolved", "pending"]);
    await rig.clock.advance(1);
    expect(second().kind).toBe("resolved");
  });

  it("rejects with the reason of its signal", async () => {
    const rig = newSlowRig({ buffer: { maxRecords: 1 } });
    watch(rig.producer.put({ partitionKey: "k", data: "x" }));
    const stop = new AbortController();
    const reason = new Error("enough");
    const ready = rig.producer.ready({ signal: stop.signal });
    stop.abort(reason);
    await expect(ready).rejects.toBe(reason);
  });

  it("rejects even with room if its signal has aborted before", async () => {
    const { producer } = newRig();
    const reason = new Error("enough");
    await expect(producer.ready({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe("A-backpressure: put", () => {
  it("beyond the mark waits its turn and counts no sooner, first come, first served", async () => {
    const rig = newSlowRig({ buffer: { maxRecords: 1 } });
    await rig.clock.advance(0);
    const outcomes = ["a", "b", "c"].map((data) =>
      watch(rig.producer.put({ partitionKey: "k", data })),
    );
    await rig.clock.advance(100);
    expect(kindsOf(outcomes)).toEqual(["resolved", "pending", "pending"]);
    await rig.clock.advance(100);
    expect(kindsOf(outcomes)).toEqual(["resolved", "resolved", "pending"]);
    await rig.clock.advance(100);
    expect(rig.read().map(({ data }) => data)).toEqual(["a", "b", "c"]);
  });

  it("counts data, key and 200 bytes for each record", async () => {
    const bytes = 500 + 3 + OVERHEAD;
    const rig = newSlowRig({ buffer: { maxBytes: 2 * bytes } });
    await rig.clock.advance(0);
    for (let i = 0; i < 3; i += 1)
      watch(rig.producer.put({ partitionKey: "☃", data: new Uint8Array(500) }));
    await rig.clock.advance(100);
    expect(rig.read()).toHaveLength(2);
    await rig.clock.advance(100);
    expect(rig.read()).toHaveLength(3);
  });

  it("of a record larger than the whole buffer is admitted alone", async () => {
    const rig = newSlowRig({ buffer: { maxBytes: 1024 } });
    await rig.clock.advance(0);
    const outcome = watch(rig.producer.put({ partitionKey: "k", data: new Uint8Array(5000) }));
    await rig.clock.advance(100);
    expect(outcome().kind).toBe("resolved");
  });

  it("A-retries-exempt: is no obstacle to the retries of a full buffer", async () => {
    let refusals = 20;
    const rig = newRig({
      buffer: { maxRecords: 3 },
      between: () => ({
        putRecords: refusing(() => (refusals-- > 0 ? failureOf("throttled") : undefined)),
      }),
    });
    await rig.clock.advance(0);
    const receipts = Array.from({ length: 10 }, (_, i) =>
      rig.producer.put({ partitionKey: "k", data: `${i}` }),
    );
    await rig.clock.advance(30_000);
    await Promise.all(receipts);
    expect(rig.read().map(({ data }) => data)).toEqual(
      Array.from({ length: 10 }, (_, i) => `${i}`),
    );
  });
});

describe("the buffer of the caller", () => {
  it("may be used again at once, whether the record was admitted or waits", async () => {
    const rig = newSlowRig({ buffer: { maxRecords: 2 } });
    await rig.clock.advance(0);
    const data = Buffer.from("0");
    for (let i = 0; i < 5; i += 1) {
      data.write(String(i));
      watch(rig.producer.put({ partitionKey: "k", data }));
    }
    data.fill("?");
    await rig.clock.advance(1000);
    expect(rig.read().map((record) => record.data)).toEqual(["0", "1", "2", "3", "4"]);
  });

  it("is left as it is", async () => {
    const rig = newSlowRig();
    const data = Buffer.from("hello");
    watch(rig.producer.put({ partitionKey: "k", data }));
    await rig.clock.advance(200);
    expect(data.toString()).toBe("hello");
  });
});

it("room that was taken is all given back, however records end", async () => {
  const rig = newRig({
    buffer: { maxRecords: 50, maxBytes: 20_000 },
    recordTtlMs: 1000,
    between: () => ({
      putRecords: refusing(({ partitionKey }) => {
        if (partitionKey === "refused") return failureOf("rejected");
        return partitionKey === "expired" ? failureOf("throttled") : undefined;
      }),
    }),
    aggregation: false,
  });
  await rig.clock.advance(0);
  const keys = ["stored", "refused", "expired"];
  for (let i = 0; i < 150; i += 1)
    watch(rig.producer.put({ partitionKey: keys[i % 3] as string, data: "x" }));
  await rig.clock.advance(5000);
  const outcomes = Array.from({ length: 50 }, () =>
    watch(rig.producer.put({ partitionKey: "stored", data: "x" })),
  );
  const ready = watch(rig.producer.ready());
  await Promise.resolve();
  expect(ready().kind).toBe("pending");
  await rig.clock.advance(1000);
  expect(new Set(kindsOf(outcomes))).toEqual(new Set(["resolved"]));
  expect(rig.clock.pendingTimers).toBe(0);
});
