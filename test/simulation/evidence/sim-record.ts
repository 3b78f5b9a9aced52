// A record of a simulated world: which key, and which of the key's records. It travels as short text, which may be
// followed by padding.

/** A record as the world puts it. */
export interface SimRecord {
  readonly key: string;
  /** Counted from 0 for each key. */
  readonly number: number;
}

/** One record of so many is poisonous, where there are such: no handler gets past it. */
const POISON_EVERY = 53;

/** Whether it is one of those. */
export function isPoisonous({ number }: SimRecord): boolean {
  return number % POISON_EVERY === POISON_EVERY - 1;
}

/** Its name in evidence. */
export function nameOf({ key, number }: SimRecord): string {
  return `${key}/${number}`;
}

/** The bytes that are put, at least so many. */
export function encodeRecord(record: SimRecord, minBytes: number): Buffer {
  const text = `${nameOf(record)}\n`;
  const bytes = Buffer.alloc(Math.max(text.length, minBytes), " ");
  bytes.write(text, "latin1");
  return bytes;
}

/** Reads what was put. */
export function decodeRecord(data: Uint8Array): SimRecord {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const text = bytes.toString("latin1", 0, bytes.indexOf("\n"));
  const slash = text.lastIndexOf("/");
  return { key: text.slice(0, slash), number: Number(text.slice(slash + 1)) };
}
