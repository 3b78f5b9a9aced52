import { type Position, sentinelPosition } from "@shardline/core";
import { SeededRandom } from "@shardline/core/testing";
import { expect, test } from "vitest";
import { quietClock } from "../../../../test/support/quiet-clock.ts";
import { type Interceptors, intercept } from "../../../../test/support/intercept.ts";
import type { Lease } from "../../src/lease/lease.ts";
import type { LeaseTable } from "../../src/lease/lease-table.ts";
import { MemoryLeaseTable } from "../../src/lease/memory-lease-table.ts";
import { type ResetOutcome, writeResetStep } from "../../src/operate/reset-writing.ts";
import { failed } from "../support/failures.ts";
import { ANY_SIGNAL, holdOne, MINE, type WriteFate, withFates } from "../support/held.ts";
import { leaseOf, positionOf } from "../support/leases.ts";

const TO = {
  checkpoint: sentinelPosition("TRIM_HORIZON"),
  initialTimestampMs: null,
  latestSinceMs: null,
};
const OWNED: Lease = {
  ...MINE,
  haltedAt: positionOf(6),
  initialTimestampMs: 5,
  latestSinceMs: 6,
  ownerSwitches: 3,
  pendingCheckpoint: { position: positionOf(9) },
  wantedBy: "b",
};

interface Writing {
  readonly table: MemoryLeaseTable;
  readonly outcome: Promise<ResetOutcome>;
}

async function rewrite(
  seen: Lease,
  stands: Lease,
  interceptors: Interceptors<LeaseTable> = {},
  isForced = false,
): Promise<Writing> {
  const table = new MemoryLeaseTable();
  await table.create(stands, ANY_SIGNAL);
  const clock = quietClock();
  const step = { kind: "rewrite", shardId: seen.shardId, lease: seen, to: TO } as const;
  const options = {
    clock,
    isForced,
    random: new SeededRandom(1),
    table: intercept<LeaseTable>(table, interceptors),
  };
  const outcome = writeResetStep(step, options, ANY_SIGNAL);
  outcome.catch(() => undefined);
  await clock.advance(20_000);
  return { table, outcome };
}

test("a lease begins anew, belongs to nobody, and forgets what was wished, prepared and halted", async () => {
  const { outcome, table } = await rewrite(OWNED, OWNED);
  expect(await outcome).toBe("written");
  const { key, shardId } = OWNED;
  expect(table.snapshot()).toEqual([
    {
      key,
      shardId,
      counter: 8,
      ownerSwitches: 0,
      checkpoint: TO.checkpoint,
      parentShardIds: [],
      childShardIds: [],
      epoch: 1,
    },
  ]);
});

test.each<[string, Partial<Lease>]>([
  ["renewed it", { counter: 8 }],
  ["took it", { owner: "b", counter: 8 }],
])("a lease stays as it is when somebody has %s meanwhile", async (_what, fields) => {
  const stands = { ...MINE, ...fields };
  const { outcome, table } = await rewrite(MINE, stands);
  expect(await outcome).toBe("conflict");
  expect(table.snapshot()).toEqual([stands]);
});

test("by force it is taken from whoever has it now", async () => {
  const { outcome, table } = await rewrite(MINE, { ...MINE, counter: 30, owner: "b" }, {}, true);
  expect(await outcome).toBe("written");
  expect(table.snapshot()[0]).toMatchObject({ counter: 31, checkpoint: TO.checkpoint });
  expect(table.snapshot()[0]).not.toHaveProperty("owner");
});

test("a lease that is gone is not created by a rewrite, not even by force", async () => {
  const { outcome, table } = await rewrite(MINE, leaseOf(5), {}, true);
  expect(await outcome).toBe("conflict");
  expect(table.snapshot()).toEqual([leaseOf(5)]);
});

test.each<WriteFate>(["lost answer", "lost request"])(
  "a write whose fate is a %s is repeated, and counts once",
  async (fate) => {
    const { outcome, table } = await rewrite(OWNED, OWNED, { update: withFates([fate]) });
    expect(await outcome).toBe("written");
    expect(table.snapshot()[0]?.counter).toBe(8);
  },
);

test("a table that refuses rejects", async () => {
  const { outcome } = await rewrite(OWNED, OWNED, {
    update: () => Promise.reject(failed("denied")),
  });
  await expect(outcome).rejects.toMatchObject({ code: "API_CALL_FAILED" });
});

test("a worker that had the lease learns that it is lost, and cannot write what it reads", async () => {
  const { held, item, table, told } = await holdOne();
  const options = { table, clock: quietClock(), random: new SeededRandom(1), isForced: true };
  const step = { kind: "rewrite", shardId: MINE.shardId, lease: item(), to: TO } as const;
  expect(await writeResetStep(step, options, ANY_SIGNAL)).toBe("written");
  held.reach(positionOf(50));
  await held.renew();
  expect(told).toEqual(["lost: taken, nobody has it"]);
  expect(item().checkpoint).toEqual<Position>(TO.checkpoint);
});

test("a lease is created only where there is none", async () => {
  const table = new MemoryLeaseTable();
  const options = { table, clock: quietClock(), random: new SeededRandom(1), isForced: false };
  const step = { kind: "create", shardId: MINE.shardId, lease: leaseOf(0) } as const;
  expect(await writeResetStep(step, options, ANY_SIGNAL)).toBe("written");
  await table.update(leaseOf(0).key, { expect: {}, patch: { counter: 4 } }, ANY_SIGNAL);
  expect(await writeResetStep(step, options, ANY_SIGNAL)).toBe("conflict");
  expect(table.snapshot()[0]?.counter).toBe(4);
});
