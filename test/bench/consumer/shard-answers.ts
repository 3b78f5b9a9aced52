// The answers to GetRecords of one shard: always the same records, each time under the numbers that follow, because a
// consumer leaves out what it has been handed before. Bodies are made once, and the numbers in them written over.
import { cbor } from "@smithy/core/cbor";
import { COUNTING_DIGITS, LEADING_DIGITS, type StoredRecord } from "./load.ts";

const ARRIVED_MS = 1_767_225_600_123;
/** Far behind, so that a consumer does not rest. */
const BEHIND_MS = 3_600_000;

/** How an answer is written. */
export type Form = "json" | "cbor";

/** A body, and where the digits that count are in it. */
interface NumberedBody {
  readonly bytes: Buffer;
  readonly offsets: readonly number[];
}

export class ShardAnswers {
  readonly #iterator: string;
  readonly #records: readonly StoredRecord[];
  readonly #whole: Readonly<Record<Form, NumberedBody>>;
  #handedOut = 0;

  /** @param iterator is the only one that the shard has */
  constructor(iterator: string, records: readonly StoredRecord[]) {
    this.#iterator = iterator;
    this.#records = records;
    this.#whole = { json: this.#bodyOf(records, "json"), cbor: this.#bodyOf(records, "cbor") };
  }

  /** Bytes that the next call writes over: who reads a shard asks for more when it has all of them. */
  next(limit: number, form: Form): Buffer {
    const records = this.#records.slice(0, limit);
    const isWhole = records.length === this.#records.length;
    const { bytes, offsets } = isWhole ? this.#whole[form] : this.#bodyOf(records, form);
    for (const offset of offsets) {
      this.#handedOut += 1;
      bytes.write(String(this.#handedOut).padStart(COUNTING_DIGITS, "0"), offset, "latin1");
    }
    return bytes;
  }

  #bodyOf(stored: readonly StoredRecord[], form: Form): NumberedBody {
    const answer = {
      Records: stored.map(({ data, partitionKey, sequenceNumber }) => ({
        SequenceNumber: sequenceNumber,
        ApproximateArrivalTimestamp: form === "json" ? ARRIVED_MS / 1000 : ARRIVED_MS,
        Data: form === "json" ? data.toString("base64") : data,
        PartitionKey: partitionKey,
      })),
      MillisBehindLatest: BEHIND_MS,
      NextShardIterator: this.#iterator,
    };
    const bytes = Buffer.from(form === "json" ? JSON.stringify(answer) : cbor.serialize(answer));
    return { bytes, offsets: offsetsIn(bytes) };
  }
}

function offsetsIn(bytes: Buffer): number[] {
  const offsets: number[] = [];
  for (let at = bytes.indexOf(LEADING_DIGITS); at >= 0; at = bytes.indexOf(LEADING_DIGITS, at)) {
    at += LEADING_DIGITS.length;
    offsets.push(at);
  }
  return offsets;
}
