// Which losses of a lease the lease table excuses.
import { describe, expect, test } from "vitest";
import type { TimedEntry } from "../evidence/journal-entry.ts";
import type { WriteOutcome } from "../evidence/outcomes.ts";
import { KeptThroughThrottling } from "./kept-through-throttling.ts";
import { entry, lease, show } from "./shown.ts";

const MINE = lease("shard", { owner: "w" });

const RENEWED = { ...MINE, counter: MINE.counter + 1 };
const renewed = (sentAtMs: number) =>
  entry("table", { before: MINE, after: RENEWED, sentAtMs, atMs: sentAtMs });
const settled = (outcome: WriteOutcome, localMs: number, key = "shard", sentAtMs = localMs) =>
  entry("settled", { outcome, localMs, key, sentAtMs });
const refused = (localMs: number, key = "shard") => settled("throttled", localMs, key);
const lost = (localMs: number, key = "shard") => settled("unknown", localMs, key);
const asked = (localMs: number) => entry("asked", { localMs });
const paused = (atMs: number, forMs: number) =>
  entry("life", { process: "w", what: "paused", atMs, forMs });
const expired = entry("lease", {
  what: "leaseLost",
  fields: { leaseKey: "shard", cause: "expired" },
  atMs: 110_000,
});
const taken = entry("table", {
  process: "v",
  before: MINE,
  after: lease("shard", { owner: "v" }),
  atMs: 110_000,
});

/** What comes of it when a lease that was renewed at 100 s is lost at 110 s. */
function losing(loss: TimedEntry, ...before: readonly TimedEntry[]): () => void {
  const view = { failoverMs: 10_000, roundTripMs: 400, ownTimeMs: () => 110_000 };
  const checker = new KeptThroughThrottling(view);
  show(checker, renewed(100_000), settled("answered", 100_010), ...before);
  return () => show(checker, loss);
}

describe.each([
  ["let it expire", expired],
  ["lost it to v", taken],
])("a worker that had a lease and %s", (how, loss) => {
  test("has no excuse without faults", () => {
    expect(losing(loss)).toThrow(`shard, which it renewed 10.0 s before, and ${how}`);
  });

  test("has one where its stream had been given up when it came, until that is read again", () => {
    const stream = "orders";
    const removed = entry("lease", { what: "streamRemoved", fields: { stream } });
    const started = entry("lease", { what: "streamStarted", fields: { stream } });
    const came = entry("lease", { what: "leaseTaken", fields: { stream, leaseKey: "shard" } });
    expect(losing(loss, removed, came, started)).not.toThrow();
    expect(losing(loss, removed, started, came)).toThrow(how);
  });

  test("has one where writes were refused for more than half of its time", () => {
    expect(losing(loss, refused(104_000), refused(109_000))).toThrow("for 5.0 s at most");
    expect(losing(loss, refused(103_000), refused(109_000))).not.toThrow();
    // Whichever leases they were for: the others are held back as well.
    expect(losing(loss, refused(103_000, "a"), refused(109_000, "b"))).not.toThrow();
  });

  test("has none where writes were refused by chance, and others got through", () => {
    const through = settled("answered", 106_000, "other");
    expect(losing(loss, refused(103_000), through, refused(109_000))).toThrow("for 0.0 s at most");
  });

  test("has one where a write got through by chance, and most were refused", () => {
    const through = settled("answered", 106_000, "other");
    const [first, second, last] = [refused(103_000), refused(104_000), refused(109_000)];
    expect(losing(loss, first, second, through, last)).not.toThrow();
  });

  test("has none where they were refused for long, and are not any more", () => {
    const outage = [103_000, 104_000, 105_000, 109_000].map((atMs) => refused(atMs));
    const after = [1, 2, 3, 4].map((ms) => settled("answered", 109_000 + ms, "other"));
    expect(losing(loss, ...outage, ...after)).toThrow("for 0.0 s at most");
  });

  test("has one where it had spared the table, and heard late that it refused again", () => {
    const before = [101_000, 101_100, 101_200].map((atMs) => refused(atMs));
    const after = [1, 2, 3].map((ms) => settled("answered", 102_000 + ms, "other"));
    const again = [refused(106_700), refused(109_000)];
    expect(losing(loss, ...before, ...after, ...again)).not.toThrow();
    expect(losing(loss, ...after, ...again)).toThrow("for 2.3 s at most");
  });

  test("has one where it had heard of a refusal within a failover time before the lease was due, and of more for a quarter", () => {
    const later = [settled("answered", 102_600, "other"), refused(106_700), refused(109_300)];
    expect(losing(loss, refused(102_500, "other"), ...later)).not.toThrow();
    expect(losing(loss, refused(91_000, "other"), ...later)).toThrow("for 2.6 s at most");
    const shorter = [settled("answered", 102_600, "other"), refused(106_900), refused(109_300)];
    expect(losing(loss, refused(102_500, "other"), ...shorter)).toThrow("for 2.4 s at most");
  });

  test("has one where the table refused most writes of everybody for more than half of its time", () => {
    const storm = (atMs: number, weather: "away" | "throttling" = "throttling") =>
      entry("world", {
        process: "world",
        atMs,
        storm: { service: "leases", weather, forMs: 20_000 },
      });
    const alternating = [refused(104_000), settled("answered", 104_100, "other"), refused(109_000)];
    expect(losing(loss, storm(104_000), ...alternating)).not.toThrow();
    expect(losing(loss, storm(105_000), ...alternating)).toThrow("for 5.0 s at most");
    expect(losing(loss, storm(104_000, "away"), ...alternating)).toThrow("for 0.0 s at most");
    expect(losing(loss, storm(80_000), ...alternating)).toThrow("for 0.0 s at most");
  });

  test("has one where a write of this lease got lost, or has no answer for too long", () => {
    expect(losing(loss, lost(107_000))).not.toThrow();
    expect(losing(loss, lost(99_000))).toThrow(how);
    expect(losing(loss, lost(107_000, "other"))).toThrow(how);
    expect(losing(loss, asked(109_500))).not.toThrow();
    expect(losing(loss, asked(109_700))).toThrow(how);
    expect(losing(loss, asked(109_500), settled("throttled", 109_600, "shard", 109_500))).toThrow(
      how,
    );
  });

  test("has one where it stood still in that time, or is no more", () => {
    expect(losing(loss, paused(95_000, 5000))).not.toThrow();
    expect(losing(loss, paused(94_000, 5000))).toThrow(how);
    const killed = entry("life", { process: "w", what: "killed" });
    expect(losing(loss, killed)).not.toThrow();
  });
});

