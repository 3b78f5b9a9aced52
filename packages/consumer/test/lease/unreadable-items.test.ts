import { expect, test } from "vitest";
import { UnreadableItems } from "../../src/lease/unreadable-items.ts";
import type { Lease } from "../../src/lease/lease.ts";
import { nativeLease } from "../support/leases.ts";
import { startTaking } from "../support/taking.ts";
import { recordEvents } from "../support/told.ts";

const broken = { key: "a", problem: "leaseCounter is missing" };
const other = { key: "b", problem: "checkpoint is not a position" };
const tell = ({ key, problem }: typeof broken, waitingShardIds: string[] = []): object => ({
  leaseKey: key,
  problem,
  waitingShardIds,
});
const listed = (unreadable: (typeof broken)[], leases: Lease[] = []) => ({
  leases,
  unreadable,
  foreign: [],
});

test("corrupt-item: each is told once, and again only if it was mended in between", () => {
  const { events, of } = recordEvents();
  const items = new UnreadableItems(events);
  items.note(listed([broken]));
  items.note(listed([broken]));
  expect(of("leaseUnreadable")).toEqual([tell(broken)]);
  items.note(listed([broken, other]));
  expect(of("leaseUnreadable")).toEqual([tell(broken), tell(other)]);
  items.note(listed([]));
  items.note(listed([broken]));
  expect(of("leaseUnreadable")).toEqual([tell(broken), tell(other), tell(broken)]);
});

test("corrupt-item: a worker that looks at the table again and again tells of it once", async () => {
  const { clock, listedAtMs, told } = await startTaking([nativeLease(0, "you")], {
    faults: () => ({
      list: async (next, signal) => ({ ...(await next(signal)), unreadable: [broken] }),
    }),
  });
  await clock.advance(60_000);
  expect(listedAtMs.length).toBeGreaterThan(10);
  expect(told.of("leaseUnreadable")).toEqual([tell(broken)]);
});
