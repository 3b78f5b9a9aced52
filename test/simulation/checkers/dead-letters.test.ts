// A dead letter that the sink has not taken must not pass.
import { expect, test } from "vitest";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { DeadLetters } from "./dead-letters.ts";
import { entry, show } from "./shown.ts";

const at = (subSequenceNumber: number) => ({ sequenceNumber: "1", subSequenceNumber });
const taken = (number: number): EntryOf<"handled"> =>
  entry("handled", { how: "dead-lettered", positions: [at(number)] });
const told = (number: number): EntryOf<"lease"> =>
  entry("lease", { what: "recordDeadLettered", fields: { shardId: "shard", ...at(number) } });

test("what is told before the sink has taken it is seen", () => {
  const problem = "w tells that 1#0 of shard is dead-lettered, and the sink has not taken it";
  expect(() => show(new DeadLetters(), told(0))).toThrow(problem);
  expect(() => show(new DeadLetters(), taken(1), told(0))).toThrow(problem);
  expect(() => show(new DeadLetters(), taken(0), told(0), told(0))).toThrow(problem);
  show(new DeadLetters(), taken(0), told(0), taken(1), told(1));
  show(new DeadLetters(), taken(0), taken(1), told(0), told(1));
});
