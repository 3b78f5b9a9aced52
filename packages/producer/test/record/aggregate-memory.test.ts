import { describe, expect, it } from "vitest";
import { AggregateMemory } from "../../src/record/aggregate-memory.ts";

const KIB = 1024;
const MIB = KIB * KIB;

function taken(memory: AggregateMemory, bytes: number): ArrayBufferLike {
  return memory.take(bytes).buffer;
}

describe("memory of aggregates", () => {
  it("is handed out again, whole, when an aggregate in a part of it is given back", () => {
    const memory = new AggregateMemory();
    const first = memory.take(50 * KIB);
    memory.giveBack(first.subarray(0, 48 * KIB));
    expect(memory.idleBytes).toBe(50 * KIB);
    const again = memory.take(49 * KIB);
    expect([again.buffer, again.length]).toEqual([first.buffer, 50 * KIB]);
    expect([memory.idleBytes, taken(memory, 49 * KIB) === first.buffer]).toEqual([0, false]);
  });

  it("is the shortest that will do", () => {
    const memory = new AggregateMemory();
    const [longest, shortest, middle] = [64, 52, 58].map((size) => memory.take(size * KIB)) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    for (const each of [longest, shortest, middle]) memory.giveBack(each);
    expect(taken(memory, 53 * KIB)).toBe(middle.buffer);
    expect(taken(memory, 53 * KIB)).toBe(longest.buffer);
    expect(taken(memory, 52 * KIB)).toBe(shortest.buffer);
  });

  it("is new where all that lies idle is much too long, or too short", () => {
    const memory = new AggregateMemory();
    for (const size of [100, 20]) memory.giveBack(memory.take(size * KIB));
    expect(memory.take(50 * KIB).length).toBe(50 * KIB);
    expect(memory.idleBytes).toBe(120 * KIB);
  });

  it("lies idle only up to a bound, and what nobody asks for makes room in time", () => {
    const memory = new AggregateMemory();
    const old = Array.from({ length: 200 }, () => memory.take(200 * KIB));
    for (const each of old) memory.giveBack(each);
    expect(memory.idleBytes).toBeLessThanOrEqual(16 * MIB);
    const recent = Array.from({ length: 1000 }, () => memory.take(50 * KIB));
    for (const each of recent) memory.giveBack(each);
    for (const each of recent) memory.giveBack(new Uint8Array(each.length));
    expect(memory.idleBytes).toBeLessThanOrEqual(16 * MIB);
    expect(memory.take(200 * KIB).length).toBe(200 * KIB);
    expect(old.map(({ buffer }) => buffer)).not.toContain(taken(memory, 200 * KIB));
  });

  it("is not kept where a new one costs less, or where it is larger than all that may lie idle", () => {
    const memory = new AggregateMemory();
    for (const size of [100, 17 * MIB]) memory.giveBack(memory.take(size));
    expect(memory.idleBytes).toBe(0);
  });
});
