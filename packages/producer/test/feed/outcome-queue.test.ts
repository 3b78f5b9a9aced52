import { KinesisError, type UserRecord } from "@shardline/core";
import fc from "fast-check";
import { expect, it } from "vitest";
import { OutcomeQueue, type PutOutcome } from "../../src/feed/outcome-queue.ts";
import type { Receipt } from "../../src/record/receipt.ts";
import { delivery } from "../support/records.ts";

const receiptOf = (ticket: number): Receipt => ({
  shardId: "shardId-0",
  sequenceNumber: String(ticket),
  subSequenceNumber: 1,
  attempts: [],
  attemptCount: 0,
});
const recordOf = (ticket: number): UserRecord => ({ partitionKey: String(ticket), data: "" });
const FAULT = new KinesisError("PRODUCER_CLOSED", {
  message: "closed",
  isRetryable: false,
  details: {},
});

/** Odd tickets are stored, even ones fail. */
function settle(queue: OutcomeQueue, ticket: number): boolean {
  if (ticket % 2 === 0) return queue.fail(ticket, FAULT);
  return queue.store(delivery({ tickets: [0, ticket, 0] }, String(ticket)), 1, 2);
}

function outcomeOf(ticket: number): PutOutcome {
  const record = recordOf(ticket);
  return ticket % 2 === 1
    ? { kind: "stored", record, receipt: receiptOf(ticket) }
    : { kind: "failed", record, error: FAULT };
}

it("hands out every outcome once, in the order of the records, in whatever order they come in", () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("push" as const), count: fc.integer({ min: 1, max: 200 }) }),
    fc.record({ kind: fc.constant("settle" as const), seed: fc.nat() }),
    fc.record({ kind: fc.constant("take" as const), count: fc.integer({ min: 1, max: 200 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const queue = new OutcomeQueue();
      const open: number[] = [];
      const known = new Set<number>();
      let taken = 0;
      const takeOne = (): boolean => {
        const outcome = queue.take();
        if (outcome === undefined) return false;
        taken += 1;
        expect(outcome).toEqual(outcomeOf(taken));
        return true;
      };
      const settleOne = (seed: number): void => {
        const [ticket] = open.splice(seed % Math.max(1, open.length), 1);
        if (ticket === undefined) return;
        known.add(ticket);
        expect(settle(queue, ticket)).toBe(ticket === taken + 1);
      };
      for (const each of steps) {
        if (each.kind === "settle") for (let i = 0; i < 50; i += 1) settleOne(each.seed + i * 7);
        else if (each.kind === "push") {
          for (let i = 0; i < each.count; i += 1) {
            open.push(queue.push(recordOf(queue.lastTicket + 1)));
          }
        } else for (let i = 0; i < each.count && takeOne(); i += 1);
        expect(queue.length).toBe(queue.lastTicket - taken);
      }
      while (open.length > 0) settleOne(0);
      while (takeOne());
      expect([taken, queue.length, known.size]).toEqual([queue.lastTicket, 0, queue.lastTicket]);
    }),
  );
});

it("forgets what it holds when it is cleared, and goes on", () => {
  const queue = new OutcomeQueue();
  for (let i = 1; i <= 100; i += 1) queue.push(recordOf(i));
  settle(queue, 1);
  queue.clear();
  expect([queue.length, queue.take(), queue.lastTicket]).toEqual([0, undefined, 100]);
  expect([settle(queue, 1), settle(queue, 100)]).toEqual([false, false]);
  expect(queue.push(recordOf(101))).toBe(101);
  expect([queue.take(), settle(queue, 101)]).toEqual([undefined, true]);
  expect(queue.take()).toEqual(outcomeOf(101));
});

it("takes many of a delivery at once, and tells whether the first that is missing was among them", () => {
  const queue = new OutcomeQueue();
  for (let ticket = 1; ticket <= 200; ticket += 1) queue.push(recordOf(ticket));
  const ticketsOf = (first: number): number[] =>
    Array.from({ length: 100 }, (_, at) => first + 2 * at);
  expect(queue.store(delivery({ tickets: ticketsOf(2) }), 0, 100)).toBe(false);
  expect(queue.take()).toBeUndefined();
  expect(queue.store(delivery({ tickets: ticketsOf(1) }), 0, 50)).toBe(true);
  for (let ticket = 1; ticket <= 100; ticket += 1) {
    const place = { subSequenceNumber: Math.floor((ticket - 1) / 2) };
    expect(queue.take()).toMatchObject({ record: recordOf(ticket), receipt: place });
  }
  expect(queue.take()).toBeUndefined();
  expect(queue.store(delivery({ tickets: ticketsOf(1) }), 50, 100)).toBe(true);
});
