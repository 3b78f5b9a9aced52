import { describe, expect, it } from "vitest";
import { Chunk } from "../../src/record/chunk.ts";
import { newRecord, pendingRecord, SOLITARY, WIDE } from "../support/records.ts";

function chunkOf(...records: Parameters<typeof newRecord>[]): Chunk {
  const chunk = new Chunk();
  for (const record of records) chunk.add(newRecord(...record), pendingRecord());
  return chunk;
}

describe("room", () => {
  it("is for any record in an empty chunk, however large", () => {
    expect(new Chunk().hasRoomFor(newRecord("k", "x".repeat(60_000)), WIDE)).toBe(true);
  });

  it("S-boundary: is for an empty record beside one of 51,161 bytes, and not beside one of 51,162", () => {
    const empty = newRecord("k");
    expect(chunkOf(["k", "x".repeat(51_161)]).hasRoomFor(empty, WIDE)).toBe(true);
    expect(chunkOf(["k", "x".repeat(51_162)]).hasRoomFor(empty, WIDE)).toBe(false);
  });

  it("counts the explicit hash key of a record that has one", () => {
    const chunk = chunkOf(["k", "x".repeat(51_161)]);
    expect(chunk.hasRoomFor(newRecord("k", "", "5"), WIDE)).toBe(false);
  });

  it("is for as many records as the limit says", () => {
    const three = { ...WIDE, maxRecords: 3 };
    expect(chunkOf(["a"], ["b"]).hasRoomFor(newRecord("c"), three)).toBe(true);
    expect(chunkOf(["a"], ["b"], ["c"]).hasRoomFor(newRecord("d"), three)).toBe(false);
    expect(chunkOf(["a"]).hasRoomFor(newRecord("b"), SOLITARY)).toBe(false);
  });
});

describe("the length", () => {
  it("of nothing is nothing that a limit could take for full", () => {
    expect(new Chunk().byteLength).toBeLessThan(64);
  });

  it("S-batch-bytes: is what sealing would send, data and partition key, of one record and of several", () => {
    const chunk = chunkOf(["☃☃", "12345"]);
    expect(chunk.byteLength).toBe(6 + 5);
    chunk.add(newRecord("b", "y"), pendingRecord());
    expect(chunk.byteLength).toBe(chunk.builder.encode().length + 1);
  });
});
