// A rejection that nobody looks at breaks a world.
import { expect, test } from "vitest";
import { watchRejections } from "./no-rejection.ts";

test("a rejection that nobody looks at is told until the watch ends", () => {
  const told: string[] = [];
  const before = process.listenerCount("unhandledRejection");
  const watch = watchRejections(({ message }) => told.push(message));
  // As Node calls it; a true one would end this test.
  const [onRejection] = process.listeners("unhandledRejection").slice(-1);
  onRejection?.(new Error("nobody cares"), Promise.resolve());
  expect(told).toHaveLength(1);
  expect(told[0]).toMatch("no unhandled rejection: Error: nobody cares");
  watch[Symbol.dispose]();
  expect(process.listenerCount("unhandledRejection")).toBe(before);
});
