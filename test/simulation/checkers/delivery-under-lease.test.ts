// A delivery after the worker's own lease is over must not pass.
import { expect, test } from "vitest";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { DeliveryUnderLease } from "./delivery-under-lease.ts";
import { entry, lease, show } from "./shown.ts";

const FAILOVER_MS = 10_000;

class OwnTime {
  nowMs = 0;
  readonly checker = new DeliveryUnderLease(FAILOVER_MS, () => this.nowMs);

  deliverAt(nowMs: number, epoch = 1): void {
    this.nowMs = nowMs;
    show(this.checker, entry("delivered", { epoch }));
  }
}

function write(sentAtMs: number, owner: string | undefined, epoch = 1): EntryOf<"table"> {
  const before = lease("shard", { owner: "w", epoch });
  const after = lease("shard", { ...(owner === undefined ? {} : { owner }), epoch });
  return entry("table", { before, after, sentAtMs });
}

test("a lease lasts for a failover time from before its last write was sent", () => {
  const time = new OwnTime();
  show(time.checker, write(0, "w"), write(3000, "w"));
  time.deliverAt(12_999);
  expect(() => time.deliverAt(13_000)).toThrow(
    "w delivers from shard, whose lease expired 0 ms ago by its clock",
  );
});

test("nobody delivers who never had the lease, or has it in another epoch", () => {
  const time = new OwnTime();
  expect(() => time.deliverAt(0)).toThrow("in epoch 1, which is not its own");
  show(time.checker, write(0, "w", 2));
  expect(() => time.deliverAt(0, 1)).toThrow("in epoch 1, which is not its own");
});

test.each(["leaseLost", "leaseReleased"])("nothing is delivered after %s", (what) => {
  const time = new OwnTime();
  show(time.checker, write(0, "w"), entry("lease", { what, fields: { shardId: "shard" } }));
  expect(() => time.deliverAt(1)).toThrow("whose lease it has given up or lost");
  // A renewal of before that arrives late brings nothing back; a new epoch does.
  show(time.checker, write(1, "w"));
  expect(() => time.deliverAt(2)).toThrow("whose lease it has given up or lost");
  show(time.checker, write(2, "w", 2));
  time.deliverAt(3, 2);
});

test("whoever gives a lease up is done before the table knows", () => {
  const time = new OwnTime();
  show(time.checker, write(0, "w"), write(1, undefined));
  expect(() => time.deliverAt(2)).toThrow("whose lease it has given up or lost");
});

test("another worker's take is not known to the one that has lost", () => {
  const time = new OwnTime();
  const taken = { ...write(9000, "v", 2), process: "v" };
  show(time.checker, write(0, "w"), taken);
  time.deliverAt(9999);
});
