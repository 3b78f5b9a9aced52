// A shard that nobody reads any more must not pass.
import { describe, expect, test } from "vitest";
import type { EntryOf, SubscriptionNews, TimedEntry } from "../evidence/journal-entry.ts";
import { entry, lease, show } from "./shown.ts";
import { SubscribedAgain } from "./subscribed-again.ts";

/** A subscription that was accepted at 0 and is the only way in which its shard is read, on a clock that is the worker's, too. */
function world(shardId = "shard") {
  let nowMs = 0;
  const checker = new SubscribedAgain({ nowMs: () => nowMs, ownTimeMs: () => nowMs });
  const news = (atMs: number, one: SubscriptionNews): void => {
    nowMs = atMs;
    show(checker, entry("subscription", { localMs: atMs, news: one, shardId }));
  };
  const look = (atMs: number): void => {
    nowMs = atMs;
    checker.look();
  };
  const lease = (what: string): void =>
    show(checker, entry("lease", { what, fields: { shardId: "shard" } }));
  const live = (what: EntryOf<"life">["what"]): void => show(checker, entry("life", { what }));
  for (const what of ["asked", "accepted", "awaited", "pushed", "awaited"] as const) {
    news(0, { what });
  }
  return { checker, lease, live, look, news };
}

const LATE = "w has left shard unread, and is";

test("the next one is asked for as soon as the service takes it", () => {
  const { look, news } = world();
  news(1000, { what: "ended" });
  look(6300);
  expect(() => look(7300)).toThrow(`${LATE} 1.0 s late`);
  expect(() => news(7300, { what: "asked" })).toThrow(LATE);
});

test("at once behind one that has lasted, be it left because it was silent", () => {
  const { look, news } = world();
  news(300_000, { what: "left" });
  look(301_200);
  expect(() => look(302_200)).toThrow(LATE);
});

test("within half a minute of one that was refused", () => {
  const { look, news } = world();
  news(300_000, { what: "ended" });
  news(300_000, { what: "asked" });
  news(300_000, { what: "refused", failure: "throttled" });
  look(331_200);
  expect(() => look(331_300)).toThrow(LATE);
});

test("or the shard is polled, given up, or no more", () => {
  const afterwards: readonly ((now: ReturnType<typeof world>) => void)[] = [
    ({ checker }) => show(checker, entry("read")),
    ({ lease }) => lease("fellBackToPolling"),
    ({ lease }) => lease("streamConsumerMissing"),
    ({ lease }) => lease("leaseLost"),
    ({ live }) => live("told to stop"),
    ({ live }) => live("killed"),
  ];
  for (const after of afterwards) {
    const now = world();
    now.news(300_000, { what: "ended" });
    after(now);
    now.look(400_000);
  }
  const { look, news } = world();
  news(300_000, { what: "failed", failure: "missing" });
  look(400_000);
});

test("who leaves one early is to ask for the next, or says that nothing more is to be read", () => {
  const { lease, look, news } = world();
  news(19_000, { what: "left" });
  expect(() => look(20_300)).toThrow(LATE);
  lease("leaseReleased");
  look(400_000);
});

test("who is asked for the lease may leave it", () => {
  const { checker, look, news } = world();
  const before = lease("shard", { owner: "w" });
  show(checker, entry("table", { before, after: { ...before, wantedBy: "v" } }));
  news(300_000, { what: "left" });
  look(400_000);
});

test("or leave it at that when the service ends it, unless the wish is taken back", () => {
  const { checker, look, news } = world();
  const before = lease("shard", { owner: "w" });
  const wished = { ...before, wantedBy: "v" };
  news(300_000, { what: "ended" });
  show(checker, entry("table", { before, after: wished }));
  look(400_000);
  show(checker, entry("table", { before: wished, after: before }));
  look(431_200);
  expect(() => look(431_300)).toThrow(LATE);
});

test("behind the event that ends the shard nothing is asked for", () => {
  const { look, news } = world();
  news(300_000, { what: "pushed", isEnd: true });
  news(300_000, { what: "left" });
  look(400_000);
});

test("a stream whose consumer is gone excuses no other one", () => {
  const of = (shardId: string, stream: string) => {
    const { checker, look, news } = world(shardId);
    show(checker, entry("lease", { what: "streamConsumerMissing", fields: { stream } }));
    news(300_000, { what: "ended" });
    return (): void => look(400_000);
  };
  expect(of("1:a:1:shard", "b")).toThrow("w has left 1:a:1:shard unread");
  expect(of("1:a:1:shard", "a")).not.toThrow();
});

describe("a stream that the worker is told to read no more", () => {
  const A = "0:a:1:";
  const streams = (fields: Partial<EntryOf<"streams">>) =>
    entry("streams", { process: "w", localMs: 300_000, ...fields });
  const begunAnew = entry("lease", {
    what: "streamStarted",
    fields: { stream: "a", streamName: "0:a:1" },
  });
  const LATE_OF_A = `w has left ${A}shard unread`;

  /** What is late at 400 s when a shard of it was left at 300 s. */
  const leaving = (...before: readonly TimedEntry[]): (() => void) => {
    const { checker, look, news } = world(`${A}shard`);
    show(checker, ...before);
    news(300_000, { what: "left" });
    return () => look(400_000);
  };

  test("is read no more, be its leases given up as late as they may", () => {
    expect(leaving(streams({ unnamed: [A] }))).not.toThrow();
    expect(leaving(streams({ named: [A], unnamed: ["0:b:1:"] }))).toThrow(LATE_OF_A);
  });

  test("is to be read as long as only others are told so", () => {
    expect(leaving(streams({ unnamed: [A], process: "v" }))).toThrow(LATE_OF_A);
    expect(leaving(streams({ unnamed: [A], process: "world" }))).toThrow(LATE_OF_A);
  });

  test("is given up first where the next answer names it again", () => {
    expect(leaving(streams({ unnamed: [A] }), streams({ named: [A] }))).not.toThrow();
  });

  test("waits for no next subscription of before, unless that is late already", () => {
    const told = (localMs: number): (() => void) => {
      const { checker, look, news } = world(`${A}shard`);
      news(1000, { what: "ended" });
      show(checker, streams({ unnamed: [A], localMs }));
      return () => look(400_000);
    };
    expect(told(6200)).not.toThrow();
    expect(() => told(6400)).toThrow(LATE_OF_A);
  });

  test("is to be read again when the worker has begun with it anew", () => {
    const { checker, look, news } = world(`${A}shard`);
    show(checker, streams({ unnamed: [A] }), streams({ named: [A] }), begunAnew);
    for (const what of ["asked", "accepted", "awaited", "pushed", "awaited"] as const) {
      news(310_000, { what });
    }
    news(350_000, { what: "left" });
    expect(() => look(400_000)).toThrow(LATE_OF_A);
  });
});

test("a try that comes to nothing while the shard is polled is no matter", () => {
  const { checker, look, news } = world();
  show(checker, entry("read"));
  news(300_000, { what: "ended" });
  look(400_000);
});
