// A shard that is polled, subscribed to, and polled again.
import { expect, test } from "vitest";
import { failed } from "../support/failures.ts";
import { newFanOut } from "../support/fan-out.ts";

test("a shard is polled at one pace, however often its subscriptions fail in between", async () => {
  const readsAtMs: number[] = [];
  const { asked, clock, put, read } = newFanOut({
    calls: {
      getRecords: (next, ...args) => {
        readsAtMs.push(clock.nowMs());
        return next(...args);
      },
      subscribeToShard: async (next, ...args) => {
        const events = await next(...args);
        return (async function* () {
          for await (const event of events) {
            yield event;
            throw failed("missing");
          }
        })();
      },
    },
  });
  await put("a");
  const { texts } = read();
  await clock.advance(20_000);
  expect(asked.length).toBeGreaterThan(2);
  expect(texts()).toEqual(["a"]);
  const pausesMs = readsAtMs.slice(1).map((atMs, i) => atMs - (readsAtMs[i] ?? 0));
  expect(Math.min(...pausesMs)).toBeGreaterThanOrEqual(250);
});
