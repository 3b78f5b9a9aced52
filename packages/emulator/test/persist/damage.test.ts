// Files that are not as they were written: whatever was done to them, the emulator has exactly what it had, or it says
// what is wrong and where. It never starts empty instead, and never changes what it cannot read.
import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { KinesisError } from "@shardline/core";
import { describe, expect, test } from "vitest";
import type { FilePlace } from "../../src/persist/damage.ts";
import { encodeHead } from "../../src/persist/entry.ts";
import { EntryScanner } from "../../src/persist/entry-scanner.ts";
import { encodeHeader, HEADER_BYTES } from "../../src/persist/file-header.ts";
import { Replay } from "../../src/persist/replay.ts";
import { ShardLog } from "../../src/stream/shard-log.ts";
import { contentOf, newFolder, newKept, putTexts } from "../support/kept.ts";

/** What one file tells, or where it is damaged. */
type Reading =
  | { readonly kind: "told"; readonly records: readonly string[]; readonly tornBytes: number }
  | { readonly kind: "damaged"; readonly offset: number | undefined };

function readingOf(bytes: Buffer): Reading {
  const replay = new Replay(() => new ShardLog({ bytes: 0 }));
  const scanner = new EntryScanner("file", (entry, place) => replay.take(entry, place));
  try {
    scanner.push(bytes);
    const { tornBytes } = scanner.finish();
    const { streams } = replay.finish({ file: "file" });
    const records = streams.flatMap(({ stream }) =>
      stream.shards.flatMap(({ log }) =>
        log
          .read(0, { maxRecords: 1000, maxBytes: 1e9 })
          .map(({ index, partitionKey, data }) => `${index} ${partitionKey} ${data as string}`),
      ),
    );
    return { kind: "told", records: records.sort(), tornBytes };
  } catch (error) {
    if (!KinesisError.is(error, "PERSISTENCE_FAILED")) throw error;
    return { kind: "damaged", offset: error.details.offset };
  }
}

/** A small log of everything: streams, records of three calls, a split. */
async function smallLog(): Promise<Buffer> {
  await using kept = newKept();
  const emulator = await kept.start({ streams: { s: 2 } });
  for (const text of ["a", "b", "c"]) await putTexts(emulator, [text, `${text}2`]);
  await emulator.call("UpdateShardCount", {
    StreamName: "s",
    TargetShardCount: 4,
    ScalingType: "UNIFORM_SCALING",
  });
  await kept.clock.advance(1);
  await putTexts(emulator, ["d"]);
  await emulator.close();
  return readFileSync(join(kept.folder, "log-0"));
}

test("every truncation of a log tells what came before it, and how much of an entry is left", async () => {
  const whole = await smallLog();
  const all = readingOf(whole);
  if (all.kind !== "told") throw new Error("a log that was just written is whole");
  expect(all.records).toHaveLength(7);
  let before = 0;
  for (let length = 0; length < whole.length; length += 1) {
    const cut = readingOf(whole.subarray(0, length));
    if (length < encodeHeader({ kind: "log", generation: 0, follows: 0 }).length) {
      if (length > 0) expect(cut, `cut at ${length}`).toEqual({ kind: "damaged", offset: 0 });
      continue;
    }
    if (cut.kind !== "told") throw new Error(`cut at ${length}: damaged at ${cut.offset}`);
    expect(all.records, `cut at ${length}`).toEqual(expect.arrayContaining([...cut.records]));
    expect(cut.records.length).toBeGreaterThanOrEqual(before);
    before = cut.records.length;
  }
});

test("every flip of a bit is found: nothing else is told than what was written", async () => {
  await using kept = newKept();
  const emulator = await kept.start({ streams: { s: 1 } });
  await putTexts(emulator, ["a", "b"]);
  await emulator.close();
  const whole = readFileSync(join(kept.folder, "log-0"));
  const all = readingOf(whole);
  for (let bit = 0; bit < whole.length * 8; bit += 1) {
    const flipped = Buffer.from(whole);
    flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
    const reading = readingOf(flipped);
    if (reading.kind === "told") expect(reading, `bit ${bit}`).toEqual(all);
    else expect(reading.offset, `bit ${bit}`).toBeTypeOf("number");
  }
}, 60_000);

test("zeros behind the last entry are an end that the file system never wrote", async () => {
  const whole = await smallLog();
  const all = readingOf(whole);
  expect(readingOf(Buffer.concat([whole, Buffer.alloc(5000)]))).toEqual({
    ...all,
    tornBytes: 5000,
  });
  const trailed = Buffer.concat([whole, Buffer.alloc(5000), Buffer.of(1)]);
  expect(readingOf(trailed)).toEqual({ kind: "damaged", offset: whole.length });
});

test("a file is read alike in whatever pieces it comes", async () => {
  const whole = await smallLog();
  const entriesOf = (size: number): string[] => {
    const seen: string[] = [];
    const scanner = new EntryScanner("file", ({ kind, payload }, { offset }: FilePlace) =>
      seen.push(`${kind} ${offset} ${crc32(payload)}`),
    );
    for (let at = 0; at < whole.length; at += size) scanner.push(whole.subarray(at, at + size));
    expect(scanner.finish()).toMatchObject({ end: whole.length, tornBytes: 0 });
    return seen;
  };
  const expected = entriesOf(whole.length);
  for (const size of [1, 7, 23, 24, 25, 100]) expect(entriesOf(size)).toEqual(expected);
});

