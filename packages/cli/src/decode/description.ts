// What a blob turned out to be, told to a person and to a machine.
import { type AggregatedRecord, type Inspection, inspectData } from "@shardline/aggregation";
import type { PlainCause } from "@shardline/aggregation";
import { hashKeyOf, parseExplicitHashKey } from "@shardline/core";
import { type DataForm, dataFieldOf } from "../data-text.ts";
import type { Blob } from "./blobs.ts";

/** A blob, taken apart. */
export interface Description {
  readonly isAggregate: boolean;
  /** One JSON object. */
  readonly json: string;
  /** For people: a line about the whole, and one for each record. */
  readonly lines: readonly string[];
}

/** Takes a blob apart; `number` counts them from 1. */
export function describeBlob(blob: Blob, number: number, form: DataForm): Description {
  const { data, readAs } = blob;
  const found = inspectData(data);
  const about = { blob: number, kind: found.kind, bytes: data.length, readAs };
  if (found.kind === "aggregate") {
    const md5 = hex(found.digest);
    const records = found.records.map((record, i) => fieldsOf(record, i, form));
    const count = `${records.length} ${records.length === 1 ? "record" : "records"}`;
    return {
      isAggregate: true,
      json: JSON.stringify({ ...about, md5, records }),
      lines: [
        `${number}: an aggregate of ${count} in ${data.length} bytes, MD5 ${md5}`,
        ...records.map(lineOf),
      ],
    };
  }
  const reason = reasonOf(found, data);
  const what = found.kind === "plain" ? "no aggregate" : "a broken aggregate";
  return {
    isAggregate: false,
    json: JSON.stringify({ ...about, ...evidenceOf(found), reason }),
    lines: [`${number}: ${what}, ${data.length} bytes read as ${readAs}: ${reason}`],
  };
}

interface RecordFields {
  readonly subSequenceNumber: number;
  readonly partitionKey: string;
  readonly explicitHashKey?: string;
  /** Decimal: what places the record. */
  readonly hashKey: string;
}

function fieldsOf(
  { data, ...record }: AggregatedRecord,
  subSequenceNumber: number,
  form: DataForm,
): RecordFields {
  const explicit = parseExplicitHashKey(record.explicitHashKey ?? "");
  const hashKey = (explicit ?? hashKeyOf(record.partitionKey)).toString();
  const isNested = inspectData(data).kind === "aggregate";
  return {
    subSequenceNumber,
    ...record,
    hashKey,
    ...dataFieldOf(data, form),
    ...(isNested ? { isAggregate: true } : {}),
  };
}

/** Everything is quoted as JSON quotes it, so that no record can write over the terminal. */
function lineOf(fields: RecordFields): string {
  const { subSequenceNumber, ...named } = fields;
  const words = Object.entries(named).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
  return `   ${subSequenceNumber}  ${words.join("  ")}`;
}

function reasonOf(found: Exclude<Inspection, { kind: "aggregate" }>, data: Buffer): string {
  if (found.kind === "malformed") return `${found.reason}; the KCL drops that one and all after it`;
  const { cause } = found;
  switch (cause.kind) {
    case "no-magic":
      return data.length === 0
        ? "it is empty"
        : `it begins with ${hex(data.subarray(0, 4))} and not with f3899ac2`;
    case "too-short":
      return `an aggregate has at least ${cause.leastBytes} bytes`;
    case "wrong-digest":
      return `it ends with ${hex(cause.carried)}, but the MD5 of what it encloses is ${hex(cause.computed)}`;
    case "unreadable":
      return `magic and MD5 are right, but the message cannot be read at byte ${cause.atByte}: ${cause.reason}`;
  }
}

function evidenceOf(found: Exclude<Inspection, { kind: "aggregate" }>): object {
  return found.kind === "malformed" ? { md5: hex(found.digest) } : causeFields(found.cause);
}

function causeFields(cause: PlainCause): object {
  if (cause.kind !== "wrong-digest") return { cause: cause.kind };
  return { cause: cause.kind, md5: hex(cause.carried), computedMd5: hex(cause.computed) };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}