test("a lease is not taken from a worker before its time is over, whatever the table refuses", () => {
  const refusals = [refused(103_000), refused(109_000)];
  const view = { failoverMs: 10_000, roundTripMs: 400, ownTimeMs: () => 109_700 };
  const checker = new KeptThroughThrottling(view);
  show(checker, renewed(100_000), settled("answered", 100_010), ...refusals);
  expect(() => show(checker, taken)).toThrow("renewed 9.7 s before, and lost it to v");
});

test("a renewal of which the owner does not know is no time more", () => {
  expect(losing(expired, renewed(108_000), asked(108_000))).not.toThrow();
  expect(losing(expired, renewed(108_000), settled("answered", 108_010))).toThrow("2.0 s before");
  const refusals = [refused(103_000), refused(109_000)];
  expect(losing(expired, renewed(109_900), asked(109_900), ...refusals)).not.toThrow();
  expect(losing(taken, renewed(109_900), asked(109_900), ...refusals)).toThrow("0.1 s before");
});

test("a lease that was given up because it had expired is nobody's to lose", () => {
  const late = { ...taken, atMs: 125_000 };
  expect(losing(late, paused(95_000, 5000))).toThrow("lost it to v");
  expect(losing(late, paused(95_000, 5000), expired)).not.toThrow();
});

test("one that was handed over to a worker that has not taken it up is nobody's to lose", () => {
  const handedOver = entry("table", {
    process: "u",
    before: lease("shard", { owner: "u" }),
    after: MINE,
    atMs: 95_000,
  });
  expect(losing(taken, handedOver)).not.toThrow();
  expect(losing(taken, handedOver, asked(109_900))).not.toThrow();
  const takenUp = [renewed(96_000), settled("answered", 96_010)];
  expect(losing(taken, handedOver, ...takenUp)).toThrow("lost it to v");
});

test("a lease that is lost is not renewed by what else its old owner writes into its item", () => {
  const notice = entry("table", { before: MINE, after: MINE, sentAtMs: 109_000, atMs: 109_000 });
  const late = { ...taken, atMs: 125_000 };
  expect(losing(late, paused(95_000, 5000), expired, notice)).not.toThrow();
});

test("who has asked for a lease long enough takes it, and its loss to somebody unknown is no expiry", () => {
  const wished = { ...taken, before: lease("shard", { owner: "w", wantedBy: "v" }) };
  expect(losing(wished)).not.toThrow();
  const lost = { ...expired, fields: { leaseKey: "shard", cause: "taken" } };
  expect(losing(lost)).not.toThrow();
});
