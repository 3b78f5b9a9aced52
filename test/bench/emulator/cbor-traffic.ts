// PutRecords in CBOR, as the SDKs for Java send it: maps and lists of unstated length. Written by hand, so that nothing
// here shares a mistake with what is measured.
import type { Traffic } from "./traffic.ts";

const MAJOR_BYTES = 2;
const MAJOR_TEXT = 3;
const LIST = Buffer.of(0x9f);
const MAP = Buffer.of(0xbf);
const BREAK = Buffer.of(0xff);

interface PutRecordsBody {
  readonly StreamName: string;
  readonly Records: readonly { readonly Data: string; readonly PartitionKey: string }[];
}

/** The same PutRecords as in JSON. */
export function asCbor({ bodies, ...rest }: Traffic): Traffic {
  const contentType = "application/x-amz-cbor-1.1";
  return { ...rest, contentType, bodies: bodies.map((body) => encode(JSON.parse(String(body)))) };
}

function encode({ StreamName, Records }: PutRecordsBody): Buffer {
  const records = Records.map(({ Data, PartitionKey }) =>
    map({ Data: bytes(Buffer.from(Data, "base64")), PartitionKey: text(PartitionKey) }),
  );
  return map({
    StreamName: text(StreamName),
    Records: Buffer.concat([LIST, ...records, BREAK]),
  });
}

function map(members: Readonly<Record<string, Buffer>>): Buffer {
  const items = Object.entries(members).flatMap(([name, value]) => [text(name), value]);
  return Buffer.concat([MAP, ...items, BREAK]);
}

function text(value: string): Buffer {
  return Buffer.concat([head(MAJOR_TEXT, Buffer.byteLength(value)), Buffer.from(value)]);
}

function bytes(value: Buffer): Buffer {
  return Buffer.concat([head(MAJOR_BYTES, value.length), value]);
}

function head(major: number, length: number): Buffer {
  const type = major << 5;
  if (length < 24) return Buffer.of(type | length);
  if (length < 256) return Buffer.of(type | 24, length);
  return Buffer.of(type | 25, length >> 8, length & 0xff);
}
