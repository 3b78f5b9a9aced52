import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CallSeat, CallSlots } from "../../src/call/call-slots.ts";

interface Stream {
  readonly seat: CallSeat;
  turns: number;
}

function join(slots: CallSlots): Stream {
  const stream = { turns: 0, seat: slots.join(() => void (stream.turns += 1)) };
  return stream;
}

/** Takes every slot that it may. */
function takeAll({ seat }: Stream): number {
  let taken = 0;
  for (; seat.claim(); taken += 1) seat.take();
  return taken;
}

describe("slots", () => {
  it("are no more than allowed, over all streams", () => {
    const slots = new CallSlots(5);
    const [one, two] = [join(slots), join(slots)];
    expect([takeAll(one), takeAll(two), slots.taken]).toEqual([5, 0, 5]);
  });

  it("that are freed are taken in turns by the streams that wait for them", () => {
    const slots = new CallSlots(2);
    const streams = [join(slots), join(slots), join(slots)] as const;
    const [greedy] = streams;
    takeAll(greedy);
    for (const { seat } of streams) seat.claim();
    const served: number[] = [];
    for (let i = 0; i < 9; i += 1) {
      greedy.seat.free("good", 0, 0);
      const turn = streams.findIndex(({ seat }) => seat.claim());
      streams[turn]?.seat.take();
      streams[turn]?.seat.claim();
      served.push(turn);
    }
    expect(served).toEqual([0, 1, 2, 0, 1, 2, 0, 1, 2]);
  });

  it("wake the stream whose turn it is, but not the one that frees them", () => {
    const slots = new CallSlots(1);
    const [one, two] = [join(slots), join(slots)];
    one.seat.take();
    two.seat.claim();
    one.seat.free("good", 0, 0);
    expect([one.turns, two.turns]).toEqual([0, 1]);
    expect([one.seat.claim(), two.seat.claim()]).toEqual([false, true]);
  });

  it("go to the next in line when one steps back, who is woken", () => {
    const slots = new CallSlots(1);
    const [one, two, three] = [join(slots), join(slots), join(slots)];
    one.seat.take();
    two.seat.claim();
    three.seat.claim();
    one.seat.free("good", 0, 0);
    two.seat.stepBack();
    expect([two.turns, three.turns, three.seat.claim()]).toEqual([1, 1, true]);
  });
});

describe("R-aimd: the limit", () => {
  it("is halved by a congested call and rises by one with every ten good ones, up to the maximum", () => {
    const slots = new CallSlots(8);
    const { seat } = join(slots);
    const call = (
      end: "good" | "congested" | "other",
      startedAtMs: number,
      endedAtMs: number,
    ): number => {
      seat.take();
      seat.free(end, startedAtMs, endedAtMs);
      return slots.limit;
    };
    expect(call("congested", 1, 2)).toBe(4);
    expect(call("congested", 1, 3)).toBe(4);
    expect(call("congested", 3, 4)).toBe(2);
    expect([call("congested", 5, 6), call("congested", 7, 8)]).toEqual([1, 1]);
    for (let i = 0; i < 9; i += 1) expect(call("good", 9, 9)).toBe(1);
    expect([call("other", 9, 9), call("good", 9, 9)]).toEqual([1, 2]);
    for (let i = 0; i < 200; i += 1) call("good", 9, 9);
    expect(slots.limit).toBe(8);
  });
});

it("whatever streams do, no slot is given twice, and none is lost to those who want it", () => {
  const step = fc.record({
    who: fc.nat(3),
    what: fc.constantFrom("claim", "stepBack", "good", "congested"),
  });
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 200 }),
      fc.integer({ min: 1, max: 5 }),
      (steps, max) => {
        const slots = new CallSlots(max);
        const streams = [0, 1, 2, 3].map(() => ({ ...join(slots), underWay: 0, isWaiting: false }));
        let nowMs = 0;
        for (const { what, who } of steps) {
          const stream = streams[who] as (typeof streams)[number];
          nowMs += 1;
          if (what === "claim") {
            stream.isWaiting = !stream.seat.claim();
            if (!stream.isWaiting) {
              stream.seat.take();
              stream.underWay += 1;
            }
          } else if (what === "stepBack") {
            stream.seat.stepBack();
            stream.isWaiting = false;
          } else if (stream.underWay > 0) {
            stream.underWay -= 1;
            stream.seat.free(what, nowMs - 1, nowMs);
          }
          const underWay = streams.reduce((sum, each) => sum + each.underWay, 0);
          expect(slots.taken).toBe(underWay);
          expect(underWay).toBeLessThanOrEqual(max);
          // Of those that wait, as many may go on as there are slots.
          const waiting = streams.filter(({ isWaiting }) => isWaiting);
          const served = waiting.filter(({ seat }) => seat.claim()).length;
          expect(served).toBe(Math.min(waiting.length, Math.max(0, slots.limit - underWay)));
        }
      },
    ),
  );
});
