// Ready answers, told by the size of the request: large ones are calls of 10 aggregates, small ones of 500 records.

/** Records per call of either kind. */
export const AGGREGATES = 10;
export const SMALL_RECORDS = 500;

const LARGE_BYTES = 300_000;

/** The answer to a request of so many bytes. */
export function answerTo(target: string, length: number, _contentType: string): Buffer {
  if (target.endsWith("GetRecords")) return EMPTY_FETCH;
  return length > LARGE_BYTES ? TEN_STORED : FIVE_HUNDRED_STORED;
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

const TEN_STORED = asJson(stored(AGGREGATES));
const FIVE_HUNDRED_STORED = asJson(stored(SMALL_RECORDS));
const EMPTY_FETCH = asJson({
  MillisBehindLatest: 0,
  NextShardIterator: "A".repeat(220),
  Records: [],
});

function asJson(answer: object): Buffer {
  return Buffer.from(JSON.stringify(answer));
}
