// The checkers of how leases are kept and given up are shown what they must not let pass.
import type { LeaseMove } from "@shardline/consumer";
import { describe, expect, test } from "vitest";
import { Handling } from "../evidence/handling.ts";
import type { Checker } from "../evidence/journal.ts";
import type { EntryOf, TimedEntry } from "../evidence/journal-entry.ts";
import { SideBySide } from "../evidence/side-by-side.ts";
import { StoredRecords } from "../evidence/stored-records.ts";
import { CleanHandover } from "./clean-handover.ts";
import { ReleaseAfterBatch } from "./release-after-batch.ts";
import { RenewalInTime } from "./renewal-in-time.ts";
import { entry, landedRecord, lease, show } from "./shown.ts";

const FAILOVER_MS = 10_000;
const DRAIN_MS = 30_000;

const at = (subSequenceNumber: number) => ({ sequenceNumber: "1", subSequenceNumber });
const owned = lease("shard", { owner: "w", epoch: 1 });

/** The owner gives its lease up at a checkpoint. */
function release(subSequenceNumber: number, fields: Partial<EntryOf<"table">> = {}): TimedEntry {
  const after = lease("shard", { epoch: 1, checkpoint: at(subSequenceNumber) });
  return entry("table", { before: owned, after, ...fields });
}

/** Shows entries to what is kept for checkers first. */
function showAll(make: (handling: Handling) => Checker, ...entries: readonly TimedEntry[]): void {
  const handling = new Handling(DRAIN_MS);
  const checker = make(handling);
  for (const one of entries) {
    show(handling, one);
    show(checker, one);
  }
}

describe("release after the batch:", () => {
  const showRelease = (...entries: readonly TimedEntry[]): void =>
    showAll((handling) => new ReleaseAfterBatch(handling), ...entries);

  test("a lease that is given up while a handler is at work is seen", () => {
    const again = entry("delivered");
    expect(() => showRelease(entry("delivered"), release(0))).toThrow(
      "w gives shard up while its handler is at work",
    );
    expect(() => showRelease(entry("delivered"), entry("left"), again, release(0))).toThrow();
  });

  test("so is one that is handed to another owner", () => {
    const after = lease("shard", { owner: "v", epoch: 2 });
    expect(() => showRelease(entry("delivered"), release(0, { after }))).toThrow("w gives shard");
  });

  test("so is one that has waited for the handler, and not for long enough", () => {
    const soon = release(0, { atMs: DRAIN_MS - 700 });
    const draining = entry("lease", { what: "draining" });
    expect(() => showRelease(draining, entry("delivered"), soon)).toThrow("w gives shard");
  });

  test.each<[string, readonly TimedEntry[]]>([
    ["comes after the handler's end", [entry("delivered"), entry("left"), release(0)]],
    ["is somebody else's doing", [entry("delivered"), release(0, { process: "v" })]],
    ["is of a later lease", [entry("delivered", { epoch: 0 }), release(0)]],
    ["is a renewal", [entry("delivered"), entry("table", { before: owned, after: owned })]],
    [
      "has waited for the handler as long as it was to",
      [entry("lease", { what: "draining" }), entry("delivered"), release(0, { atMs: DRAIN_MS })],
    ],
  ])("a write that %s is fine", (_, entries) => {
    expect(() => showRelease(...entries)).not.toThrow();
  });
});

describe("clean handover:", () => {
  const showHandover = (...entries: readonly TimedEntry[]): void =>
    showAll((handling) => new CleanHandover(handling), ...entries);
  const handled = entry("handled", { positions: [at(0), at(1)] });

  test("a lease that is given up behind what was handled is seen", () => {
    expect(() => showHandover(entry("delivered"), handled, release(0))).toThrow(
      "w gives shard up at 1#0, and has handled it up to 1#1",
    );
  });

  test("a repetition takes nothing back from what was handled", () => {
    const again = entry("handled", { positions: [at(0)] });
    const entries = [entry("delivered"), handled, again, release(0)];
    expect(() => showHandover(...entries)).toThrow("up to 1#1");
  });

  test("one that has waited tells all that was handled in time", () => {
    const draining = entry("lease", { what: "draining" });
    const late = entry("handled", { positions: [at(2)], atMs: DRAIN_MS });
    const released = (number: number): TimedEntry => release(number, { atMs: DRAIN_MS });
    showHandover(draining, entry("delivered"), handled, late, released(1));
    expect(() => showHandover(draining, entry("delivered"), handled, late, released(0))).toThrow(
      "up to 1#1",
    );
  });

  test("what was handled shortly before the time was over is handled in time", () => {
    const last = entry("handled", { positions: [at(2)], atMs: DRAIN_MS - 700 });
    const entries = [entry("lease", { what: "draining" }), entry("delivered"), handled, last];
    expect(() => showHandover(...entries, release(1, { atMs: DRAIN_MS }))).toThrow("up to 1#2");
  });

  test.each<[string, readonly TimedEntry[]]>([
    ["tells all that was handled", [entry("delivered"), handled, release(1)]],
    ["is of a later lease", [entry("delivered", { epoch: 0 }), handled, release(0)]],
    ["comes before anything was handled", [entry("delivered"), release(0)]],
  ])("a write that %s is fine", (_, entries) => {
    expect(() => showHandover(...entries)).not.toThrow();
  });
});

