// The answers to PutRecords and PutRecord without the service: every record is stored, in the shard of 16 equal ones that
// its hash key names. The payloads are cut out of JSON before the rest is parsed, so that answering costs less than asking.
import { createHash } from "node:crypto";
import type { Shard } from "@shardline/core";
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
const COUNTING_DIGITS = 12;

/** A shard, and what its sequence numbers begin with: a producer that sees others looks for another stream. */
interface AnsweringShard {
  readonly shardId: string;
  readonly leadingDigits: string;
}

/** Answers requests to a stream of `SHARDS` shards, given in the order of their hash keys. */
export class PutAnswers {
  readonly #shards: readonly AnsweringShard[];
  #stored = 0;

  constructor(shards: readonly Shard[]) {
    this.#shards = shards.map(({ shardId, startingSequenceNumber }) => ({
      shardId,
      leadingDigits: startingSequenceNumber.slice(0, -COUNTING_DIGITS),
    }));
  }

  /** The answer to PutRecords, in the content type of the request. */
  toPutRecords(body: Buffer, contentType: string): Buffer {
    return contentType === CBOR_TYPE ? this.#manyInCbor(body) : this.#manyInJson(body);
  }

  /** The answer to PutRecord. */
  toPutRecord(body: Buffer, contentType: string): Buffer {
    const count = this.#count(1);
    if (contentType === CBOR_TYPE) {
      const entry = readCbor(body) as unknown as Entry;
      return Buffer.from(this.#outcomeInCbor(entry, count), "latin1");
    }
    return Buffer.from(this.#outcomeInJson(JSON.parse(withoutData(body)) as Entry, count));
  }

  #manyInJson(body: Buffer): Buffer {
    const { Records } = JSON.parse(withoutData(body)) as PutRecordsBody;
    const count = this.#count(Records.length);
    const outcomes = Records.map((entry) => this.#outcomeInJson(entry, count));
    return Buffer.from(`{"FailedRecordCount":0,"Records":[${outcomes.join(",")}]}`);
  }

  #manyInCbor(body: Buffer): Buffer {
    const { Records } = readCbor(body) as unknown as PutRecordsBody;
    const count = this.#count(Records.length);
    const outcomes = Records.map((entry) => this.#outcomeInCbor(entry, count));
    const failed = `${cborText("FailedRecordCount")}\0`;
    const records = cborText("Records") + cborList(outcomes.length) + outcomes.join("");
    return Buffer.from(cborMap(2) + failed + records, "latin1");
  }

  #outcomeInJson(entry: Entry, count: string): string {
    const { leadingDigits, shardId } = this.#shardOf(entry);
    return `{"SequenceNumber":"${leadingDigits}${count}","ShardId":"${shardId}"}`;
  }

  #outcomeInCbor(entry: Entry, count: string): string {
    const { leadingDigits, shardId } = this.#shardOf(entry);
    return (
      cborMap(2) +
      cborText("SequenceNumber") +
      cborText(leadingDigits + count) +
      cborText("ShardId") +
      cborText(shardId)
    );
  }

  #shardOf({ ExplicitHashKey, PartitionKey }: Entry): AnsweringShard {
    const index =
      ExplicitHashKey === undefined
        ? (createHash("md5").update(PartitionKey).digest()[0] as number) >> 4
        : Number(BigInt(ExplicitHashKey) >> 124n);
    return this.#shards[index] as AnsweringShard;
  }

  /** One for a whole answer: nobody compares numbers of one answer, and each would cost. */
  #count(records: number): string {
    this.#stored += records;
    return String(this.#stored).padStart(COUNTING_DIGITS, "0");
  }
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
