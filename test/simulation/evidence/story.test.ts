import { expect, test } from "vitest";
import { entry } from "../checkers/shown.ts";
import { BrokenInvariant } from "./journal.ts";
import { storyOf } from "./story.ts";

test("a story tells of a write with hash keys, which are larger than JSON's numbers", () => {
  const patch = { hashKeyRange: { start: 0n, end: 2n ** 128n - 1n } };
  const asked = entry("asked", { move: { expect: {}, patch } });
  const [line] = storyOf([asked], new BrokenInvariant("a checker", "something"));
  expect(line).toContain('"end":"340282366920938463463374607431768211455"');
});

test("a story tells of the processes that an invariant names, and of the world", () => {
  const entries = ["v", "w", "world"].map((process) => entry("read", { process }));
  const lines = storyOf(entries, new BrokenInvariant("a checker", "something", "w"));
  expect(lines).toHaveLength(2);
});
