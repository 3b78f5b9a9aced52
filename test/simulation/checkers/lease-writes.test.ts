// What each checker of a single write to the lease table must not let pass, and what it must.
import type { Lease } from "@shardline/consumer";
import { SHARD_END, sentinelPosition } from "@shardline/core";
import { describe, expect, test } from "vitest";
import type { Checker } from "../evidence/journal.ts";
import { CheckpointByOwner } from "./checkpoint-by-owner.ts";
import { CheckpointForward } from "./checkpoint-forward.ts";
import { LeaseCounter } from "./lease-counter.ts";
import { OwnerEpoch } from "./owner-epoch.ts";
import { entry, lease, show } from "./shown.ts";

const at = (number: number, subSequenceNumber = 0): Lease["checkpoint"] => {
  return { sequenceNumber: String(number), subSequenceNumber };
};
const HELD: Partial<Lease> = {
  owner: "w",
  nativeOwner: "w",
  epoch: 3,
  counter: 7,
  checkpoint: at(5, 1),
};

/** Shows one write of "w". */
function write(checker: Checker, before: Partial<Lease>, after: Partial<Lease>): () => void {
  const was = lease("shard", before);
  const is = lease("shard", { ...before, ...after });
  return () => show(checker, entry("table", { process: "w", before: was, after: is }));
}

describe("the counter", () => {
  test.each<[string, Partial<Lease>, string]>([
    ["goes back", { counter: 6 }, "from 7 to 6"],
    ["skips one", { counter: 9 }, "from 7 to 9"],
    ["stays at a checkpoint", { checkpoint: at(6) }, "changes the checkpoint of shard"],
    ["stays at a change of owner", { owner: "v", nativeOwner: "v" }, "changes the owner"],
    ["stays when children are forgotten", { childShardIds: [] }, "changes the children"],
    ["stays at a prepared checkpoint", { pendingCheckpoint: { position: at(8) } }, "the pending"],
    ["stays at another range", { hashKeyRange: { start: 0n, end: 8n } }, "the hash range"],
  ])("that %s is seen", (_, after, problem) => {
    const before = { ...HELD, childShardIds: ["child"], hashKeyRange: { start: 0n, end: 9n } };
    expect(write(new LeaseCounter(), before, after)).toThrow(problem);
  });

  test("that stays at a wish, at a word for all, or at what is known of the shard is fine", () => {
    const checker = new LeaseCounter();
    for (const after of [
      { wantedBy: "v" },
      { releaseNotice: "v 1" },
      { hashKeyRange: { start: 0n, end: 9n } },
      { childShardIds: ["child"] },
      { counter: 8, checkpoint: at(6) },
    ]) {
      expect(write(checker, HELD, after)).not.toThrow();
    }
  });
});

