// The answer to PutRecords without the service: every record is stored, in the shard of 16 equal ones that its hash key
// names. The payloads are cut out before the rest is parsed, so that answering costs less than asking.
import { createHash } from "node:crypto";

/** Shards of the stream that is put into. */
export const SHARDS = 16;

interface Entry {
  readonly PartitionKey: string;
  readonly ExplicitHashKey?: string;
}

const DATA = Buffer.from('"Data":"');
const QUOTE = 0x22;
/** Of the length that Kinesis gives them. */
const FIRST_SEQUENCE_NUMBER =
  49_600_000_000_000_000_000_000_000_000_000_000_000_000_000_000_000_000_000n;

let stored = FIRST_SEQUENCE_NUMBER;

/** The answer, in JSON, to a request in JSON. */
export function answerPutRecords(body: Buffer): string {
  const { Records } = JSON.parse(withoutData(body)) as { readonly Records: readonly Entry[] };
  stored += BigInt(Records.length);
  const sequenceNumber = stored.toString();
  const outcomes = Records.map(
    (entry) => `{"SequenceNumber":"${sequenceNumber}","ShardId":"${shardOf(entry)}"}`,
  );
  return `{"FailedRecordCount":0,"Records":[${outcomes.join(",")}]}`;
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