describe("clean handover, where handlers work side by side:", () => {
  const stored = new StoredRecords();
  show(stored, entry("landed", { records: [0, 1, 2, 3].map((n) => landedRecord(n, n)) }));
  const delivered = [0, 1, 2].map((number) => entry("delivered", { position: at(number) }));
  const handled = (...places: readonly number[]): EntryOf<"handled"> =>
    entry("handled", { positions: places.map(at) });

  function showHandover(...entries: readonly TimedEntry[]): void {
    const handling = new Handling(DRAIN_MS);
    const sideBySide = new SideBySide(stored, handling);
    const checker = new CleanHandover(handling, { stored, sideBySide, isFinished: true });
    for (const one of entries) for (const each of [handling, sideBySide, checker]) show(each, one);
  }

  test("a lease that is given up before what was handled next is seen", () => {
    expect(() => showHandover(...delivered, handled(0, 1), release(0))).toThrow(
      "w gives shard up at 1#0, and has handled a/1 behind it",
    );
    showHandover(...delivered, handled(0, 1), release(1));
  });

  test("what was handled behind a record that was not comes again, where nobody asked for it", () => {
    showHandover(...delivered, handled(0), handled(2), release(0));
  });

  test("what lies before a record that is done is finished, where somebody did, unless it takes too long", () => {
    const wanted = lease("shard", { owner: "w", epoch: 1, wantedBy: "v" });
    const wish = entry("table", { process: "v", before: owned, after: wanted });
    const given = (atMs: number): TimedEntry => release(0, { before: wanted, atMs });
    const done = [...delivered, handled(0), handled(2)];
    const seen = "and has handled what lies behind a/1, but not that";
    expect(() => showHandover(wish, ...done, given(9000))).toThrow(seen);
    expect(() => showHandover(entry("lease", { what: "draining" }), ...done, release(0))).toThrow(
      seen,
    );
    showHandover(wish, ...done, given(9900));
    showHandover(wish, ...delivered, handled(0), handled(1), release(1, { before: wanted }));
    const halted = entry("lease", { what: "shardHalted", fields: { shardId: "shard", ...at(1) } });
    showHandover(wish, ...done, halted, given(9000));
  });

  test("what was handled when nobody waited any more comes again, too", () => {
    const draining = entry("lease", { what: "draining" });
    const late = { ...handled(1), atMs: DRAIN_MS };
    showHandover(draining, ...delivered, handled(0), late, release(0, { atMs: DRAIN_MS }));
  });

  test("so does what a call was done with that was waited for in vain", () => {
    const draining = entry("lease", { what: "draining" });
    const given = release(0, { atMs: DRAIN_MS });
    showHandover(draining, ...delivered, handled(0, 1), given);
    showHandover(draining, ...delivered, handled(0, 1), entry("left", { atMs: DRAIN_MS }), given);
    const left = entry("left");
    expect(() => showHandover(draining, ...delivered, handled(0, 1), left, given)).toThrow();
  });
});

describe("renewal in time:", () => {
  const take: LeaseMove = { expect: { counter: 0 }, patch: { counter: 1, epoch: 1, owner: "w" } };
  const renewal: LeaseMove = { expect: { counter: 1, owner: "w" }, patch: { counter: 2 } };
  const taken = entry("table", { after: owned, sentAtMs: 0, atMs: 5000 });
  const renewed = (localMs: number): TimedEntry => entry("asked", { move: renewal, localMs });

  test("a renewal that comes too late is seen, by when the last one was sent", () => {
    const checker = new RenewalInTime(FAILOVER_MS);
    show(checker, taken);
    expect(() => show(checker, renewed(FAILOVER_MS + 7))).toThrow(
      "w renews shard 7 ms after its time was over",
    );
  });

  test("one that never arrived gives no time", () => {
    const checker = new RenewalInTime(FAILOVER_MS);
    show(checker, taken, renewed(9000));
    expect(() => show(checker, renewed(FAILOVER_MS))).toThrow("w renews shard");
  });

  test("one that arrived does, whether its answer did or not", () => {
    const checker = new RenewalInTime(FAILOVER_MS);
    const arrived = entry("table", { after: owned, sentAtMs: 9000 });
    const next = { ...renewal, patch: { counter: 3 } };
    show(checker, taken, renewed(9000), arrived);
    show(checker, entry("asked", { move: next, localMs: 9000 + FAILOVER_MS - 1 }));
  });

  test("a notice that comes late takes nothing of the time away", () => {
    const checker = new RenewalInTime(FAILOVER_MS);
    const notice = entry("table", { before: owned, after: owned, sentAtMs: 0 });
    show(checker, { ...taken, sentAtMs: 5000 }, notice, renewed(5000 + FAILOVER_MS - 1));
    expect(() => show(checker, renewed(5000 + FAILOVER_MS))).toThrow("w renews shard");
  });

  test("a lease may be taken anew, or given up, at any time", () => {
    const checker = new RenewalInTime(FAILOVER_MS);
    const anew = { ...take, expect: { counter: 1, owner: "w" } };
    const releaseMove = { ...renewal, patch: { counter: 2, owner: null } };
    show(checker, taken);
    for (const move of [anew, releaseMove]) {
      show(checker, entry("asked", { move, localMs: 2 * FAILOVER_MS }));
    }
  });
});
