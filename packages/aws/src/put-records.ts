// PutRecords: the request, how long it may take, and one outcome per entry.
import type {
  PutRecordsCommandInput,
  PutRecordsCommandOutput,
  PutRecordsResultEntry,
} from "@aws-sdk/client-kinesis";
import type {
  PutRecordsAnswer,
  PutRecordsEntry,
  PutRecordsOutcome,
  PutRecordsRequest,
} from "@shardline/core";
import { expectAnswer } from "./answer-mismatch.ts";
import { failureOfEntry } from "./aws-errors.ts";
import { streamFields } from "./stream-fields.ts";

/** A link slower than this is taken for a broken one. */
const SLOWEST_BYTES_PER_MS = (256 * 1024) / 1000;
/** What the service has for its own part of a call. */
const SERVICE_MS = 1000;

/** The data are copies: middleware may keep them, and the memory of the entries is used again after the call. */
export function putRecordsInput({ entries, stream }: PutRecordsRequest): PutRecordsCommandInput {
  const records = entries.map(({ data, explicitHashKey, partitionKey }) => ({
    Data: new Uint8Array(data),
    ...(partitionKey === undefined ? {} : { PartitionKey: partitionKey }),
    ...(explicitHashKey === undefined ? {} : { ExplicitHashKey: explicitHashKey }),
  }));
  return { ...streamFields(stream), Records: records };
}

/** A large batch gets the time that a slow link needs for it, so that it is not given up and sent twice. */
export function putTimeoutMs(
  entries: readonly PutRecordsEntry[],
  requestTimeoutMs: number | undefined,
): number | undefined {
  if (requestTimeoutMs === undefined) return undefined;
  let bytes = 0;
  for (const { data, partitionKey = "" } of entries) bytes += data.byteLength + partitionKey.length;
  return Math.max(requestTimeoutMs, Math.ceil(SERVICE_MS + bytes / SLOWEST_BYTES_PER_MS));
}

/** Reads the outcomes of so many entries. An empty body reaches us as an answer without a list of them. */
export function readPutRecords(
  entries: number,
): (output: Partial<PutRecordsCommandOutput>) => PutRecordsAnswer {
  return ({ Records }) => {
    expectAnswer(Array.isArray(Records), "an answer without outcomes");
    expectAnswer(Records.length === entries, `${Records.length} outcomes for ${entries} entries`);
    return { outcomes: Records.map(readOutcome) };
  };
}

/** Of what comes from the network nothing is certain, not even that it is an object. */
function readOutcome(entry: PutRecordsResultEntry | null): PutRecordsOutcome {
  const { ErrorCode, ErrorMessage, SequenceNumber, ShardId } = entry ?? {};
  const shardId = textOf(ShardId);
  const sequenceNumber = textOf(SequenceNumber);
  const errorCode = textOf(ErrorCode);
  return shardId !== undefined && sequenceNumber !== undefined && errorCode === undefined
    ? { kind: "stored", shardId, sequenceNumber }
    : { kind: "failed", failure: failureOfEntry(errorCode, textOf(ErrorMessage)) };
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
