// The digests of all aggregates of a call are written together, just before it leaves.
import type { KinesisApi } from "@shardline/core";
import { describe, expect, it } from "vitest";
import type { Interceptors } from "../../../test/support/intercept.ts";
import { failedEntry, slow } from "./support/failures.ts";
import { membersOf } from "./support/kcl-reader.ts";
import { newRig, type Rig } from "./support/rig.ts";

const KIB = 1024;
const UNORDERED = { shards: 4, ordering: "none", rateLimit: false } as const;

function write({ producer }: Rig, count: number): void {
  for (let i = 0; i < count; i += 1) {
    producer.write({ partitionKey: `k${i % 50}`, data: padded(i) });
  }
}

function padded(i: number): string {
  return String(i).padEnd(KIB, "x");
}

/** How many records the aggregates hold that were sent; none may have a wrong digest. */
function membersSent({ calls }: Rig): number[] {
  return calls.flatMap(({ entries }) => entries.map(({ data }) => membersOf(data)?.length ?? 0));
}

describe("the digests of a call", () => {
  it("are right of each of hundreds of aggregates, hashed one by one at first and side by side later", async () => {
    // The code for hashing side by side is made after 8 MiB.
    const rig = newRig(UNORDERED);
    await rig.clock.advance(0);
    for (let i = 0; i < 4; i += 1) {
      write(rig, 4000);
      await rig.clock.advance(1000);
    }
    const members = membersSent(rig);
    expect(members).not.toContain(0);
    expect(members.reduce((sum, count) => sum + count)).toBe(16_000);
    expect(rig.calls.some(({ entries }) => entries.length > 16)).toBe(true);
    expect(new Set(rig.read().map(({ data }) => data)).size).toBe(4000);
  });

  it("do not change when aggregates are sent again", async () => {
    const refuseOnce = (): Interceptors<KinesisApi> => {
      let calls = 0;
      return {
        putRecords: async (next, request, signal) => {
          calls += 1;
          if (calls > 1) return next(request, signal);
          return { outcomes: request.entries.map(() => failedEntry("throttled")) };
        },
      };
    };
    const rig = newRig({ ...UNORDERED, between: refuseOnce });
    await rig.clock.advance(0);
    write(rig, 400);
    await rig.clock.advance(5000);
    const hexOf = (data: Uint8Array): string => Buffer.from(data).toString("hex");
    const [refused, ...later] = rig.calls.map(({ entries }) =>
      entries.map(({ data }) => hexOf(data)),
    );
    expect(refused?.length).toBeGreaterThan(3);
    expect(later.flat()).toEqual(expect.arrayContaining(refused ?? []));
    expect(rig.read()).toHaveLength(400);
  });

  it("are there when aggregates are taken apart that were never sent", async () => {
    const rig = newRig({
      ...UNORDERED,
      maxInFlightRequests: 1,
      between: ({ clock }) => ({ putRecords: slow(clock, 40) }),
    });
    await rig.clock.advance(0);
    write(rig, 100);
    await rig.clock.advance(1);
    write(rig, 400);
    const closed = rig.producer.close({ timeoutMs: 0 });
    await rig.clock.advance(0);
    const { abandoned } = await closed;
    expect(rig.calls).toHaveLength(1);
    const written = [100, 400].flatMap((count) =>
      Array.from({ length: count }, (_, i) => padded(i)),
    );
    const texts = abandoned.map(({ data }) => Buffer.from(data).toString());
    expect(texts.toSorted()).toEqual(written.toSorted());
  });
});
