// Entries and records, written and read back, in whatever pieces they come.
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeHead, encodeHead, type Entry } from "../../src/persist/entry.ts";
import { EntryScanner } from "../../src/persist/entry-scanner.ts";
import { decodeHeader, encodeHeader } from "../../src/persist/file-header.ts";
import { RecordBatch, readRecords } from "../../src/persist/record-batch.ts";
import { Replay } from "../../src/persist/replay.ts";
import { ShardLog } from "../../src/stream/shard-log.ts";

/** In the payload of an entry. */
const MAX_PAYLOAD_BYTES = 256 * 1024 * 1024;
const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const entry: fc.Arbitrary<Entry> = fc.record({
  kind: fc.constantFrom("changes" as const, "records" as const, "end" as const),
  payload: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
});
const header = fc.record({
  kind: fc.constantFrom("snapshot" as const, "log" as const),
  generation: u32,
  follows: u32,
});

test("a header is read as it was written", () => {
  fc.assert(
    fc.property(header, (given) => {
      expect(decodeHeader(encodeHeader(given), { file: "f" })).toEqual(given);
    }),
  );
});

test("entries are read as they were written, in whatever pieces they come, and a cut end is told as one", () => {
  fc.assert(
    fc.property(
      fc.array(entry, { maxLength: 6 }),
      fc.integer({ min: 1, max: 60 }),
      fc.nat(),
      (entries, size, cut) => {
        const first = encodeHeader({ kind: "log", generation: 3, follows: 7 });
        const written = entries.map((each, i) =>
          Buffer.concat([encodeHead(i, each), each.payload]),
        );
        const whole = Buffer.concat([first, ...written]);
        const bytes = whole.subarray(0, first.length + (cut % (whole.length - first.length + 1)));
        const seen: Entry[] = [];
        const scanner = new EntryScanner("f", ({ kind, payload }) =>
          seen.push({ kind, payload: Buffer.from(payload) }),
        );
        for (let at = 0; at < bytes.length; at += size) scanner.push(bytes.subarray(at, at + size));
        const { entries: count, end, tornBytes } = scanner.finish();
        expect(seen).toEqual(entries.slice(0, count));
        expect(end + tornBytes).toBe(bytes.length);
        if (bytes.length === whole.length) expect(count).toBe(entries.length);
      },
    ),
  );
});

test("an entry that nobody could read is not written", () => {
  const payload = Buffer.alloc(MAX_PAYLOAD_BYTES + 1);
  expect(() => encodeHead(0, { kind: "records", payload })).toThrow(/268435457 bytes/);
  const longest = payload.subarray(1);
  const head = decodeHead(encodeHead(0, { kind: "records", payload: longest }));
  expect(head?.length).toBe(MAX_PAYLOAD_BYTES);
});

test("entries that change places, are left out or come twice are found", () => {
  const written = ["a", "b", "c"].map((text, i) => {
    const payload = Buffer.from(text);
    return Buffer.concat([encodeHead(i, { kind: "records", payload }), payload]);
  });
  const first = encodeHeader({ kind: "log", generation: 0, follows: 0 });
  const wrong = [[1], [0, 2], [0, 0], [1, 0, 2], [0, 1, 1]];
  for (const order of wrong) {
    const scanner = new EntryScanner("f", () => {});
    const bytes = Buffer.concat([first, ...order.map((i) => written[i] as Buffer)]);
    expect(() => scanner.push(bytes), String(order)).toThrow(/no entry \d begins here/);
  }
});

test("records are read as a shard stored them, keys of any text and data of any bytes", () => {
  const record = fc.record({
    key: fc.string({ unit: "binary", minLength: 1, maxLength: 40 }),
    data: fc.oneof(
      fc.uint8Array({ maxLength: 50 }),
      fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes).toString("base64")),
    ),
    atMs: fc.nat({ max: 50 }),
  });
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 20 }), (records) => {
      const log = new ShardLog({ bytes: 0 });
      const batch = new RecordBatch();
      for (const { key, data, atMs } of records) {
        const length = typeof data === "string" ? Buffer.from(data, "base64").length : data.length;
        log.append(key, data, length + Buffer.byteLength(key), atMs);
        batch.add({ streamId: 4_000_000_000, index: 9 }, log.newest());
      }
      const meter = { bytes: 0 };
      const copy = new ShardLog(meter);
      readRecords(Buffer.from(batch.take()), { file: "f" }, (place, packed) => {
        expect(place).toEqual({ streamId: 4_000_000_000, index: 9 });
        copy.appendPacked(packed);
      });
      const all = { maxRecords: 1000, maxBytes: 1e9 };
      expect(copy.read(0, all)).toEqual(log.read(0, all));
      copy.trim(1000);
      expect(meter.bytes).toBe(0);
    }),
  );
});

test("bytes that are no file, and JSON that is no change, are refused and never anything else", () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.array(fc.oneof(fc.jsonValue({ maxDepth: 4 }), odd()), { maxLength: 3 }).map((changes) => {
      const payload = Buffer.from(JSON.stringify(changes));
      const head = encodeHead(0, { kind: "changes", payload });
      return Buffer.concat([
        encodeHeader({ kind: "snapshot", generation: 0, follows: 0 }),
        head,
        payload,
      ]);
    }),
  );
  fc.assert(
    fc.property(bytes, (given) => {
      const replay = new Replay(() => new ShardLog({ bytes: 0 }));
      const scanner = new EntryScanner("f", (each, place) => replay.take(each, place));
      try {
        scanner.push(Buffer.from(given));
        scanner.finish();
        replay.finish({ file: "f" });
      } catch (error) {
        expect(error).toMatchObject({ code: "PERSISTENCE_FAILED" });
      }
    }),
    { numRuns: 2000 },
  );
});

/** Changes with members that are nearly right. */
function odd(): fc.Arbitrary<object> {
  const some = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom(0, 1, "0", "s", [], {}));
  const image = fc.record({
    name: fc.constant("s"),
    shardCount: fc.constant(1),
    createdAtMs: fc.constant(1),
    createdSeconds: fc.constant(1),
    settings: fc.oneof(
      some,
      fc.dictionary(fc.constantFrom("mode", "encryption", "shardLevelMetrics"), some),
    ),
    tags: fc.constant([]),
    resourcePolicy: some,
    status: fc.constantFrom("CREATING", "UPDATING", "ACTIVE"),
    change: fc.record({
      kind: fc.constantFrom("settings", "warm-up"),
      miBps: some,
      settings: some,
    }),
    shardsEver: fc.constant(1),
    lastCreatedSeconds: some,
    consumers: fc.oneof(some, fc.array(fc.record({ name: some, resourcePolicy: some }))),
    commitment: fc.oneof(some, fc.record({ status: fc.constantFrom("ENABLED", "DISABLED") })),
  });
  const owner = fc.constantFrom({ accountId: "000000000000", region: "us-east-1" });
  return fc.record(
    {
      kind: fc.constantFrom(
        "started",
        "reset",
        "clock",
        "namespace",
        "stream",
        "stream-gone",
        "lease-rows",
      ),
      id: some,
      owner: fc.oneof(owner, some),
      image: fc.oneof(some, image),
      horizonMs: some,
      movedMs: some,
      shards: some,
      rows: some,
    },
    { requiredKeys: ["kind"] },
  );
}
