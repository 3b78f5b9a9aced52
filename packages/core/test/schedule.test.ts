import fc from "fast-check";
import { expect, it } from "vitest";
import { Schedule } from "../src/schedule.ts";

it("a schedule does as a sorted list does, whatever is set, set again, deleted and taken", () => {
  const command = fc.record({
    what: fc.constantFrom("set", "set", "delete", "take"),
    item: fc.nat(12),
    atMs: fc.oneof(fc.nat(30), fc.constant(Infinity)),
  });
  fc.assert(
    fc.property(fc.array(command, { maxLength: 200 }), (commands) => {
      const schedule = new Schedule<number>();
      const model = new Map<number, number>();
      for (const { atMs, item, what } of commands) {
        if (what === "set") {
          schedule.set(item, atMs);
          model.set(item, atMs);
        } else if (what === "delete") {
          schedule.delete(item);
          model.delete(item);
        } else {
          const nextMs = Math.min(Infinity, ...model.values());
          const taken = schedule.take(atMs);
          if (nextMs > atMs || nextMs === Infinity) expect(taken).toBeUndefined();
          else expect(model.get(taken as number)).toBe(nextMs);
          model.delete(taken as number);
        }
        expect(schedule.nextMs).toBe(Math.min(Infinity, ...model.values()));
        expect(schedule.has(item)).toBe(model.has(item));
      }
    }),
  );
});
