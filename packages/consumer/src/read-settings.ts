// What the options of reading come to.
import {
  type Check,
  GET_RECORDS_LIMITS,
  group,
  integer,
  number,
  oneOf,
  optional,
  parsed,
  SHARD_LIMITS,
  type StreamRef,
  withDefault,
} from "@shardline/core";
import type { ReadOptions } from "./options.ts";

/** How shards are read, with every default in place. */
export interface ReadSettings extends Readonly<Required<Omit<ReadOptions, "consumerArn">>> {
  /** `undefined` for the consumer of that name. */
  readonly consumerArn: string | undefined;
}

/** Before the values that depend on others. */
export interface CheckedRead extends Omit<ReadSettings, "consumerName"> {
  readonly consumerName: string | undefined;
}

/** The service's own rules. */
const CONSUMER_NAME = /^[a-zA-Z0-9_.-]{1,128}$/;
const CONSUMER_ARN =
  /^arn:aws[^:]*:kinesis:([^:]*):(\d{12}):stream\/([^/]+)\/consumer\/[^/:]+:\d+$/;
const CONSUMER_NAME_RULE = "1 to 128 letters, digits, _, . or -";

const consumerNameOf = (text: string): string | undefined =>
  CONSUMER_NAME.test(text) ? text : undefined;
const consumerArnOf = (text: string): string | undefined =>
  CONSUMER_ARN.test(text) ? text : undefined;

/** The check of `read`. */
export const readOptions: Check<CheckedRead> = group({
  mode: withDefault(oneOf("polling", "fan-out", "auto"), "polling"),
  consumerName: optional(parsed(CONSUMER_NAME_RULE, consumerNameOf)),
  consumerArn: optional(parsed("the ARN of a stream consumer", consumerArnOf)),
  idleMs: withDefault(integer({ min: 200, max: 60_000 }), 1000),
  readsPerSecond: withDefault(
    number({ min: 0.1, max: SHARD_LIMITS.getRecordsCallsPerSecond }),
    4.5,
  ),
  bytesPerSecond: withDefault(
    integer({ min: 1024, max: Number.MAX_SAFE_INTEGER }),
    SHARD_LIMITS.readBytesPerSecond,
  ),
  maxRecords: withDefault(
    integer({ min: 1, max: GET_RECORDS_LIMITS.maxRecords }),
    GET_RECORDS_LIMITS.maxRecords,
  ),
});

/** What is wrong with the stream consumer in view of the other options. */
export function consumerChoiceProblems(options: {
  readonly application: string;
  /** `undefined` where there are many. */
  readonly stream: StreamRef | undefined;
  readonly read: CheckedRead;
}): string[] {
  const { application, read, stream } = options;
  const { consumerArn, consumerName, mode } = read;
  if (consumerArn !== undefined && stream === undefined) {
    return ["read.consumerArn names a consumer of one stream, and does not go with streams"];
  }
  if (consumerArn !== undefined && stream !== undefined) {
    // Another stream has shards of the same names: its records would pass for those of this one.
    const [, region, account, name] = CONSUMER_ARN.exec(consumerArn) ?? [];
    const isOther =
      name !== stream.name ||
      (stream.account !== undefined && account !== stream.account) ||
      (stream.region !== undefined && region !== stream.region);
    return isOther
      ? [`read.consumerArn must be of the stream ${stream.name}, got ${consumerArn}`]
      : [];
  }
  if (mode === "polling" || CONSUMER_NAME.test(consumerName ?? application)) return [];
  return [`read.consumerName is required: the application's name is not ${CONSUMER_NAME_RULE}`];
}
