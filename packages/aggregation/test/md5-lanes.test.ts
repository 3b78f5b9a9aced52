import { createHash, randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Md5Lanes } from "../src/md5-lanes.ts";
import { LANES, WINDOW_BYTES } from "../src/md5-lanes-code.ts";

const lanes = new Md5Lanes();
const NOISE = randomBytes(3 * 1024 * 1024);

function hexOf(digests: readonly Uint8Array[]): string[] {
  return digests.map((digest) => Buffer.from(digest).toString("hex"));
}

function expectRight(messages: readonly Uint8Array[]): void {
  const longestFirst = messages.toSorted((one, other) => other.length - one.length);
  const expected = longestFirst.map((each) => createHash("md5").update(each).digest("hex"));
  expect(hexOf(lanes.digest(longestFirst))).toEqual(expected);
}

/** A message of its own for each place, so that no lane can pass for another. */
function messageOf(length: number, place: number): Uint8Array {
  return NOISE.subarray(place * 61, place * 61 + length);
}

describe("Md5Lanes", () => {
  it("agrees with crypto on the test suite of RFC 1321", () => {
    const texts = [
      "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
      "abcdefghijklmnopqrstuvwxyz",
      "message digest",
      "abc",
      "a",
      "",
    ];
    expect(hexOf(lanes.digest(texts.map((text) => Buffer.from(text))))).toEqual([
      "57edf4a22be3c955ac49da2e2107b67a",
      "d174ab98d277d9f5a5611c2c9f419d9f",
      "c3fcd3d76192e4007dfb496cca67e13b",
      "f96b697d7cb7938d525a2f31aaf161d0",
      "900150983cd24fb0d6963f7d28e17f72",
      "0cc175b9c0f1b6a831c399e269772661",
      "d41d8cd98f00b204e9800998ecf8427e",
    ]);
  });

  it("agrees with crypto on every length up to some blocks, in every number of lanes", () => {
    for (let length = 0; length <= 200; length += 1) {
      const count = 1 + (length % LANES.all);
      expectRight(Array.from({ length: count }, (_, place) => messageOf(length, place)));
    }
  });

  it("agrees with crypto around the lengths where padding takes another block or window", () => {
    const edges = [0, 64, WINDOW_BYTES, 2 * WINDOW_BYTES].flatMap((edge) =>
      Array.from({ length: 20 }, (_, i) => edge - 10 + i),
    );
    for (const length of edges.filter((each) => each >= 0)) {
      expectRight(Array.from({ length: LANES.all }, (_, place) => messageOf(length, place)));
      expectRight([messageOf(length, 0), messageOf(length + 1, 1), messageOf(length + 64, 2)]);
    }
  });

  it("agrees with crypto on megabytes beside nothing", () => {
    const lengths = [2_097_152, 1_048_577, 1_048_576, 1_048_575, 262_144, 51_200, 1, 0];
    expectRight(lengths.map(messageOf));
  });

  it("agrees with crypto on messages of any lengths together", () => {
    const length = fc.oneof(
      fc.nat({ max: 130 }),
      fc.nat({ max: 30_000 }),
      fc.integer({ min: -70, max: 70 }).map((more) => WINDOW_BYTES + more),
    );
    const several = fc.array(length, { minLength: 1, maxLength: LANES.all });
    fc.assert(
      fc.property(several, fc.nat({ max: 1000 }), (lengths, shift) => {
        expectRight(lengths.map((each, place) => messageOf(each, shift + place)));
      }),
      { numRuns: 300 },
    );
  });

  it("leaves messages as they are and keeps nothing of one batch for the next", () => {
    const message = messageOf(1000, 3);
    const before = Buffer.from(message).toString("hex");
    const alone = hexOf(lanes.digest([message]));
    lanes.digest(Array.from({ length: LANES.all }, (_, place) => messageOf(20_000, place)));
    expect(hexOf(lanes.digest([message]))).toEqual(alone);
    expect(Buffer.from(message).toString("hex")).toBe(before);
  });

  it("answers digests that later batches do not change", () => {
    const [first] = lanes.digest([messageOf(100, 1)]);
    const before = hexOf([first as Uint8Array]);
    lanes.digest([messageOf(100, 2)]);
    expect(hexOf([first as Uint8Array])).toEqual(before);
  });

  it("has nothing to do for no messages", () => {
    expect(lanes.digest([])).toEqual([]);
  });
});
