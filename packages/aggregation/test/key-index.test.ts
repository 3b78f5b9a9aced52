import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hashKeyText, KeyIndex } from "../src/key-index.ts";

/** Appends keys that are new, and answers the number of each. */
function numbersOf(keys: readonly string[], hash: (key: string) => number): number[] {
  const index = new KeyIndex();
  return keys.map((key) => numberOf(index, key, hash(key)));
}

function numberOf(index: KeyIndex, key: string, hash: number): number {
  const found = index.find(key, hash);
  if (found !== -1) return found;
  index.append(key, hash);
  return index.size - 1;
}

function numbersByMap(keys: readonly string[]): number[] {
  const map = new Map<string, number>();
  return keys.map((key) => {
    const number = map.get(key) ?? map.size;
    map.set(key, number);
    return number;
  });
}

const manyKeys = Array.from({ length: 3000 }, (_, i) => `key-${i % 2000}`);

describe("KeyIndex", () => {
  it("numbers keys as a Map would", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 3 }), { maxLength: 300 }), (keys) => {
        expect(numbersOf(keys, hashKeyText)).toEqual(numbersByMap(keys));
      }),
    );
  });

  it("numbers thousands of keys as a Map would", () => {
    expect(numbersOf(manyKeys, hashKeyText)).toEqual(numbersByMap(manyKeys));
  });

  it("tells keys apart that all have the same hash", () => {
    expect(numbersOf(manyKeys, () => 7)).toEqual(numbersByMap(manyKeys));
  });

  it("tells keys apart whose hashes are neighbours at the end of the slots", () => {
    const hash = (key: string): number => -1 - (key.length % 3);
    expect(numbersOf(manyKeys, hash)).toEqual(numbersByMap(manyKeys));
  });

  it("begins anew when it is cleared, crowded-out keys included", () => {
    const index = new KeyIndex();
    for (const key of manyKeys) numberOf(index, key, 7);
    index.clear();
    expect(index.size).toBe(0);
    const others = manyKeys.toReversed();
    expect(others.map((key) => numberOf(index, key, 7))).toEqual(numbersByMap(others));
  });
});

describe("hashKeyText", () => {
  it("spreads keys that differ in one digit over the slots", () => {
    const slots = new Set(manyKeys.map((key) => hashKeyText(key) & 0xfff));
    expect(slots.size).toBeGreaterThan(1400);
  });
});
