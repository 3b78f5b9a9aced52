import { describe, expect, it } from "vitest";
import { producerClosed } from "../../src/settle/undelivered.ts";
import type { Receipt } from "../../src/record/receipt.ts";
import { ReceiptChain } from "../../src/record/receipt-chain.ts";
import { delivery } from "../support/records.ts";
import { watch } from "../support/rig.ts";

const receipt = (subSequenceNumber: number): Receipt => ({
  shardId: "shardId-0",
  sequenceNumber: "1",
  subSequenceNumber,
  attempts: [],
  attemptCount: 0,
});

describe("a chain of receipts", () => {
  it("gives each promise its own outcome, in the order of joining", async () => {
    const chain = new ReceiptChain();
    const outcomes = Array.from({ length: 4 }, () => watch(chain.join()));
    const error = producerClosed();
    chain.stored(delivery(), 0, 1);
    chain.failed(error);
    chain.stored(delivery(), 2, 4);
    await Promise.resolve();
    expect(outcomes.map((outcome) => outcome().kind)).toEqual(Array(4).fill("pending"));
    chain.open();
    await Promise.resolve();
    await Promise.resolve();
    expect(outcomes.map((outcome) => outcome())).toEqual([
      { kind: "resolved", value: receipt(0) },
      { kind: "rejected", error },
      { kind: "resolved", value: receipt(2) },
      { kind: "resolved", value: receipt(3) },
    ]);
  });

  it("lets records that broke off settle by themselves, later or at once", async () => {
    const chain = new ReceiptChain();
    const outcomes = Array.from({ length: 3 }, () => watch(chain.join()));
    const [first, second, third] = [chain.breakOff(), chain.breakOff(), chain.breakOff()];
    chain.open();
    second.stored(delivery(), 7, 8);
    await Promise.resolve();
    await Promise.resolve();
    expect(outcomes.map((outcome) => outcome().kind)).toEqual(["pending", "resolved", "pending"]);
    const error = producerClosed();
    third.failed(error, 0);
    first.stored(delivery(), 5, 6);
    for (let turn = 0; turn < 4; turn += 1) await Promise.resolve();
    expect(outcomes.map((outcome) => outcome())).toEqual([
      { kind: "resolved", value: receipt(5) },
      { kind: "resolved", value: receipt(7) },
      { kind: "rejected", error },
    ]);
  });

  it("leaves no rejection of its own behind when a record fails that broke off", async () => {
    const chain = new ReceiptChain();
    const outcome = watch(chain.join());
    const broken = chain.breakOff();
    broken.failed(producerClosed(), 0);
    chain.open();
    await Promise.resolve();
    await Promise.resolve();
    expect(outcome().kind).toBe("rejected");
  });
});
