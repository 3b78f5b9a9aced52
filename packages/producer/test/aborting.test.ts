// What a signal given to `put` does.
import { getEventListeners } from "node:events";
import type { UserRecord } from "@shardline/core";
import { describe, expect, it } from "vitest";
import { failedEntry, slow } from "./support/failures.ts";
import { errorOf, newRig, type Rig, watch } from "./support/rig.ts";

const record = (data: string): UserRecord => ({ partitionKey: "k", data });

function dataIn(rig: Rig): string[] {
  return rig.read().map(({ data }) => data);
}

describe("A-abort: before the record is sent", () => {
  it("O-key: lets the neighbours keep their places behind what waited before them", async () => {
    const rig = newRig({
      aggregation: { maxRecords: 2 },
      between: ({ clock }) => ({ putRecords: slow(clock, 50) }),
    });
    const stop = new AbortController();
    const put = (data: string): void => void rig.producer.write(record(data));
    put("0");
    void rig.producer.flush();
    await rig.clock.advance(10);
    for (const data of ["1", "2", "3"]) put(data);
    const aborted = errorOf(rig.producer.put(record("aborted"), { signal: stop.signal }));
    for (const data of ["4", "5"]) put(data);
    stop.abort();
    expect((await aborted).code).toBe("RECORD_ABORTED");
    await rig.clock.advance(1000);
    expect(dataIn(rig)).toEqual(["0", "1", "2", "3", "4", "5"]);
  });

  it("rejects with the reason as its cause, takes the record out, and lets its neighbours go", async () => {
    const rig = newRig();
    await rig.clock.advance(0);
    const stop = new AbortController();
    const before = watch(rig.producer.put(record("before")));
    const aborted = errorOf(
      rig.producer.put({ ...record("aborted"), context: 7 }, { signal: stop.signal }),
    );
    const after = watch(rig.producer.put(record("after")));
    const reason = new Error("the user left");
    stop.abort(reason);
    const error = await aborted;
    expect(error).toMatchObject({
      code: "RECORD_ABORTED",
      isRetryable: false,
      cause: reason,
      details: {
        record: { partitionKey: "k", context: 7 },
        attempts: [],
        attemptCount: 0,
        mayHaveBeenWritten: false,
      },
    });
    await rig.clock.advance(200);
    expect([before().kind, after().kind]).toEqual(["resolved", "resolved"]);
    expect(dataIn(rig)).toEqual(["before", "after"]);
    expect(await rig.producer.flush()).toEqual({ stored: 0, failed: 0 });
  });

  it("refuses at once what is put with a signal that has aborted", async () => {
    const rig = newRig();
    const error = await errorOf(
      rig.producer.put(record("x"), { signal: AbortSignal.abort(new Error("no")) }),
    );
    expect(error).toMatchObject({ code: "RECORD_ABORTED", details: { mayHaveBeenWritten: false } });
    await rig.clock.advance(1000);
    expect(rig.calls).toEqual([]);
  });

  it("gives up the place of a record that waits for room", async () => {
    const rig = newRig({ buffer: { maxRecords: 1 } });
    await rig.clock.advance(0);
    const stop = new AbortController();
    const held = watch(rig.producer.put(record("held")));
    const waiting = errorOf(rig.producer.put(record("waiting"), { signal: stop.signal }));
    const next = watch(rig.producer.put(record("next")));
    stop.abort();
    expect((await waiting).code).toBe("RECORD_ABORTED");
    await rig.clock.advance(500);
    expect([held().kind, next().kind]).toEqual(["resolved", "resolved"]);
    expect(dataIn(rig)).toEqual(["held", "next"]);
  });

  it("leaves those beside it where they are, to travel with what comes after", async () => {
    const rig = newRig({ batch: { maxDelayMs: 100 } });
    await rig.clock.advance(0);
    const stop = new AbortController();
    watch(rig.producer.put(record("before")));
    const aborted = errorOf(rig.producer.put(record("aborted"), { signal: stop.signal }));
    await rig.clock.advance(10);
    stop.abort();
    expect((await aborted).code).toBe("RECORD_ABORTED");
    await rig.clock.advance(10);
    watch(rig.producer.put(record("after")));
    await rig.clock.advance(79);
    expect(rig.calls).toEqual([]);
    await rig.clock.advance(1);
    expect(rig.calls.map(({ entries }) => entries.length)).toEqual([1]);
    expect(dataIn(rig)).toEqual(["before", "after"]);
  });

  it("finds it in a lane of its own key, and makes none", async () => {
    const rig = newRig({ aggregation: { scope: "hash-key" }, batch: { maxDelayMs: 100 } });
    await rig.clock.advance(0);
    const stop = new AbortController();
    const put = { ...record("aborted"), explicitHashKey: 7n };
    const aborted = errorOf(rig.producer.put(put, { signal: stop.signal }));
    stop.abort();
    expect((await aborted).code).toBe("RECORD_ABORTED");
    await rig.clock.advance(500);
    expect(rig.calls).toEqual([]);
  });

  it("of ten thousand records with one signal leaves the others in order", async () => {
    const rig = newRig({ batch: { maxDelayMs: 1000 } });
    await rig.clock.advance(0);
    const stop = new AbortController();
    const aborted = Array.from({ length: 10_000 }, (_, i) => {
      watch(rig.producer.put(record(`stays-${i}`)));
      return errorOf(rig.producer.put(record(`goes-${i}`), { signal: stop.signal }));
    });
    stop.abort();
    const codes = new Set((await Promise.all(aborted)).map(({ code }) => code));
    expect(codes).toEqual(new Set(["RECORD_ABORTED"]));
    await rig.clock.advance(60_000);
    expect(dataIn(rig)).toEqual(Array.from({ length: 10_000 }, (_, i) => `stays-${i}`));
  });
});

