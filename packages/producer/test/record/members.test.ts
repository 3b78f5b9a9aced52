import fc from "fast-check";
import { expect, it } from "vitest";
import { NO_ATTEMPTS } from "../../src/record/attempt-log.ts";
import { Members } from "../../src/record/members.ts";
import type { PendingRecord } from "../../src/record/pending-record.ts";
import type { Receipt } from "../../src/record/receipt.ts";
import { CHAINED, type Sink } from "../../src/record/sink.ts";
import { attempt, attemptLog, delivery, pendingRecord } from "../support/records.ts";

interface Told {
  readonly sink: number;
  readonly ticket: number;
  readonly receipt: Receipt;
}

function withoutBytes(pending: PendingRecord): object {
  const { bytes: _bytes, ...rest } = pending;
  return rest;
}

const arbitraryMember = fc.record({
  sink: fc.nat(2),
  epoch: fc.nat(1),
  ticket: fc.nat(3),
  context: fc.option(fc.string(), { nil: undefined }),
  acceptedAtMs: fc.nat(50),
  hasHistory: fc.boolean(),
});

it("come out as they went in, whatever columns they need, and each sink hears of its own in their order", () => {
  fc.assert(
    fc.property(fc.array(arbitraryMember, { maxLength: 30 }), (plan) => {
      const told: Told[] = [];
      const sinks = [0, 1, 2].map(
        (sink): Sink => ({
          wantsReceipts: sink !== 2,
          stored: (delivery, from, end) => {
            for (let at = from; at < end; at += 1) {
              const [ticket, receipt] = [delivery.ticketAt(at), delivery.receiptAt(at)];
              told.push({ sink, ticket, receipt });
            }
          },
          failed: () => undefined,
        }),
      );
      const members = new Members();
      const added = plan.map(({ hasHistory, sink, ...more }) =>
        pendingRecord({
          ...more,
          sink: sinks[sink] as Sink,
          ...(hasHistory ? { earlierAttempts: attemptLog(attempt()), waitingSinceMs: 99 } : {}),
        }),
      );
      for (const pending of added) members.add(pending);

      expect(members.list()).toEqual(added.map(withoutBytes));
      expect(members.length).toBe(plan.length);
      expect(members.bytes).toBe(plan.length * 201);
      expect(members.oldestAtMs).toBe(Math.min(...plan.map(({ acceptedAtMs }) => acceptedAtMs)));
      const perEpoch = [0, 1].map(
        (epoch) => plan.filter((member) => member.epoch === epoch).length,
      );
      const counted = [0, 0];
      for (const { count, epoch } of members.runs) counted[epoch] = (counted[epoch] ?? 0) + count;
      expect(counted).toEqual(perEpoch);

      const last = attempt({ delayMs: 4 });
      members.deliver({ shardId: "s", sequenceNumber: "1", attempts: attemptLog(last) });
      const expected = plan.flatMap(({ context, hasHistory, sink, ticket }, subSequenceNumber) => {
        const attempts = hasHistory ? [attempt(), last] : [last];
        const attemptCount = attempts.length;
        const place = { shardId: "s", sequenceNumber: "1", subSequenceNumber };
        const receipt = { ...place, attempts, attemptCount };
        const whole = context === undefined ? receipt : { ...receipt, context };
        return sink === 2 ? [] : [{ sink, ticket, receipt: whole }];
      });
      expect(told).toEqual(expected);
    }),
  );
});

it("that share the chain settle through it, and break off from it when they are taken apart", async () => {
  const members = new Members();
  const puts = [0, 1].map((acceptedAtMs) => {
    members.add(pendingRecord({ acceptedAtMs, sink: CHAINED }));
    return members.chain.join();
  });
  const [first, second] = members.takeApart();
  second?.sink.stored(delivery(), 1, 2);
  first?.sink.stored(delivery(), 0, 1);
  const places = (await Promise.all(puts)).map(({ subSequenceNumber }) => subSequenceNumber);
  expect(places).toEqual([0, 1]);
});

it("are found again when they were taken apart, until they end", () => {
  for (const end of [(members: Members) => members.end(), store]) {
    const members = new Members();
    for (const acceptedAtMs of [0, 1]) members.add(pendingRecord({ acceptedAtMs, sink: CHAINED }));
    const apart = members.takeApart();
    expect(members.takeApart()).toBe(apart);
    end(members);
    expect(members.takeApart()).toEqual([]);
  }
});

function store(members: Members): void {
  members.deliver({ shardId: "s", sequenceNumber: "1", attempts: NO_ATTEMPTS });
}