describe("a folder", () => {
  async function filled(): Promise<{ folder: string; content: unknown }> {
    const folder = newFolder();
    await using kept = newKept(folder);
    const emulator = await kept.start({ streams: { s: 2 } });
    await putTexts(emulator, ["a", "b", "c"]);
    return { folder, content: contentOf(emulator) };
  }

  /** Files other than the lock. */
  const filesIn = (folder: string): Record<string, string> =>
    Object.fromEntries(
      readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "hex")]),
    );

  test("whose last entry was cut has all others, says so, and goes on", async () => {
    const { folder } = await filled();
    const file = join(folder, "log-0");
    truncateSync(file, readFileSync(file).length - 3);
    await using kept = newKept(folder);
    const emulator = await kept.start();
    const said =
      /log-0: cut \d+ bytes off its end.*never acknowledged, unless the machine was stopped/;
    expect(emulator.warnings).toEqual([expect.stringMatching(said)]);
    expect(emulator.inspect("s")).toBeDefined();
    await putTexts(emulator, ["later"]);
    const content = contentOf(emulator);
    await emulator.close();
    const again = await kept.start();
    expect(again.warnings).toEqual([]);
    expect(contentOf(again)).toEqual(content);
  });

  test("with a damaged file is left as it is", async () => {
    const { folder } = await filled();
    const file = join(folder, "log-0");
    const bytes = readFileSync(file);
    bytes[60] = (bytes[60] as number) ^ 1;
    writeFileSync(file, bytes);
    const before = filesIn(folder);
    await using kept = newKept(folder);
    await expect(kept.start()).rejects.toMatchObject({
      code: "PERSISTENCE_FAILED",
      details: { file, offset: expect.any(Number) as number },
    });
    expect(filesIn(folder)).toEqual(before);
  });

  test("of another version is refused by its number", async () => {
    const { folder } = await filled();
    const file = join(folder, "log-0");
    const bytes = readFileSync(file);
    bytes.writeUInt16LE(2, 8);
    bytes.writeUInt32LE(crc32(bytes.subarray(0, 20)), 20);
    writeFileSync(file, bytes);
    await using kept = newKept(folder);
    await expect(kept.start()).rejects.toThrow(/has the format 2, .* reads 1 only/);
  });

  test("whose log or snapshot is missing is no empty one", async () => {
    const { folder } = await filled();
    await using kept = newKept(folder);
    const log = join(folder, "log-0");
    writeFileSync(join(folder, "log-1"), encodeHeader({ kind: "log", generation: 1, follows: 99 }));
    await expect(kept.start()).rejects.toThrow(/log-0.*next one goes on from 99/);
    rmSync(log);
    await expect(kept.start()).rejects.toThrow(/log-0: the file is missing/);
    const header = encodeHeader({ kind: "snapshot", generation: 1, follows: 0 });
    writeFileSync(join(folder, "snapshot-1"), header);
    await expect(kept.start()).rejects.toThrow(/the end of the snapshot is missing/);
    const end = encodeHead(0, { kind: "end", payload: Buffer.alloc(0) });
    writeFileSync(join(folder, "snapshot-1"), Buffer.concat([header, end]));
    rmSync(join(folder, "log-1"));
    await expect(kept.start()).rejects.toThrow(/log-1: the file is missing/);
  });

  test("that was emptied file by file is no empty one", async () => {
    const { folder } = await filled();
    truncateSync(join(folder, "log-0"), 0);
    await using kept = newKept(folder);
    await expect(kept.start()).rejects.toThrow(/log-0, at byte 0/);
  });

  test.each([
    ["and nothing behind it", 0],
    ["and zeros behind it", 5000],
  ])("whose first log has only its header %s is no empty one", async (_, zeros) => {
    const { folder } = await filled();
    const file = join(folder, "log-0");
    const header = readFileSync(file).subarray(0, HEADER_BYTES);
    writeFileSync(file, Buffer.concat([header, Buffer.alloc(zeros)]));
    await using kept = newKept(folder);
    await expect(kept.start()).rejects.toThrow(/log-0, at byte 24: .*first entry is missing/);
  });

  test("that is a file is refused", async () => {
    const { folder } = await filled();
    await using kept = newKept(join(folder, "log-0"));
    await expect(kept.start()).rejects.toMatchObject({ code: "PERSISTENCE_FAILED" });
  });

  test("whose lock names a process that was killed is taken, one of another host is not", async () => {
    const { folder, content } = await filled();
    writeFileSync(join(folder, "lock"), "elsewhere:1");
    await using kept = newKept(folder);
    await expect(kept.start()).rejects.toThrow(/in use by process elsewhere:1/);
    rmSync(join(folder, "lock"));
    expect(contentOf(await kept.start())).toEqual(content);
  });
});