describe("A-abort: while the record is under way", () => {
  it("rejects at once and says that it may be stored; its room is freed by the answer", async () => {
    const rig = newRig({
      buffer: { maxRecords: 1 },
      batch: { maxDelayMs: 0 },
      between: ({ clock }) => ({ putRecords: slow(clock, 100) }),
    });
    await rig.clock.advance(0);
    const stop = new AbortController();
    const aborted = errorOf(rig.producer.put(record("sent"), { signal: stop.signal }));
    await rig.clock.advance(10);
    stop.abort();
    expect(await aborted).toMatchObject({
      code: "RECORD_ABORTED",
      details: { mayHaveBeenWritten: true },
    });
    const ready = watch(rig.producer.ready());
    await rig.clock.advance(80);
    expect(ready().kind).toBe("pending");
    await rig.clock.advance(20);
    expect(ready().kind).toBe("resolved");
    expect(dataIn(rig)).toEqual(["sent"]);
  });

  it("goes on with the delivery of what was refused once, because its bytes must not change", async () => {
    let refusals = 1;
    const rig = newRig({
      batch: { maxDelayMs: 0 },
      between: () => ({
        putRecords: (next, request, signal) => {
          if (refusals === 0) return next(request, signal);
          refusals -= 1;
          return Promise.resolve({ outcomes: request.entries.map(() => failedEntry("throttled")) });
        },
      }),
    });
    await rig.clock.advance(0);
    const stop = new AbortController();
    const other = watch(rig.producer.put(record("other")));
    const aborted = errorOf(rig.producer.put(record("sent"), { signal: stop.signal }));
    await rig.clock.advance(1);
    stop.abort();
    expect((await aborted).code).toBe("RECORD_ABORTED");
    await rig.clock.advance(5000);
    expect(other().kind).toBe("resolved");
    expect(dataIn(rig)).toEqual(["other", "sent"]);
  });
});

it("A-abort: a signal that aborts after the record was stored changes nothing, and is let go of", async () => {
  const rig = newRig({ batch: { maxDelayMs: 0 } });
  const stop = new AbortController();
  const receipt = rig.producer.put(record("x"), { signal: stop.signal });
  await rig.clock.advance(100);
  await receipt;
  expect(getEventListeners(stop.signal, "abort")).toEqual([]);
  stop.abort();
  await expect(receipt).resolves.toMatchObject({ subSequenceNumber: 0 });
});

it("A-abort: of two that wait for room, the second is given up once, though there is room for it as soon as the first is", async () => {
  const rig = newRig({ buffer: { maxBytes: 1024 } });
  await rig.clock.advance(0);
  const stop = new AbortController();
  const first = watch(rig.producer.put(record("x".repeat(500))));
  const waiting = ["y".repeat(500), "z"].map((data) =>
    watch(rig.producer.put(record(data), { signal: stop.signal })),
  );
  stop.abort();
  await rig.clock.advance(0);
  for (const outcome of waiting) {
    expect(outcome()).toMatchObject({
      error: { code: "RECORD_ABORTED", details: { attempts: [] } },
    });
  }
  await rig.clock.advance(5000);
  expect(first().kind).toBe("resolved");
  expect(rig.read()).toHaveLength(1);
  expect(rig.producer.stats()).toMatchObject({ outstandingRecords: 0, outstandingBytes: 0 });
  expect(await rig.producer.close()).toMatchObject({ stored: 1, failed: 2 });
});
