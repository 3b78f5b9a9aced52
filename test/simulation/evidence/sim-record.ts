// A record of a simulated world: which key, and which of the key's records. It travels as short text, which is
// repeated for as long as the record is to be.

/** A record as the world puts it. */
export interface SimRecord {
  readonly key: string;
  /** Counted from 0 for each key. */
  readonly number: number;
  /** What `nameOf` says, where it is known: whoever keeps records by name need not spell and hash it again. */
  readonly name?: string;
}

/** One record of so many is poisonous, where there are such: no handler gets past it. */
const POISON_EVERY = 53;

const NEWLINE = 10;

/** Whether it is one of those. */
export function isPoisonous({ number }: SimRecord): boolean {
  return number % POISON_EVERY === POISON_EVERY - 1;
}

/** Its name in evidence. */
export function nameOf({ key, name, number }: SimRecord): string {
  return name ?? `${key}/${number}`;
}

/** A record that knows its name. */
export function simRecord(key: string, number: number): SimRecord {
  return { key, number, name: `${key}/${number}` };
}

/** The bytes that are put, at least so many. */
export function encodeRecord(record: SimRecord, minBytes: number): Buffer {
  const text = `${nameOf(record)}\n`;
  return Buffer.alloc(Math.max(text.length, minBytes), text, "latin1");
}

/** How many bytes a record has; 0 if they are not as they were put. */
export function intactBytes(data: Uint8Array): number {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const period = bytes.indexOf(NEWLINE) + 1;
  if (period === bytes.length) return period;
  // Each byte behind the text is the same as that one text before it.
  const isRepeated = bytes.compare(bytes, period, bytes.length, 0, bytes.length - period) === 0;
  return period > 0 && isRepeated ? bytes.length : 0;
}

/** Reads what was put. */
export function decodeRecord(data: Uint8Array): SimRecord {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const name = bytes.toString("latin1", 0, bytes.indexOf(NEWLINE));
  const slash = name.lastIndexOf("/");
  return { key: name.slice(0, slash), number: Number(name.slice(slash + 1)), name };
}
