// Records that come before it is known what the stream takes.
import { sleep } from "@shardline/core";
import { describe, expect, it } from "vitest";
import { failedCall } from "./support/failures.ts";
import { errorOf, newRig, type Rig, STREAM, watch } from "./support/rig.ts";

const MIB = 1_048_576;
const StreamARN = `arn:aws:kinesis:us-east-1:000000000000:stream/${STREAM}`;

async function allow({ clock, emulator }: Rig, mib: number): Promise<void> {
  await emulator.call("UpdateMaxRecordSize", { StreamARN, MaxRecordSizeInKiB: mib * 1024 });
  await clock.advance(1);
}

describe("a record that cannot be judged yet", () => {
  const LARGE = "x".repeat(MIB + 500);

  function newSlowRig(options: Parameters<typeof newRig>[0] = {}): Rig {
    return newRig({
      between: ({ clock }) => ({
        describeStreamSummary: async (next, request, signal) => {
          await sleep(clock, 1000, signal);
          return { ...(await next(request, signal)), maxRecordBytes: 2 * MIB };
        },
      }),
      ...options,
    });
  }

  it("O-key: is overtaken by none that comes after it", async () => {
    const rig = newSlowRig();
    await allow(rig, 4);
    for (const data of ["first", LARGE, "second"]) {
      rig.producer.write({ partitionKey: "k", data });
    }
    await rig.clock.advance(60_000);
    expect(rig.read().map(({ data }) => data.length)).toEqual([5, MIB + 500, 6]);
  });

  it("O-key: overtakes none that wait for room", async () => {
    const rig = newSlowRig({ buffer: { maxRecords: 1 } });
    await allow(rig, 4);
    for (const data of ["first", "second!", LARGE, "third"]) {
      rig.producer.write({ partitionKey: "k", data });
    }
    await rig.clock.advance(60_000);
    expect(rig.read().map(({ data }) => data.length)).toEqual([5, 7, MIB + 500, 5]);
  });

  it("A-oldest: has an age like any other", async () => {
    const rig = newSlowRig();
    watch(rig.producer.put({ partitionKey: "k", data: LARGE }));
    await rig.clock.advance(100);
    expect(rig.producer.stats().oldestRecordAgeMs).toBe(100);
  });

  it("leaves no timer behind when it is refused", async () => {
    const rig = newSlowRig();
    const put = errorOf(rig.producer.put({ partitionKey: "k", data: "y".repeat(3 * MIB) }));
    await rig.clock.advance(1000);
    expect((await put).code).toBe("RECORD_TOO_LARGE");
    expect(rig.clock.pendingTimers).toBe(0);
  });

  it("A-flush: is waited for by flushes, and counted", async () => {
    const rig = newSlowRig();
    await allow(rig, 4);
    rig.producer.write({ partitionKey: "k", data: LARGE });
    rig.producer.write({ partitionKey: "k", data: "y".repeat(3 * MIB) });
    const flush = watch(rig.producer.flush());
    await rig.clock.advance(900);
    expect(flush().kind).toBe("pending");
    await rig.clock.advance(60_000);
    expect(flush()).toEqual({ kind: "resolved", value: { stored: 1, failed: 1 } });
  });

  it("A-close: is abandoned by a close that does not wait for it", async () => {
    const rig = newSlowRig();
    const put = errorOf(rig.producer.put({ partitionKey: "k", data: LARGE, context: 1 }));
    const closed = rig.producer.close({ timeoutMs: 0 });
    await rig.clock.advance(0);
    expect(await closed).toMatchObject({ stored: 0, failed: 1, abandoned: [{ context: 1 }] });
    expect((await put).code).toBe("PRODUCER_CLOSED");
  });

  it("A-backpressure: counts in the buffer", async () => {
    const rig = newSlowRig({ buffer: { maxBytes: MIB } });
    watch(rig.producer.put({ partitionKey: "k", data: LARGE }));
    const ready = watch(rig.producer.ready());
    await rig.clock.advance(10);
    expect(ready().kind).toBe("pending");
    await rig.clock.advance(60_000);
    expect(ready().kind).toBe("resolved");
  });

  it("R-ttl-queue, A-abort: can expire and be aborted like any other", async () => {
    const rig = newSlowRig({ recordTtlMs: 500 });
    const stop = new AbortController();
    const expired = errorOf(rig.producer.put({ partitionKey: "k", data: LARGE }));
    const aborted = errorOf(
      rig.producer.put({ partitionKey: "k", data: LARGE }, { signal: stop.signal }),
    );
    await rig.clock.advance(10);
    stop.abort();
    expect((await aborted).code).toBe("RECORD_ABORTED");
    await rig.clock.advance(490);
    expect((await expired).code).toBe("RECORD_EXPIRED");
  });

  it("R-ttl-queue: expires at its time, counted from its put and not from when it was judged", async () => {
    const rig = newRig({
      recordTtlMs: 900,
      between: ({ clock }) => ({
        describeStreamSummary: async (next, request, signal) => {
          await sleep(clock, 1000, signal);
          return { ...(await next(request, signal)), maxRecordBytes: 2 * MIB };
        },
        // A pause longer than its time, so that it is never sent.
        putRecords: () => Promise.reject(failedCall("throttled", { retryAfterMs: 10_000 })),
      }),
    });
    const before = watch(rig.producer.put({ partitionKey: "k", data: "x" }));
    await rig.clock.advance(500);
    const late = watch(rig.producer.put({ partitionKey: "k", data: LARGE }));
    await rig.clock.advance(899);
    expect([before().kind, late().kind]).toEqual(["rejected", "pending"]);
    await rig.clock.advance(1);
    expect(late()).toMatchObject({ kind: "rejected", error: { code: "RECORD_EXPIRED" } });
    expect(rig.calls).toHaveLength(1);
  });
});
