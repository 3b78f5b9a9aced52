// What the codec is measured with: records as a producer gets them, every key a string and every payload a
// buffer of its own, made just before.
import { randomBytes } from "node:crypto";

/** How many aggregates a producer has open at once: one for each shard. */
export const LANES = 4;

/** How many aggregates come in one GetRecords answer: about 3 MB. */
export const ANSWER_AGGREGATES = 64;

/** A kind of traffic, by the records of one aggregate. */
export interface Traffic {
  readonly id: "keys20" | "unique" | "1kb";
  readonly title: string;
  readonly recordsPerAggregate: number;
  readonly dataBytes: number;
  /** 0 for a new key each time. */
  readonly distinctKeys: number;
}

export interface InputRecord {
  readonly partitionKey: string;
  readonly data: Buffer;
}

/** About 50 KB an aggregate; the first two differ in nothing but their keys. */
export const TRAFFICS: readonly Traffic[] = [
  {
    id: "keys20",
    title: "100 B, 20 keys",
    recordsPerAggregate: 431,
    dataBytes: 100,
    distinctKeys: 20,
  },
  {
    id: "unique",
    title: "100 B, unique keys",
    recordsPerAggregate: 431,
    dataBytes: 100,
    distinctKeys: 0,
  },
  { id: "1kb", title: "1 KB, 20 keys", recordsPerAggregate: 47, dataBytes: 1024, distinctKeys: 20 },
];

const NOISE = randomBytes(1 << 16);
let keysMade = 0;

/** Records for all lanes, in the order of their coming: one for each lane, and again. */
export function makeRecords(traffic: Traffic): InputRecord[] {
  const { recordsPerAggregate, dataBytes, distinctKeys } = traffic;
  return Array.from({ length: recordsPerAggregate * LANES }, (_, i) => {
    keysMade = (keysMade + 1) % 1_000_000;
    const number = distinctKeys === 0 ? keysMade : (Math.floor(i / LANES) * 7) % distinctKeys;
    return {
      // Through a buffer, because a key that comes from outside is one flat new string.
      partitionKey: Buffer.from(`user-${String(number).padStart(6, "0")}`).toString("latin1"),
      data: Buffer.from(NOISE.subarray(i, i + dataBytes)),
    };
  });
}