describe("a checkpoint", () => {
  test.each<[string, Partial<Lease>]>([
    ["another's lease", { owner: "v" }],
    ["nobody's lease", { owner: undefined as never }],
    ["a lease that is being handed over by another", { owner: "w", checkpointOwner: "v" }],
  ])("of %s is not this worker's to write", (_, owner) => {
    const before = { ...HELD, ...owner };
    const checker = new CheckpointByOwner();
    expect(write(checker, before, { owner: "w", checkpoint: at(6) })).toThrow("w writes that");
    expect(write(checker, before, { pendingCheckpoint: { position: at(6) } })).toThrow();
    expect(write(checker, before, { haltedAt: at(6) })).toThrow();
    expect(write(checker, before, { owner: "w", checkpoint: at(5, 1) })).not.toThrow();
  });

  test("is written by the owner, also by the one that hands over", () => {
    const checker = new CheckpointByOwner();
    expect(write(checker, HELD, { owner: "v", checkpoint: at(6) })).not.toThrow();
    const leaving = { ...HELD, owner: "v", checkpointOwner: "w" };
    expect(write(checker, leaving, { checkpoint: SHARD_END })).not.toThrow();
  });

  test.each<[string, Partial<Lease>, Partial<Lease>, string]>([
    ["back inside an aggregate", {}, { checkpoint: at(5) }, "back from 5#1 to 5#0"],
    ["back from the end", { checkpoint: SHARD_END }, { checkpoint: at(9) }, "back from SHARD_END"],
    [
      "from one sentinel to another",
      { checkpoint: sentinelPosition("TRIM_HORIZON") },
      { checkpoint: sentinelPosition("LATEST") },
      "from TRIM_HORIZON#0 to LATEST#0",
    ],
    [
      "past none of what was announced, which is gone",
      { pendingCheckpoint: { position: at(8) } },
      { checkpoint: at(7), pendingCheckpoint: undefined as never },
      "what was announced at 8#0 is gone at 7#0",
    ],
    ["behind an announcement", {}, { pendingCheckpoint: { position: at(4) } }, "4#0 is announced"],
    [
      "past an announcement, which stays",
      { pendingCheckpoint: { position: at(8) } },
      { checkpoint: at(9) },
      "8#0 is still announced at 9#0",
    ],
  ])("does not go %s", (_, before, after, problem) => {
    expect(write(new CheckpointForward(), { ...HELD, ...before }, after)).toThrow(problem);
  });

  test("goes forward, to the end, and to what was announced", () => {
    const checker = new CheckpointForward();
    const announced = { ...HELD, pendingCheckpoint: { position: at(8) } };
    const reached = { checkpoint: at(8), pendingCheckpoint: undefined as never };
    expect(write(checker, HELD, { checkpoint: at(5, 2) })).not.toThrow();
    expect(write(checker, HELD, { checkpoint: SHARD_END })).not.toThrow();
    expect(write(checker, announced, { checkpoint: at(7) })).not.toThrow();
    expect(write(checker, announced, reached)).not.toThrow();
    expect(write(checker, announced, { pendingCheckpoint: { position: at(6) } })).not.toThrow();
  });

  test("goes where a worker of the KCL writes it", () => {
    const before = lease("shard", { ...HELD, pendingCheckpoint: { position: at(8) } });
    const after = lease("shard", { ...HELD, checkpoint: at(4) });
    const written = entry("table", { process: "kcl-1", before, after });
    expect(() => show(new CheckpointForward(), written)).not.toThrow();
    expect(() => show(new CheckpointForward(), { ...written, process: "w" })).toThrow("goes back");
  });
});

describe("the epoch", () => {
  test.each<[string, Partial<Lease>, Partial<Lease>, string]>([
    ["stays for another owner", HELD, { owner: "v", nativeOwner: "v" }, "it did not grow"],
    [
      "stays for who takes what is free",
      { epoch: 3 },
      { owner: "v", nativeOwner: "v" },
      "it did not grow",
    ],
    ["grows by two", HELD, { epoch: 5 }, "it grew by 2"],
    ["goes back", HELD, { epoch: 2 }, "it grew by -1"],
    [
      "grows for nobody",
      HELD,
      { owner: undefined as never, nativeOwner: undefined as never, epoch: 4 },
      "it grew for nobody",
    ],
  ])("that %s is seen", (_, before, after, problem) => {
    expect(write(new OwnerEpoch(), before, after)).toThrow(problem);
  });

  test("grows with a change of owner and a take-back; a worker of the KCL leaves it", () => {
    const checker = new OwnerEpoch();
    expect(write(checker, HELD, { owner: "v", nativeOwner: "v", epoch: 4 })).not.toThrow();
    expect(write(checker, HELD, { epoch: 4 })).not.toThrow();
    expect(write(checker, HELD, { checkpoint: at(9) })).not.toThrow();
    expect(write(checker, HELD, { owner: "kcl" })).not.toThrow();
    expect(write(checker, HELD, { owner: undefined as never })).not.toThrow();
  });

  test("in which two processes deliver is seen", () => {
    const checker = new OwnerEpoch();
    show(checker, entry("delivered", { process: "w" }), entry("delivered", { process: "w" }));
    show(checker, entry("delivered", { process: "v", epoch: 2 }));
    show(checker, entry("delivered", { process: "v", shardId: "other" }));
    expect(() => show(checker, entry("delivered", { process: "v" }))).toThrow(
      "w and v both deliver from shard in epoch 1",
    );
  });

  test("means nothing to those of the KCL who deliver", () => {
    const checker = new OwnerEpoch();
    for (const process of ["kcl-1", "w", "kcl-2"]) show(checker, entry("delivered", { process }));
  });
});
