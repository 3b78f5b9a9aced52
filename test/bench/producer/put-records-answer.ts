// The answer to PutRecords without the service: every record is stored, in the shard of 16 equal ones that its hash key
// names. The payloads are cut out of JSON before the rest is parsed, so that answering costs less than asking.
import { createHash } from "node:crypto";
import { cborList, cborMap, cborText, readCbor } from "./cbor-body.ts";

/** Shards of the stream that is put into. */
export const SHARDS = 16;
const CBOR_TYPE = "application/x-amz-cbor-1.1";

interface Entry {
  readonly PartitionKey: string;
  readonly ExplicitHashKey?: string;
}

interface PutRecordsBody {
  readonly Records: readonly Entry[];
}

const DATA = Buffer.from('"Data":"');
const QUOTE = 0x22;
/** Of the length that Kinesis gives them. */
const FIRST_SEQUENCE_NUMBER = 496n * 10n ** 53n;

let stored = FIRST_SEQUENCE_NUMBER;

/** The answer to a request, in the same content type. */
export function answerPutRecords(body: Buffer, contentType: string): Buffer {
  return contentType === CBOR_TYPE ? answerInCbor(body) : answerInJson(body);
}

function answerInJson(body: Buffer): Buffer {
  const { Records } = JSON.parse(withoutData(body)) as PutRecordsBody;
  const number = nextSequenceNumber(Records.length);
  const outcomes = Records.map(
    (entry) => `{"SequenceNumber":"${number}","ShardId":"${shardOf(entry)}"}`,
  );
  return Buffer.from(`{"FailedRecordCount":0,"Records":[${outcomes.join(",")}]}`);
}

function answerInCbor(body: Buffer): Buffer {
  const { Records } = readCbor(body) as unknown as PutRecordsBody;
  const number = nextSequenceNumber(Records.length);
  const outcomes = Records.map(
    (entry) =>
      cborMap(2) +
      cborText("SequenceNumber") +
      cborText(number) +
      cborText("ShardId") +
      cborText(shardOf(entry)),
  );
  const failed = `${cborText("FailedRecordCount")}\0`;
  const records = cborText("Records") + cborList(outcomes.length) + outcomes.join("");
  return Buffer.from(cborMap(2) + failed + records, "latin1");
}

function nextSequenceNumber(records: number): string {
  stored += BigInt(records);
  return stored.toString();
}

/** The request with every payload empty. Base64 has no quotes, so the next one ends it. */
function withoutData(body: Buffer): string {
  let skeleton = "";
  for (let from = 0; ; ) {
    const at = body.indexOf(DATA, from);
    if (at < 0) return skeleton + body.toString("utf8", from);
    skeleton += body.toString("utf8", from, at + DATA.length);
    from = body.indexOf(QUOTE, at + DATA.length);
  }
}

function shardOf({ ExplicitHashKey, PartitionKey }: Entry): string {
  const highest =
    ExplicitHashKey === undefined
      ? (createHash("md5").update(PartitionKey).digest()[0] as number) >> 4
      : Number(BigInt(ExplicitHashKey) >> 124n);
  return `shardId-${String(highest).padStart(12, "0")}`;
}
