// Dead letters as records of another stream.
import { type KinesisSource, kinesisSource, type OpenKinesis, openKinesis } from "@shardline/aws";
import {
  apiCallFailed,
  group,
  invariant,
  optional,
  parsed,
  parseStreamRef,
  type PutRecordsEntry,
  RECORD_LIMITS,
  required,
  resolveOptions,
} from "@shardline/core";
import type { DeadLetter, DeadLetterSink } from "../handling/dead-letter.ts";
import { fieldsOf } from "./letter-json.ts";

/** Where dead letters go. */
export interface DeadLetterStreamOptions {
  /** Name or ARN of the stream; not the one that is consumed. */
  readonly stream: string;
  /**
   * Which Kinesis, as for `createConsumer`.
   * @defaultValue the SDK's defaults
   */
  readonly kinesis?: KinesisSource;
}

/** A sink, and the means to free the client that it made. */
export interface DeadLetterStream extends DeadLetterSink {
  /** Frees the connections; to be called when the consumer has run. A letter that comes later opens new ones. */
  readonly close: () => void;
}

/** As base64, and with what else is in the JSON, within the 1 MiB that every stream takes. */
const MAX_PART_BYTES = 640 * 1024;

/**
 * A sink that puts each letter into a Kinesis stream, as JSON with the data as base64, under the partition key of its
 * record, or under its sequence number where no stream takes the key. `part` and `parts` count from 1: data of more than 640 KiB comes in several records, one after the other. A letter
 * counts as taken when all of them are stored. After a failure all of them come again, so that a reader may see some
 * twice.
 * @throws KinesisError INVALID_OPTIONS
 */
export function deadLetterStream(options: DeadLetterStreamOptions): DeadLetterStream {
  const checks = group({
    stream: required(parsed("a stream name or a stream ARN", parseStreamRef)),
    kinesis: optional(kinesisSource),
  });
  const { kinesis, stream } = resolveOptions("deadLetterStream", checks, options);
  let source: OpenKinesis | undefined;
  const sink: DeadLetterSink = async (letter, signal) => {
    source ??= openKinesis(kinesis);
    for (const entry of entriesOf(letter)) {
      const { outcomes } = await source.api.putRecords({ stream, entries: [entry] }, signal);
      const [outcome] = outcomes;
      invariant(outcome !== undefined, "an answer of PutRecords has an outcome for each entry");
      if (outcome.kind === "failed") throw apiCallFailed("PutRecords", outcome.failure);
    }
  };
  const close = (): void => {
    source?.close();
    source = undefined;
  };
  return Object.assign(sink, { close });
}

function entriesOf(letter: DeadLetter): readonly PutRecordsEntry[] {
  const partitionKey = partitionKeyOf(letter);
  const fields = fieldsOf(letter);
  const data = Buffer.from(letter.data);
  const parts = Math.max(1, Math.ceil(data.length / MAX_PART_BYTES));
  return Array.from({ length: parts }, (_, i) => {
    const piece = data.subarray(i * MAX_PART_BYTES, (i + 1) * MAX_PART_BYTES);
    const json = { ...fields, part: i + 1, parts, data: piece.toString("base64") };
    return { partitionKey, data: Buffer.from(JSON.stringify(json)) };
  });
}

/** Keys inside aggregates may be of any length; one that no stream takes would keep the letter from ever being taken. */
function partitionKeyOf({ partitionKey = "", sequenceNumber }: DeadLetter): string {
  const { length } = partitionKey;
  return length >= 1 && length <= RECORD_LIMITS.maxPartitionKeyLength
    ? partitionKey
    : sequenceNumber;
}
