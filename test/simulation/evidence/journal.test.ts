import { expect, test } from "vitest";
import { BrokenInvariant, type Checker, Journal } from "./journal.ts";

/** A checker that likes nothing. */
function grumbler(name: string): Checker {
  const grumble = (): never => {
    throw new BrokenInvariant(name, "no");
  };
  return { name, sights: { world: grumble }, atEnd: grumble };
}

const ENTRY = { kind: "world", process: "w", what: "is killed" } as const;

test("the first invariant that breaks stays", () => {
  const journal = new Journal(() => 0);
  journal.watch(grumbler("one"), grumbler("two"));
  journal.write(ENTRY);
  journal.end();
  expect(journal.broken?.checker).toBe("one");
});

test("where one checker is heeded what others see before it does not count, nor keep it from seeing", () => {
  const journal = new Journal(() => 0, "two");
  journal.watch(grumbler("one"), grumbler("two"));
  journal.break(new BrokenInvariant("rest", "no"));
  expect(journal.broken).toBeUndefined();
  journal.write(ENTRY);
  expect(journal.broken?.checker).toBe("two");
});
