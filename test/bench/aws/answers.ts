// Ready answers. How many records a call has, its size tells: 10 aggregates, 500 small records, or one.
import { cbor } from "@smithy/core/cbor";

/** Records per call of either kind. */
export const AGGREGATES = 10;
export const SMALL_RECORDS = 500;

const LARGE_BYTES = 300_000;
const SMALL_BYTES = 10_000;
const CBOR = "application/x-amz-cbor-1.1";

interface Ready {
  readonly json: Buffer;
  readonly cbor: Buffer;
}

/** The answer to a request of so many bytes, in the form of the request. */
export function answerTo(target: string, length: number, contentType: string): Buffer {
  const ready = target.endsWith("ListShards") ? ONE_SHARD : storedFor(length);
  return contentType === CBOR ? ready.cbor : ready.json;
}

function storedFor(length: number): Ready {
  if (length > LARGE_BYTES) return TEN_STORED;
  return length > SMALL_BYTES ? FIVE_HUNDRED_STORED : ONE_STORED;
}

function stored(records: number): object {
  return {
    EncryptionType: "NONE",
    FailedRecordCount: 0,
    Records: Array.from({ length: records }, (_, i) => ({
      SequenceNumber: String(49_665_000_000_000_000_000_000_000n + BigInt(i)).padEnd(56, "0"),
      ShardId: "shardId-000000000000",
    })),
  };
}

const TEN_STORED = ready(stored(AGGREGATES));
const FIVE_HUNDRED_STORED = ready(stored(SMALL_RECORDS));
const ONE_STORED = ready(stored(1));
const ONE_SHARD = ready({
  Shards: [
    {
      ShardId: "shardId-000000000000",
      SequenceNumberRange: { StartingSequenceNumber: "1" },
    },
  ],
});

function ready(answer: object): Ready {
  // The encoder hands out the same memory again.
  return { json: Buffer.from(JSON.stringify(answer)), cbor: Buffer.from(cbor.serialize(answer)) };
}
