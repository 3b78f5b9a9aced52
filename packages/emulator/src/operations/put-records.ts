// PutRecords.
// Faithful: one bad entry refuses the whole call and nothing is stored; throttled entries fail one by one and
// do not stop later ones; answers keep the entries' order and number. Deviates: a stream on demand
// that places records itself does so at random; of a stream that is not encrypted no EncryptionType is told, where AWS
// may say NONE. A DryRun asks
// neither whether shards are throttled nor for room. How AWS refuses a missing partition key elsewhere, and before or after which other checks, is not known.
import { PUT_RECORDS_LIMITS } from "@shardline/core";
import { dataStreamOf } from "../input/addressing.ts";
import type { EntryFailure } from "../faults/call-faults.ts";
import { list, structure } from "../input/compound-shapes.ts";
import { DATA, STREAM_ADDRESS, type StreamAddress, TEXTS } from "../input/members.ts";
import type { Call, Operation } from "../operation.ts";
import { dryRunSucceeded, placeRecord, type PutEntry } from "../input/record-placement.ts";
import { flag } from "../input/scalar-shapes.ts";
import { NO_KEY } from "../stream/read-description.ts";
import { describeEncryption } from "../stream/stream-description.ts";
import { invalidArgument } from "../service-exception.ts";
import { required } from "../input/shape.ts";
import { throttledMessage } from "../limits/throttling.ts";

/** Members of the call. */
export interface PutRecordsInput extends StreamAddress {
  readonly Records: readonly PutEntry[];
  readonly DryRun?: boolean;
}

/** One entry of the answer: stored, or failed alone. */
export type PutRecordsResult =
  | { readonly SequenceNumber: string; readonly ShardId: string }
  | { readonly ErrorCode: EntryFailure; readonly ErrorMessage: string };

/** Members of the answer. */
export interface PutRecordsOutput {
  readonly FailedRecordCount: number;
  readonly EncryptionType?: "KMS";
  readonly Records: readonly PutRecordsResult[];
}

const ENTRY = structure<PutEntry>({
  Data: required(DATA),
  PartitionKey: TEXTS.PartitionKey,
  ExplicitHashKey: TEXTS.HashKey,
});

/** Stores up to 500 records. */
export const putRecords: Operation<PutRecordsInput, PutRecordsOutput> = {
  name: "PutRecords",
  input: structure<PutRecordsInput>({
    ...STREAM_ADDRESS,
    Records: required(list(required(ENTRY), { min: 1, max: PUT_RECORDS_LIMITS.maxEntries })),
    DryRun: flag(),
  }),
  run,
};

function run(input: PutRecordsInput, call: Call): PutRecordsOutput {
  const stream = dataStreamOf(input, call);
  const placements = input.Records.map((entry, i) => placeRecord(entry, stream, i));
  const totalBytes = placements.reduce((sum, { bytes }) => sum + bytes, 0);
  refuseTooLarge(totalBytes);
  if (input.DryRun === true) throw dryRunSucceeded();
  stream.home.storage.requireRoom(totalBytes);
  const { horizonMs } = stream;
  let failed = 0;
  const results = placements.map(({ shard, bytes }, i): PutRecordsResult => {
    const failure = call.faults?.failureOfEntry(i, shard.shardId);
    if (failure === undefined && shard.admit(bytes, call.nowMs)) {
      const { PartitionKey, Data } = input.Records[i] as PutEntry;
      const SequenceNumber = shard.append(
        PartitionKey ?? NO_KEY,
        Data,
        bytes,
        call.wallMs,
        horizonMs,
      );
      return { SequenceNumber, ShardId: shard.shardId };
    }
    failed += 1;
    return failure === "InternalFailure"
      ? { ErrorCode: failure, ErrorMessage: "Internal service failure." }
      : {
          ErrorCode: "ProvisionedThroughputExceededException",
          ErrorMessage: throttledMessage(shard, stream),
        };
  });
  return { FailedRecordCount: failed, ...describeEncryption(stream), Records: results };
}

function refuseTooLarge(bytes: number): void {
  if (bytes <= PUT_RECORDS_LIMITS.maxBytes) return;
  throw invalidArgument("Records size exceeds 10 MB limit");
}
