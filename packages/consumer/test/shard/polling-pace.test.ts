import { describe, expect, test } from "vitest";
import { shardIdOf } from "../support/leases.ts";
import { range } from "../support/lease-views.ts";
import { newReading } from "../support/polling.ts";

describe("the pace", () => {
  test("83 rate-limit: while it lags behind a shard is read as often as it may be, and no more", async () => {
    const { clock, put, read } = newReading();
    await put(...range(10).map((i) => `r${i}`));
    await clock.advance(1000);
    const { fetches, readAtMs, texts } = read({ policy: { maxRecords: 1 } });
    await clock.advance(2499);
    expect(readAtMs).toEqual(range(10).map((i) => 1000 + i * 250));
    expect(texts()).toEqual(range(10).map((i) => `r${i}`));
    expect(fetches[0]?.millisBehindLatest).toBeGreaterThan(0);
  });

  test("85 idle-shard: when it has caught up it is read at leisure, and says that it does not lag", async () => {
    const { clock, read } = newReading();
    const { fetches, readAtMs } = read();
    await clock.advance(3000);
    expect(readAtMs).toEqual([0, 1000, 2000, 3000]);
    expect(fetches).toEqual(
      range(4).map(() => ({ records: [], millisBehindLatest: 0, next: { kind: "more" } })),
    );
  });

  test("an empty answer from a shard that lags behind is followed by the next read soon", async () => {
    const { clock, read } = newReading();
    const { readAtMs } = read({
      faults: {
        getRecords: async (next, ...args) => ({
          ...(await next(...args)),
          millisBehindLatest: clock.nowMs() < 500 ? 5000 : 0,
        }),
      },
    });
    await clock.advance(2000);
    expect(readAtMs).toEqual([0, 250, 500, 1500]);
  });

  test("the time that the consumer takes counts", async () => {
    const { clock, read } = newReading();
    const pause = () => new Promise<void>((resolve) => void clock.startTimer(600, resolve));
    const { readAtMs } = read({ handle: pause });
    await clock.advance(2000);
    expect(readAtMs).toEqual([0, 1000, 2000]);
    await clock.advance(600);
  });

  test("no read asks for more records than it may", async () => {
    const { clock, put, read } = newReading();
    await put(...range(25).map((i) => `r${i}`));
    const { fetches } = read({ policy: { maxRecords: 10 } });
    await clock.advance(600);
    expect(fetches.map(({ records }) => records.length)).toEqual([10, 10, 5]);
  });

  test("a read is told with what it brought", async () => {
    const { clock, put, read, told } = newReading();
    await put("ab", "cde");
    read();
    await clock.advance(0);
    expect(told.of("recordsFetched")).toEqual([
      { shardId: shardIdOf(0), records: 2, bytes: 5, millisBehindLatest: 0, durationMs: 0 },
    ]);
  });
});
