import { createHash, randomBytes } from "node:crypto";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { digestAll as DigestAll } from "../src/digest-all.ts";
import { Md5Lanes } from "../src/md5-lanes.ts";

const NOISE = randomBytes(4 * 1024 * 1024);
/** Enough for the code of the lanes to be made. */
const MANY: readonly Uint8Array[] = Array.from({ length: 4 }, (_, i) => NOISE.subarray(i));

function right(messages: readonly Uint8Array[]): string[] {
  return messages.map((each) => createHash("md5").update(each).digest("hex"));
}

/** What `digestAll` of a module that was never used before answers. */
let digestAll: (messages: readonly Uint8Array[]) => string[];

beforeEach(async () => {
  vi.resetModules();
  const fresh: { digestAll: typeof DigestAll } = await import("../src/digest-all.ts");
  digestAll = (messages) =>
    fresh.digestAll(messages).map((digest) => Buffer.from(digest).toString("hex"));
});

afterEach(() => {
  vi.unstubAllGlobals();
});

/** Counts the modules of code that are made from now on; `fault` is thrown instead of making one. */
function watchWebAssembly(fault?: Error): { made: number } {
  const seen = { made: 0 };
  const { Instance, Module } = Reflect.get(globalThis, "WebAssembly");
  class Watched extends Module {
    constructor(code: Uint8Array) {
      seen.made += 1;
      if (fault !== undefined) throw fault;
      super(code);
    }
  }
  vi.stubGlobal("WebAssembly", { Instance, Module: Watched });
  return seen;
}

describe("digestAll", () => {
  it("answers the digests of messages in their order, whatever their number and lengths", () => {
    expect(digestAll(MANY)).toEqual(right(MANY));
    const length = fc.oneof(fc.nat({ max: 200 }), fc.integer({ min: 3000, max: 4500 }));
    fc.assert(
      fc.property(fc.array(length, { maxLength: 40 }), (lengths) => {
        const messages = lengths.map((each, i) => NOISE.subarray(i * 67, i * 67 + each));
        expect(digestAll(messages)).toEqual(right(messages));
      }),
      { numRuns: 200 },
    );
  });

  it("makes code once, and only for who has so much to hash that it pays", () => {
    const seen = watchWebAssembly();
    const few = MANY.map((each) => each.subarray(0, 51_200));
    for (let i = 0; i < 10; i += 1) digestAll(few);
    expect(seen.made).toBe(0);
    for (let i = 0; i < 3; i += 1) expect(digestAll(MANY)).toEqual(right(MANY));
    expect(seen.made).toBe(1);
  });

  it("makes none for messages that come one by one, or are of very different lengths", () => {
    const seen = watchWebAssembly();
    for (const message of [...MANY, ...MANY])
      expect(digestAll([message])).toEqual(right([message]));
    const uneven = [0, 1, 2, 3].map((i) => NOISE.subarray(0, NOISE.length >> i));
    for (let i = 0; i < 3; i += 1) expect(digestAll(uneven)).toEqual(right(uneven));
    expect(seen.made).toBe(0);
  });

  it("hashes one by one where code must not be made, and asks only once", () => {
    const seen = watchWebAssembly(new Error("Wasm code generation disallowed by embedder"));
    for (let i = 0; i < 3; i += 1) expect(digestAll(MANY)).toEqual(right(MANY));
    expect(seen.made).toBe(1);
  });

  it("hashes one by one where there is no WebAssembly, as with --jitless", () => {
    vi.stubGlobal("WebAssembly", undefined);
    expect(() => new Md5Lanes()).toThrow();
    for (let i = 0; i < 3; i += 1) expect(digestAll(MANY)).toEqual(right(MANY));
  });
});
