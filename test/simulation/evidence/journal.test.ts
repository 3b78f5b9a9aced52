import { expect, test } from "vitest";
import { BrokenInvariant, type Checker, Journal } from "./journal.ts";

/** A checker that likes nothing. */
function grumbler(name: string): Checker {
  const grumble = (): never => {
    throw new BrokenInvariant(name, "no");
  };
  return { name, sights: { world: grumble }, atEnd: grumble };
}

function stumble(): never {
  throw new TypeError("stumbled");
}

function checkerThat(name: string, does: Omit<Checker, "name">): Checker {
  return { name, ...does };
}

const ENTRY = { kind: "world", process: "w", what: "is killed" } as const;

test("the first invariant that breaks stays", () => {
  const journal = new Journal(() => 0);
  journal.watch(grumbler("one"), grumbler("two"));
  journal.write(ENTRY);
  journal.end();
  expect(journal.broken?.checker).toBe("one");
});

test("the last that is told is what broke it", () => {
  const journal = new Journal(() => 0);
  const told = (): string[] => journal.recent.map(({ process }) => process);
  journal.write({ kind: "life", process: "before", what: "stopped", forMs: 0 });
  journal.watch(grumbler("one"));
  journal.write(ENTRY);
  journal.write({ ...ENTRY, process: "behind" });
  expect(told()).toEqual(["before", "w"]);
});

test("where one checker is heeded what others see before it does not count, nor keep it from seeing", () => {
  const journal = new Journal(() => 0, "two");
  journal.watch(grumbler("one"), grumbler("two"));
  journal.break(new BrokenInvariant("rest", "no"));
  expect(journal.broken).toBeUndefined();
  journal.write(ENTRY);
  expect(journal.broken?.checker).toBe("two");
});

test.each<[string, Checker, (journal: Journal) => void]>([
  ["sees an entry", checkerThat("fails", { sights: { world: stumble } }), (it) => it.write(ENTRY)],
  ["looks", checkerThat("fails", { look: stumble }), (it) => it.look()],
  ["looks at the end", checkerThat("fails", { atEnd: stumble }), (it) => it.end()],
])(
  "a checker that fails itself when it %s breaks the world by a name of its own",
  (_, checker, act) => {
    for (const journal of [new Journal(() => 0), new Journal(() => 0, "two")]) {
      journal.watch(checker);
      expect(() => act(journal)).not.toThrow();
      expect(journal.broken?.checker).toBe("checker failed: fails");
      expect(journal.broken?.message).toMatch(/TypeError: stumbled\n +at .*journal\.test/);
    }
  },
);

test("a checker looks at the first step at which something is due, and with the others every thousand steps", () => {
  let nowMs = 0;
  const looks: string[] = [];
  const timed = checkerThat("timed", { look: () => looks.push(`timed at ${nowMs}`), dueAtMs: 50 });
  const other = checkerThat("other", { look: () => looks.push(`other at ${nowMs}`) });
  const journal = new Journal(() => nowMs);
  journal.watch(timed, other);
  for (nowMs = 1; nowMs <= 50; nowMs += 1) journal.step();
  expect(looks).toEqual(["timed at 50"]);
  nowMs = 49;
  for (let steps = 50; steps < 1000; steps += 1) journal.step();
  expect(looks).toEqual(["timed at 50", "timed at 49", "other at 49"]);
});
