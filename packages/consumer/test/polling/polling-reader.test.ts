import { describe, expect, test } from "vitest";
import type { ReadStart } from "../../src/shard/shard-reader.ts";
import { failed } from "../support/failures.ts";
import { ANY_SIGNAL } from "../support/held.ts";
import { shardIdOf } from "../support/leases.ts";
import { failing, newReading, STREAM } from "../support/polling.ts";

describe("LATEST", () => {
  const atTip = (timestampMs: number): ReadStart => ({
    first: { type: "LATEST" },
    again: { type: "AT_TIMESTAMP", timestampMs },
  });

  test.each(["getShardIterator", "getRecords"] as const)(
    "is meant once: when %s fails, what came since is read",
    async (method) => {
      const { clock, put, read } = newReading();
      await put("old");
      await clock.advance(5000);
      const start = atTip(clock.wallTimeMs());
      const { texts } = read({
        start,
        faults: { [method]: failing(failed("expired"), failed("expired")) },
      });
      await put("new");
      await clock.advance(2000);
      expect(texts()).toEqual(["new"]);
    },
  );
});

describe("the end", () => {
  test("a closed shard ends with its children, after its last record", async () => {
    const { clock, kinesis, put, read } = newReading();
    await put("last");
    const split = { stream: STREAM, shardId: shardIdOf(0), newStartingHashKey: 2n ** 127n };
    await kinesis.splitShard(split, ANY_SIGNAL);
    await clock.advance(10);
    const { done, fetches, texts } = read();
    await clock.advance(0);
    expect(done.state()).toBe("resolved");
    expect(texts()).toEqual(["last"]);
    expect(fetches.at(-1)?.next).toMatchObject({
      kind: "shard-end",
      childShards: [{ shardId: shardIdOf(1) }, { shardId: shardIdOf(2) }],
    });
  });

  test.each(["getShardIterator", "getRecords"] as const)(
    "a shard that %s does not find, and that is not listed any more, is gone",
    async (method) => {
      const { clock, read } = newReading();
      const faults = {
        [method]: failing(failed("missing")),
        listShards: async () => ({ shards: [] }),
      };
      const { done, fetches } = read({ faults });
      await clock.advance(0);
      expect(done.state()).toBe("resolved");
      expect(fetches).toEqual([
        {
          records: [],
          bytes: 0,
          millisBehindLatest: 0,
          readAtMs: expect.any(Number),
          next: { kind: "shard-gone" },
        },
      ]);
    },
  );

  test("an abort ends a pause, a backoff and a call with its reason", async () => {
    const reason = new Error("enough");
    const pausing = newReading();
    const backingOff = newReading();
    const calling = newReading();
    const ongoing = [
      pausing.read(),
      backingOff.read({ faults: { getRecords: () => Promise.reject(failed("transient")) } }),
      calling.read({
        faults: {
          getRecords: (_next, _request, signal) =>
            new Promise((_, reject) => {
              signal.addEventListener("abort", () => reject(new Error("the socket says so")));
            }),
        },
      }),
    ];
    for (const { clock } of [pausing, backingOff, calling]) await clock.advance(50);
    for (const { stop } of ongoing) stop.abort(reason);
    await calling.clock.advance(0);
    expect(ongoing.map(({ done }) => done.reason())).toEqual([reason, reason, reason]);
  });
});
