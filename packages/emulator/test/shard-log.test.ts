import fc from "fast-check";
import { expect, test } from "vitest";
import { type Blob, blobLength } from "../src/stream/blob.ts";
import { ShardLog, type StoredRecord } from "../src/stream/shard-log.ts";

const ALL = { maxRecords: Number.POSITIVE_INFINITY, maxBytes: Number.POSITIVE_INFINITY };

type Step =
  | {
      readonly kind: "append";
      readonly laterMs: number;
      readonly key: string;
      readonly data: Blob;
    }
  | { readonly kind: "trim"; readonly share: number }
  | { readonly kind: "drop" }
  | { readonly kind: "read"; readonly share: number; readonly max: number; readonly bytes: number }
  | { readonly kind: "search"; readonly share: number };

const share = fc.nat(120).map((hundredths) => hundredths / 100);
/** Every key that a request can hold, halves of surrogate pairs among them. */
const key = fc.oneof(
  fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 20 }),
  fc.string({ unit: "binary", minLength: 1, maxLength: 20 }),
  fc.constantFrom("\ud800", "a\udc00b", "é", "x".repeat(256), "\u{1f600}".repeat(128)),
);
/** Some of it larger than the space that records usually share. */
const bytes = fc.oneof(
  { weight: 9, arbitrary: fc.uint8Array({ maxLength: 50 }) },
  fc.constantFrom(1000, 5000, 70_000).map((length) => new Uint8Array(length).fill(7)),
);
const data: fc.Arbitrary<Blob> = fc.oneof(
  bytes,
  bytes.map((some) => Buffer.from(some).toString("base64")),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("append" as const),
      laterMs: fc.constantFrom(0, 0, 0, 1, 5, -3),
      key,
      data,
    }),
  },
  fc.record({ kind: fc.constant("trim" as const), share }),
  fc.record({ kind: fc.constant("drop" as const) }),
  fc.record({
    kind: fc.constant("read" as const),
    share,
    max: fc.integer({ min: 1, max: 10 }),
    bytes: fc.nat(200),
  }),
  fc.record({ kind: fc.constant("search" as const), share }),
);

/** What a page must hold, by the plainest way to say it. */
function pageOf(model: readonly StoredRecord[], from: number, max: number, maxBytes: number) {
  const page: StoredRecord[] = [];
  let bytes = 0;
  for (const record of model.filter(({ index }) => index >= from)) {
    bytes += sizeOf(record);
    if (page.length === max || (page.length > 0 && bytes > maxBytes)) break;
    page.push(record);
  }
  return page;
}

function sizeOf({ partitionKey, data }: Pick<StoredRecord, "data" | "partitionKey">): number {
  return blobLength(data) + Buffer.byteLength(partitionKey);
}

test("a log answers as a plain array of its records would, whatever is put, trimmed and read", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), fc.boolean(), (steps, hasGaps) => {
      const meter = { bytes: 0 };
      let gap = 0;
      const log = new ShardLog(meter, hasGaps ? () => gap : undefined);
      let model: StoredRecord[] = [];
      let nowMs = 1000;
      let lastMs = Number.NEGATIVE_INFINITY;
      for (const action of steps) {
        const timeMs = Math.floor(995 + ("share" in action ? action.share : 0) * (nowMs - 990));
        const index = Math.floor(("share" in action ? action.share : 0) * log.nextIndex);
        if (action.kind === "append") {
          nowMs += action.laterMs;
          lastMs = Math.max(nowMs, lastMs);
          const record = { partitionKey: action.key, data: action.data };
          gap = hasGaps ? action.data.length % 3 : 0;
          model.push({ index: log.nextIndex + gap, arrivedAtMs: lastMs, ...record });
          const index = log.append(action.key, action.data, sizeOf(record), nowMs);
          expect(index).toBe(model.at(-1)?.index);
          expect(log.lastArrivalMs).toBe(lastMs);
        } else if (action.kind === "trim") {
          model = model.filter(({ arrivedAtMs }) => arrivedAtMs > timeMs);
          log.trim(timeMs);
        } else if (action.kind === "drop") {
          // Records of one moment need not be dropped together, but only the oldest ones are.
          const dropped = model.slice(0, log.dropOldest());
          expect(dropped.length > 0).toBe(model.length > 0);
          model = model.slice(dropped.length);
          expect(dropped.every(({ arrivedAtMs }) => arrivedAtMs === dropped[0]?.arrivedAtMs)).toBe(
            true,
          );
        } else if (action.kind === "read") {
          const page = log.read(index, { maxRecords: action.max, maxBytes: action.bytes });
          expect(page).toEqual(pageOf(model, index, action.max, action.bytes));
        } else {
          const first = model.find(({ arrivedAtMs }) => arrivedAtMs >= timeMs);
          expect(log.indexAtTime(timeMs)).toBe(first?.index ?? log.nextIndex);
          const stored = model.find((record) => record.index === index);
          expect(log.arrivalOf(index)).toBe(stored?.arrivedAtMs);
        }
      }
      expect(log.read(0, ALL)).toEqual(model);
      expect(log.oldestArrivalMs).toBe(model[0]?.arrivedAtMs ?? Number.POSITIVE_INFINITY);
      expect(meter.bytes).toBe(model.reduce((sum, record) => sum + sizeOf(record), 0));
    }),
  );
});

test("a log that is trimmed again and again keeps its records and its indexes", () => {
  const log = new ShardLog({ bytes: 0 });
  for (let ms = 1; ms <= 10_000; ms += 1) {
    log.append("key", new Uint8Array(1), 4, ms);
    log.trim(ms - 10);
  }
  expect(log.read(0, ALL).map(({ index, arrivedAtMs }) => [index, arrivedAtMs])).toEqual(
    Array.from({ length: 10 }, (_, i) => [9991 + i, 9991 + i]),
  );
  expect(log.nextIndex).toBe(10_001);
});

test("bytes are the caller's again once they are stored", () => {
  const log = new ShardLog({ bytes: 0 });
  const data = Uint8Array.of(1, 2, 3);
  log.append("key", data, 6, 1);
  data.fill(0);
  expect(log.read(0, ALL).map((record) => record.data)).toEqual([Uint8Array.of(1, 2, 3)]);
});
