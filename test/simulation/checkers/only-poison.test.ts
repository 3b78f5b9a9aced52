// A good record that is given up must not pass.
import { expect, test } from "vitest";
import type { EntryOf } from "../evidence/journal.ts";
import { StoredRecords } from "../evidence/stored-records.ts";
import { OnlyPoison } from "./only-poison.ts";
import { entry, landedRecord, show } from "./shown.ts";

/** Record 52 of each key is poisonous. */
function world(): OnlyPoison {
  const stored = new StoredRecords();
  show(stored, entry("landed", { records: [landedRecord(52), landedRecord(0, 1)] }));
  return new OnlyPoison(stored);
}

function givenUp(how: EntryOf<"handled">["how"], ...indices: readonly number[]) {
  const positions = indices.map((subSequenceNumber) => {
    return { sequenceNumber: "1", subSequenceNumber };
  });
  return entry("handled", { how, positions });
}

test.each(["skipped", "dead-lettered"] as const)("only poison is %s", (how) => {
  show(world(), givenUp(how, 0), givenUp("returned", 0, 1));
  expect(() => show(world(), givenUp(how, 1))).toThrow(`${how} on shard: a/0`);
});

test("nothing is given up together with poison", () => {
  expect(() => show(world(), givenUp("skipped", 0, 1))).toThrow("a/52 to a/0");
});
