// Decoded records on their way to another thread: the memory that they are views of changes hands, and so do a few numbers
// for each record; only different keys are copied.
import type { Decoded } from "./shard-fetcher.ts";

export interface PackedAnswer {
  readonly bodies: readonly ArrayBuffer[];
  readonly keys: readonly string[];
  /** Of each record: index of its body, offset, length, index of its key. */
  readonly numbers: Uint32Array<ArrayBuffer>;
}

const PER_RECORD = 4;

export function pack(records: readonly Decoded[]): PackedAnswer {
  const bodies = new Map<ArrayBuffer, number>();
  const keys = new Map<string, number>();
  const numbers = new Uint32Array(records.length * PER_RECORD);
  let at = 0;
  for (const { data, partitionKey } of records) {
    numbers[at] = indexIn(bodies, data.buffer as ArrayBuffer);
    numbers[at + 1] = data.byteOffset;
    numbers[at + 2] = data.length;
    numbers[at + 3] = indexIn(keys, partitionKey);
    at += PER_RECORD;
  }
  return { bodies: [...bodies.keys()], keys: [...keys.keys()], numbers };
}

/** What changes hands. */
export function transferOf({ bodies, numbers }: PackedAnswer): ArrayBuffer[] {
  return [...bodies, numbers.buffer];
}

export function unpack({ bodies, keys, numbers }: PackedAnswer): Decoded[] {
  const records: Decoded[] = [];
  for (let at = 0; at < numbers.length; at += PER_RECORD) {
    const body = bodies[numbers[at] as number] as ArrayBuffer;
    const data = new Uint8Array(body, numbers[at + 1] as number, numbers[at + 2] as number);
    records.push({ data, partitionKey: keys[numbers[at + 3] as number] as string });
  }
  return records;
}

function indexIn<Key>(indices: Map<Key, number>, key: Key): number {
  const known = indices.get(key);
  if (known !== undefined) return known;
  const index = indices.size;
  indices.set(key, index);
  return index;
}
