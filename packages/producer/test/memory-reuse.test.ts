// The memory of an aggregate that was stored is the next one's, and of no other.
import type { KinesisApi, PutRecordsRequest } from "@shardline/core";
import { describe, expect, it } from "vitest";
import type { Interceptors } from "../../../test/support/intercept.ts";
import { failedEntry, slow } from "./support/failures.ts";
import { errorOf, newRig, type Rig } from "./support/rig.ts";

const KIB = 1024;

function put(rig: Rig, letter: string): void {
  for (let i = 0; i < 20; i += 1) {
    rig.producer.write({ partitionKey: "k", data: letter.repeat(KIB) });
  }
}

/** Keeps what it is not allowed to keep. */
function keeping(requests: PutRecordsRequest[]): Interceptors<KinesisApi> {
  return {
    putRecords: (next, request, signal) => {
      requests.push(request);
      return next(request, signal);
    },
  };
}

function memoryOf({ entries }: PutRecordsRequest): ArrayBufferLike | undefined {
  return entries[0]?.data.buffer;
}

describe("the memory of an aggregate", () => {
  it("is the next one's after it was stored, and both arrive as they were put", async () => {
    const requests: PutRecordsRequest[] = [];
    const rig = newRig({ between: () => keeping(requests) });
    for (const letter of ["a", "b"]) {
      put(rig, letter);
      await rig.clock.advance(1000);
    }
    const [first, second] = requests.map(memoryOf);
    expect(second).toBe(first);
    const letters = rig.read().map(({ data }) => data[0]);
    expect(letters.join("")).toBe("a".repeat(20) + "b".repeat(20));
  });

  it("is nobody's while a call may still read it that was given up", async () => {
    const requests: PutRecordsRequest[] = [];
    const never = new Promise<never>(() => undefined);
    const rig = newRig({
      http: { requestTimeoutMs: 1000 },
      between: () => ({
        putRecords: (next, request, signal) => {
          requests.push(request);
          return requests.length === 1 ? never : next(request, signal);
        },
      }),
    });
    put(rig, "a");
    await rig.clock.advance(20_000);
    expect(rig.read()).toHaveLength(20);
    const bytes = Uint8Array.from(requests[0]?.entries[0]?.data ?? []);
    put(rig, "b");
    await rig.clock.advance(1000);
    expect(rig.read()).toHaveLength(40);
    expect(requests[0]?.entries[0]?.data).toEqual(bytes);
  });

  it("is its own again when it comes back because the shard refused it", async () => {
    const requests: PutRecordsRequest[] = [];
    const rig = newRig({
      between: () => ({
        putRecords: async (next, request, signal) => {
          requests.push(request);
          if (requests.length > 1) return next(request, signal);
          return { outcomes: request.entries.map(() => failedEntry("throttled")) };
        },
      }),
    });
    put(rig, "a");
    await rig.clock.advance(1);
    put(rig, "b");
    await rig.clock.advance(2000);
    const letters = rig.read().map(({ data }) => data[0]);
    expect(letters.join("")).toBe("a".repeat(20) + "b".repeat(20));
  });

  it("does not show another's bytes in the error of a record that was aborted on its way", async () => {
    const rig = newRig({ between: ({ clock }) => ({ putRecords: slow(clock, 50) }) });
    await rig.clock.advance(0);
    const stop = new AbortController();
    const aborted = errorOf(
      rig.producer.put({ partitionKey: "k", data: "a".repeat(KIB) }, { signal: stop.signal }),
    );
    put(rig, "b");
    void rig.producer.flush();
    await rig.clock.advance(10);
    expect(rig.calls).toHaveLength(1);
    stop.abort();
    const { details } = await aborted;
    await rig.clock.advance(1000);
    put(rig, "c");
    await rig.clock.advance(1000);
    expect(details).toMatchObject({ record: { data: new Uint8Array(KIB).fill(97) } });
  });
});
