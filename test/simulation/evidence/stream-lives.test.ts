import { expect, test } from "vitest";
import { entry, landedRecord, lease, show } from "../checkers/shown.ts";
import type { Checker } from "./journal.ts";
import type { EntryOf, TimedEntry } from "./journal-entry.ts";
import { StoredRecords } from "./stored-records.ts";
import { StreamLives } from "./stream-lives.ts";

const OLD = { sequenceNumber: "1", subSequenceNumber: 0 };
const NEW = { sequenceNumber: "7", subSequenceNumber: 0 };

const made = (streamEpoch?: number): EntryOf<"table"> => {
  const after = lease("shard", streamEpoch === undefined ? {} : { streamEpoch });
  return entry("table", { key: "shard", after, isCreation: true });
};
const taken = entry("table", {
  key: "shard",
  before: lease("shard"),
  after: lease("shard", { owner: "w", epoch: 1 }),
});
const landed = (sequenceNumber: string): EntryOf<"landed"> =>
  entry("landed", { sequenceNumber, records: [landedRecord(0)] });
const delivered = (position: typeof OLD): EntryOf<"delivered"> => entry("delivered", { position });
const handled = entry("handled");
const born = entry("reborn", { streamEpoch: 2 });

/** What checkers of each life are shown of some entries. */
function shownTo(...entries: readonly TimedEntry[]): readonly (readonly TimedEntry[])[] {
  const stored = new StoredRecords();
  const table = { snapshot: () => [], get: () => undefined };
  const lives = new StreamLives(stored, table);
  const seen: TimedEntry[][] = [];
  const watchers: Checker[] = [];
  const watch = (): void => {
    const life: TimedEntry[] = [];
    seen.push(life);
    const see = (one: TimedEntry): void => {
      life.push(one);
    };
    const sights = { table: see, delivered: see, handled: see, checkpoint: see };
    watchers.push(...lives.duringThisLife([{ name: "all", sights }]));
  };
  watch();
  for (const one of entries) {
    show(stored, one);
    show(lives, one);
    for (const watcher of watchers) show(watcher, one);
    if (one.kind === "reborn") watch();
  }
  return seen;
}

test("the checkers of a stream are shown what is done with it until it is created again", () => {
  const old = [made(1), taken, delivered(OLD), handled];
  expect(shownTo(landed("1"), ...old, born, landed("7"), taken)).toEqual([old, []]);
});

test("then others are, of its own leases alone, and of its own records under them", () => {
  const before = [landed("1"), made(1), taken, born, landed("7"), delivered(OLD), handled];
  const underOld = [taken, delivered(NEW), handled];
  const underNew = [made(2), taken, delivered(OLD), handled, delivered(NEW), handled];
  const [, shown] = shownTo(...before, ...underOld, ...underNew);
  expect(shown).toEqual([made(2), taken, delivered(NEW), handled]);
});

test("a checkpoint of the old one that is asked for late is none of the new one's", () => {
  const asked = (position: typeof OLD) => entry("checkpoint", { position, outcome: "asked" });
  const before = [landed("1"), made(1), taken, born, landed("7"), made(2), taken, delivered(NEW)];
  const [, shown] = shownTo(...before, asked(OLD), asked(NEW));
  expect(shown).toEqual([made(2), taken, delivered(NEW), asked(NEW)]);
});

test("a lease that does not say for which stream it was made is none of the new one", () => {
  const [first, second] = shownTo(made(), born, made(), taken);
  expect(first).toEqual([made()]);
  expect(second).toEqual([]);
});
