// A list of records in JSON, as GetRecords answers it and SubscribeToShard pushes it. Its bulk is base64, of which JSON.parse would make texts, copy after copy: so
// where records are large, their data are cut out before the rest is parsed. Either way the data of all records are
// decoded into one piece of memory, of which each gets a view.
//
//   ..."Data":"8w+a...","PartitionKey"...   ->   ..."Data":17,"PartitionKey"...   and the 17th cut: from, to
//
// Nothing but the value of a field of that name is ever cut: quotes around `Data` of which the first stands behind a brace or
// a comma begin and end a text, and a text before a colon is a name.
import type { KinesisRecord } from "@shardline/core";
import { expectAnswer } from "../answer-mismatch.ts";
import { recordOf } from "../shard-records.ts";

/** A part of a body, without the quotes around it. */
interface Cut {
  readonly begin: number;
  readonly end: number;
}

interface CutBody {
  /** The body with a number in place of each value that was cut out. */
  readonly frame: string;
  readonly cuts: readonly Cut[];
}

/** Records, and the fields of what they came in. */
interface RecordsInFrame {
  readonly records: readonly KinesisRecord[];
  readonly fields: Fields;
}

type Fields = Readonly<Record<string, unknown>>;

const NOTHING = Buffer.alloc(0);
const NAME = Buffer.from('"Data":"');
const QUOTE = 0x22;
const COMMA = 0x2c;
const BRACE = 0x7b;
/** From this size on it pays to cut values out. */
const LARGE_CHARS = 700;
/** So many values tell how large all are. */
const SAMPLE = 8;

/**
 * Reads a body, of which the records keep nothing. Throws if it is no JSON, and an AnswerMismatch if there are no records
 * in it.
 */
export function readRecordsJson(body: Buffer): RecordsInFrame {
  const cut = cutOut(body);
  return (cut && readCut(body, cut)) ?? readParsed(body);
}

/** `undefined` where it does not pay, or where it is not certain what is a value. */
function cutOut(body: Buffer): CutBody | undefined {
  const cuts: Cut[] = [];
  let chars = 0;
  let frame = "";
  let at = 0;
  for (let cut = nextCut(body, 0); cut !== undefined; cut = nextCut(body, cut.end)) {
    const { begin, end } = cut;
    const before = body[begin - NAME.length - 1];
    if (before !== COMMA && before !== BRACE) return undefined;
    frame += body.toString("utf8", at, begin - 1) + cuts.length;
    at = end + 1;
    chars += end - begin;
    cuts.push(cut);
    if (cuts.length === SAMPLE && chars < SAMPLE * LARGE_CHARS) return undefined;
  }
  if (chars < cuts.length * LARGE_CHARS || chars === 0) return undefined;
  return { frame: frame + body.toString("utf8", at), cuts };
}

function nextCut(body: Buffer, from: number): Cut | undefined {
  const at = body.indexOf(NAME, from);
  if (at < 0) return undefined;
  const begin = at + NAME.length;
  const end = body.indexOf(QUOTE, begin);
  return end < 0 ? undefined : { begin, end };
}

/** `undefined` unless the records have exactly the values that were cut out, in their order, and each is base64. */
function readCut(body: Buffer, { cuts, frame }: CutBody): RecordsInFrame | undefined {
  const fields = parsedFrame(frame);
  const list = fields?.["Records"];
  if (fields === undefined || !Array.isArray(list) || list.length !== cuts.length) return undefined;
  const arena = new Arena(cuts.reduce((sum, { begin, end }) => sum + mostBytes(end - begin), 0));
  const records: KinesisRecord[] = [];
  for (const [i, { begin, end }] of cuts.entries()) {
    const record = list[i] as Fields | null;
    if (record?.["Data"] !== i) return undefined;
    const data = arena.decode(body.toString("latin1", begin, end));
    if (data === undefined) return undefined;
    records.push(readRecord(record, data));
  }
  return { records, fields };
}

/** A value with an escaped quote in it is cut in its middle, which leaves no JSON: then the whole is to be judged. */
function parsedFrame(frame: string): Fields | undefined {
  try {
    return Object(JSON.parse(frame)) as Fields;
  } catch {
    return undefined;
  }
}

function readParsed(body: Buffer): RecordsInFrame {
  const fields = Object(JSON.parse(body.toString())) as Fields;
  const list: unknown = fields["Records"];
  expectAnswer(Array.isArray(list), "an answer without a list of records");
  let bytes = 0;
  for (const record of list as (Fields | null)[]) {
    const text = record?.["Data"];
    expectAnswer(typeof text === "string", "a record without data");
    bytes += mostBytes(text.length);
  }
  const arena = new Arena(bytes);
  const records = (list as Fields[]).map((record) => {
    const data = arena.decode(record["Data"] as string);
    expectAnswer(data, "a record whose data are no base64");
    return readRecord(record, data);
  });
  return { records, fields };
}

function readRecord(record: Fields, data: Uint8Array): KinesisRecord {
  const arrived = record["ApproximateArrivalTimestamp"];
  // Epoch seconds, with milliseconds as their fraction.
  const arrivedAtMs = typeof arrived === "number" ? Math.round(arrived * 1000) : undefined;
  return recordOf(record["SequenceNumber"], record["PartitionKey"], data, arrivedAtMs);
}

/** How many bytes so many characters of base64 may stand for. */
function mostBytes(chars: number): number {
  return Math.floor(chars / 4) * 3;
}

/** Memory for the data of one answer. */
class Arena {
  readonly #memory: Buffer;
  #used = 0;

  constructor(bytes: number) {
    this.#memory = bytes === 0 ? NOTHING : Buffer.allocUnsafeSlow(bytes);
  }

  /** A view of what a text says; `undefined` if it is not base64. */
  decode(text: string): Uint8Array | undefined {
    const begin = this.#used;
    const bytes = mostBytes(text.length) - paddingOf(text);
    // The decoder passes over what it does not know, and then there are fewer bytes.
    const isWhole = text.length % 4 === 0;
    if (!isWhole || this.#memory.write(text, begin, "base64") !== bytes) return undefined;
    this.#used += bytes;
    return new Uint8Array(this.#memory.buffer, begin, bytes);
  }
}

function paddingOf(text: string): number {
  if (!text.endsWith("=")) return 0;
  return text.endsWith("==") ? 2 : 1;
}
