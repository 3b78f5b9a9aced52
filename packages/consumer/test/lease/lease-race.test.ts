// Workers that want the same leases at the same moment.
import { expect, test } from "vitest";
import { leaseOf } from "../support/leases.ts";
import { range } from "../support/lease-views.ts";
import { startTaking } from "../support/taking.ts";

test("whoever finds most leases taken by others stops trying, and looks at the table again", async () => {
  const leases = range(300).map((i) => leaseOf(i));
  const others = leases.map(({ key }, i) => ({ key, owner: `other-${i % 10}` }));
  let tries = 0;
  const { clock, listedAtMs, write } = await startTaking(leases, {
    faults: () => ({
      update: async (next, key, move, signal) => {
        if (move.patch.owner === "me") tries += 1;
        return next(key, move, signal);
      },
      list: async (next, signal) => {
        const seen = await next(signal);
        // All the others start at the same moment, and are faster.
        if (tries === 0) {
          for (const [i, { owner }] of others.entries()) {
            await write(i, { owner, nativeOwner: owner, counter: 1 });
          }
        }
        return seen;
      },
    }),
  });
  await clock.advance(600);
  expect(listedAtMs).toHaveLength(2);
  // Twenty are under way at a time.
  expect(tries).toBe(20);
});
