import fc from "fast-check";
import { expect, test } from "vitest";
import { Ring } from "../src/ring.ts";

test("a ring keeps the last items, oldest first", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), fc.array(fc.integer()), (size, items) => {
      const ring = new Ring<number>(size);
      for (const item of items) ring.add(item);
      expect(ring.all()).toEqual(items.slice(-size));
    }),
  );
});
