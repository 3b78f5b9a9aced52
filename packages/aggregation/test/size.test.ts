import { describe, expect, it } from "vitest";
import { OVERHEAD_BYTES } from "../src/format.ts";
import { fieldBytes, recordBytes, varintBytes } from "../src/size.ts";

describe("varintBytes", () => {
  it.each([
    [0, 1],
    [127, 1],
    [128, 2],
    [16_383, 2],
    [16_384, 3],
    [2_097_151, 3],
    [2_097_152, 4],
    [268_435_455, 4],
    [268_435_456, 5],
    [4_294_967_295, 5],
  ])("%i takes %i bytes", (value, length) => {
    expect(varintBytes(value)).toBe(length);
  });
});

describe("recordBytes", () => {
  it("counts two tags, the index, the length and the data", () => {
    expect(recordBytes(0, undefined, 3)).toBe(1 + 1 + 1 + 1 + 3);
  });

  it("counts a tag and an index more for an explicit hash key", () => {
    expect(recordBytes(0, 128, 3)).toBe(recordBytes(0, undefined, 3) + 1 + 2);
  });

  it("counts the tag and the length of empty data", () => {
    expect(recordBytes(0, undefined, 0)).toBe(4);
  });
});

it("an aggregate of 51,200 bytes has room for 51,161 bytes and an empty record (S-boundary)", () => {
  const sizeWith = (dataBytes: number): number =>
    OVERHEAD_BYTES +
    fieldBytes("k".length) +
    fieldBytes(recordBytes(0, undefined, dataBytes)) +
    fieldBytes(recordBytes(0, undefined, 0));
  expect(sizeWith(51_161)).toBe(51_200);
  expect(sizeWith(51_162)).toBe(51_201);
});
