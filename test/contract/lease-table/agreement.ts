// The same operations on a table in DynamoDB and on that in memory, drawn by chance: every answer is the same.
import {
  type Lease,
  type LeaseExpectation,
  type LeasePatch,
  type LeaseTable,
  MemoryLeaseTable,
  type PendingCheckpoint,
} from "@shardline/consumer";
import type { Random } from "@shardline/core";
import { SeededRandom } from "@shardline/core/testing";
import { expect, test } from "vitest";
import { ANY_SIGNAL, leaseWithKey, type OpenTable } from "./tables.ts";

const signal = ANY_SIGNAL;
const SEEDS = [1, 2, 3, 4];
/** 10,000 in all where time does not matter. */
const OPERATIONS = process.env["SHARDLINE_FULL"] === undefined ? 400 : 2500;

/** One operation, to be made on either table. */
type Operation = (table: LeaseTable) => Promise<unknown>;

/** Few values of each kind, so that conditions hold about as often as not. */
class Chance {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  pick<T>(...values: readonly T[]): T {
    return values[Math.floor(this.#random.next() * values.length)] as T;
  }

  operation(): Operation {
    const key = this.pick("a", "b", "c");
    const lease = leaseWithKey(key, this.#fields());
    const expectation = this.#expectation();
    const patch = this.#patch();
    return this.pick<Operation>(
      (table) => table.create(lease, signal),
      (table) => table.get(key, { consistent: true }, signal),
      async (table) => (await table.list(signal)).leases.toSorted(byKey),
      (table) => table.update(key, { expect: expectation, patch }, signal),
      (table) => table.update(key, { expect: expectation, patch }, signal),
      (table) => table.update(key, { expect: {}, patch }, signal),
      (table) => table.delete(key, { ...expectation, counter: 1 }, signal),
    );
  }

  #fields(): Partial<Lease> {
    return {
      counter: this.pick(0, 1),
      ...this.pick<Partial<Lease>>({}, { owner: "v", nativeOwner: "v" }),
      ...this.pick<Partial<Lease>>({}, { parentShardIds: ["p", "q"] }, { wantedBy: "w" }),
      ...this.pick<Partial<Lease>>({}, { hashKeyRange: { start: 5n, end: 1n << 127n } }),
      ...this.pick<Partial<Lease>>({}, { hashKeyRange: { start: 5n, end: 5n } }),
      ...this.pick<Partial<Lease>>({}, { latestSinceMs: 5 }, { initialTimestampMs: 6 }),
      ...this.pick<Partial<Lease>>({}, {}, { streamEpoch: 5 }),
      ...this.pick<Partial<Lease>>({}, {}, { streamName: "1:s:5", shardId: "other" }),
      ...this.pick<Partial<Lease>>({}, {}, { checkpointOwner: "v" }),
      ...this.pick<Partial<Lease>>({}, {}, { releaseNotice: "v 1" }),
      ...this.pick<Partial<Lease>>({}, {}, { haltedAt: this.#checkpoint() }),
      ...this.pick<Partial<Lease>>({}, {}, { pendingCheckpoint: this.#pending() }),
      checkpoint: this.#checkpoint(),
    };
  }

  #expectation(): LeaseExpectation {
    return {
      ...this.pick<LeaseExpectation>({}, { counter: this.pick(0, 1) }),
      ...this.pick<LeaseExpectation>({}, { owner: this.pick("v", "w", null) }),
      ...this.pick<LeaseExpectation>({}, { checkpointOwner: this.pick("v", null) }),
      ...this.pick<LeaseExpectation>({}, {}, { wantedBy: "w" }),
      ...this.pick<LeaseExpectation>({}, {}, {}, { streamEpoch: this.pick(5, 6, null) }),
      ...this.pick<LeaseExpectation>({}, {}, { checkpoint: this.#checkpoint() }),
    };
  }

  #patch(): LeasePatch {
    return {
      counter: this.pick(0, 1),
      ...this.pick<LeasePatch>({}, { owner: this.pick("v", "w", null) }),
      ...this.pick<LeasePatch>({}, { nativeOwner: this.pick("v", null), epoch: this.pick(1, 2) }),
      ...this.pick<LeasePatch>({}, { wantedBy: this.pick("w", null), wantedAtMs: 7 }),
      ...this.pick<LeasePatch>({}, { checkpoint: this.#checkpoint(), ownerSwitches: 0 }),
      ...this.pick<LeasePatch>({}, { childShardIds: this.pick([], ["d"], ["d", "e"]) }),
      ...this.pick<LeasePatch>({}, { checkpointOwner: null }),
      ...this.pick<LeasePatch>({}, {}, { releaseNotice: this.pick("v 2", "w 3") }),
      ...this.pick<LeasePatch>({}, {}, { haltedAt: this.pick(this.#checkpoint(), null) }),
      ...this.pick<LeasePatch>({}, { latestSinceMs: this.pick(8, null) }),
      ...this.pick<LeasePatch>({}, { initialTimestampMs: this.pick(9, null) }),
      ...this.pick<LeasePatch>({}, {}, { pendingCheckpoint: this.#pending() }),
      ...this.pick<LeasePatch>({}, {}, { hashKeyRange: { start: 5n, end: this.pick(5n, 6n) } }),
    };
  }

  #pending(): PendingCheckpoint {
    const state = this.pick(undefined, new Uint8Array(), Uint8Array.of(1, 2));
    return { position: this.#checkpoint(), ...(state && { state }) };
  }

  #checkpoint(): Lease["checkpoint"] {
    const sequenceNumber = this.pick("TRIM_HORIZON", "SHARD_END", "12");
    return { sequenceNumber, subSequenceNumber: sequenceNumber === "12" ? this.pick(0, 3) : 0 };
  }
}

/** Declares the tests of a table in DynamoDB. */
export function testAgreement(open: () => Promise<OpenTable>): void {
  test.each(SEEDS)(
    "both tables answer the same, whatever is asked of them (seed %i)",
    async (seed) => {
      await using dynamodb = await open();
      const memory = new MemoryLeaseTable();
      const chance = new Chance(new SeededRandom(seed));
      const kinds = new Set<string>();
      for (let i = 0; i < OPERATIONS; i += 1) {
        const operation = chance.operation();
        const [expected, answer] = [await operation(memory), await operation(dynamodb.table)];
        expect(answer, `operation ${i}`).toEqual(expected);
        kinds.add(kindOf(expected));
      }
      // Chance has shown every kind of answer there is.
      expect([...kinds].sort()).toEqual([
        "absent",
        "conflict",
        "false",
        "lease",
        "leases",
        "true",
        "updated",
      ]);
    },
    60_000,
  );
}

function kindOf(answer: unknown): string {
  if (Array.isArray(answer)) return "leases";
  if (typeof answer === "boolean") return String(answer);
  return (answer as { readonly kind: string }).kind;
}

function byKey(a: Lease, b: Lease): number {
  return a.key < b.key ? -1 : 1;
}
