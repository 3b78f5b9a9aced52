// The keys of the KCL's multi-language daemon that have options of ours. KCL 3.5: MultiLangDaemonConfiguration.java, with what
// the older versions had.
import {
  anyText,
  type Check,
  form,
  GET_RECORDS_LIMITS,
  mapped,
  parsed,
  parseStreamRef,
  toDate,
  truth,
  whole,
} from "@shardline/core";
import type { KclKey, KclMeaning } from "./kcl-options.ts";

/** Java's words for "without limit" are as large as an int. */
const MAX_INT = 2_147_483_647n;
/** What a Date of JavaScript holds. */
const MAX_DATE_SECONDS = 8_640_000_000_000n;
/** The daemon does not hear of numbers that are 0: its own default stands then. */
const UNSET: KclMeaning = { reason: "the daemon takes 0 for unset, and its default stands" };

/** With any of them the daemon's DEFAULT is polling: RetrievalMode.java, KCL 3.5. */
const POLLING_KEYS = [
  "retryGetRecordsInSeconds",
  "maxGetRecordsThreadPool",
  "idleTimeBetweenReadsInMillis",
  "millisBehindLatestThresholdForReducedTps",
  "maxRecords",
];

/** Checked by `createConsumer`. */
const name: Check<string> = parsed("a text that is not blank", (text) => text.trim() || undefined);
const url: Check<string> = parsed("a URL; empty for none", (text) => {
  const trimmed = text.trim();
  return trimmed === "" || URL.canParse(trimmed) ? trimmed : undefined;
});
const streamArn: Check<string> = parsed("the ARN of a stream; empty for none", (text) => {
  const arn = text.trim();
  return arn === "" || parseStreamRef(arn)?.arn !== undefined ? arn : undefined;
});
/** `createConsumer` checks whose it is. */
const consumerArn: Check<string> = parsed(
  "the ARN of a stream consumer; empty for none",
  (text) => {
    const arn = text.trim();
    return arn === "" || /^arn:[^:]+:kinesis:.+\/consumer\/.+/.test(arn) ? arn : undefined;
  },
);
/** The daemon takes small letters, too. */
const position: Check<"TRIM_HORIZON" | "LATEST"> = parsed("TRIM_HORIZON or LATEST", (text) => {
  const position = text.trim().toUpperCase();
  return position === "TRIM_HORIZON" || position === "LATEST" ? position : undefined;
});

export const MAPPED_KEYS: Readonly<Record<string, KclKey>> = {
  applicationName: mapped(name, (application) => ({ options: { application } })),
  streamName: mapped(name, (stream, given): KclMeaning => {
    if (given.get("streamArn")) return { reason: "streamArn counts, as with the daemon" };
    return { options: { stream } };
  }),
  streamArn: mapped(streamArn, (stream): KclMeaning => (stream ? { options: { stream } } : {})),
  tableName: mapped(name, (tableName) => ({ options: { leases: { tableName } } })),
  workerIdentifier: mapped(name, (workerId) => ({ options: { workerId } })),

  initialPositionInStream: mapped(position, (startAt, given): KclMeaning => {
    if (!given.get("initialPositionInStreamExtended")) return { options: { startAt } };
    return { reason: "initialPositionInStreamExtended counts" };
  }),
  initialPositionInStreamExtended: mapped(
    whole(0n, MAX_DATE_SECONDS),
    (seconds): KclMeaning =>
      seconds === 0n ? UNSET : { options: { startAt: toDate(Number(seconds) * 1000) } },
  ),

  regionName: mapped(
    form("the name of a region", /^[a-z0-9-]*$/),
    (region): KclMeaning =>
      region === "" ? {} : { options: { kinesis: { region }, dynamodb: { region } } },
  ),
  kinesisEndpoint: mapped(
    url,
    (endpoint): KclMeaning => (endpoint === "" ? {} : { options: { kinesis: { endpoint } } }),
  ),
  dynamoDBEndpoint: mapped(
    url,
    (endpoint): KclMeaning => (endpoint === "" ? {} : { options: { dynamodb: { endpoint } } }),
  ),

  failoverTimeMillis: mapped(whole(0n), (ms) =>
    within(ms, 1000n, 600_000n, (failoverMs) => ({ leases: { failoverMs } })),
  ),
  maxLeasesForWorker: mapped(whole(0n, MAX_INT), (count): KclMeaning => {
    if (count === 0n) return UNSET;
    return count === MAX_INT ? {} : { options: { leases: { maxPerWorker: Number(count) } } };
  }),
  leaseTablePitrEnabled: mapped(truth, (pointInTimeRecovery) => ({
    options: { leases: { table: { pointInTimeRecovery } } },
  })),
  leaseTableDeletionProtectionEnabled: mapped(truth, (deletionProtection) => ({
    options: { leases: { table: { deletionProtection } } },
  })),
  cleanupLeasesUponShardCompletion: mapped(truth, (cleanup): KclMeaning => {
    const options = { sync: { cleanup } };
    if (cleanup) return { options };
    return { options, reason: "it counts here; the daemon takes false for unset, and cleans up" };
  }),
  ignoreUnexpectedChildShards: mapped(truth, (ignoreUnexpectedChildren) => ({
    options: { sync: { ignoreUnexpectedChildren } },
  })),

  maxRecords: mapped(whole(0n), (count) =>
    within(count, 1n, BigInt(GET_RECORDS_LIMITS.maxRecords), (maxRecords) => ({
      read: { maxRecords },
    })),
  ),
  idleTimeBetweenReadsInMillis: mapped(whole(0n), (ms) =>
    within(ms, 200n, 60_000n, (idleMs) => ({ read: { idleMs } })),
  ),
  retrievalMode: mapped(
    parsed("default, fanout or polling", (text) =>
      ["DEFAULT", "FANOUT", "POLLING"].find((mode) => mode === text.trim().toUpperCase()),
    ),
    (mode, given): KclMeaning => {
      const isPolling = POLLING_KEYS.some((key) => given.get(key) !== undefined);
      const isFanOut = mode === "FANOUT" || (mode === "DEFAULT" && !isPolling);
      return { options: { read: { mode: isFanOut ? "fan-out" : "polling" } } };
    },
  ),
  "fanoutConfig.consumerArn": mapped(
    consumerArn,
    (arn): KclMeaning => (arn === "" ? {} : { options: { read: { consumerArn: arn } } }),
  ),
  "fanoutConfig.consumerName": mapped(name, (consumerName, given): KclMeaning => {
    if (given.get("fanoutConfig.consumerArn")) return { reason: "fanoutConfig.consumerArn counts" };
    return { options: { read: { consumerName } } };
  }),

  timeoutInSeconds: mapped(whole(0n, MAX_INT), (seconds): KclMeaning => {
    if (seconds === 0n) return { reason: "a handler cannot be done in no time at all" };
    return {
      options: { onFailure: { timeoutMs: Number(seconds) * 1000 } },
      reason: "a handler that takes longer is told so and its records come again; the daemon ends",
    };
  }),
  // Whoever has it has the SDK's own default.
  AwsCredentialsProvider: mapped(anyText, credentials("kinesis.credentials")),
  AwsCredentialsProviderDynamoDB: mapped(anyText, credentials("dynamodb.credentials")),
};

/** Cut to what our option takes; the daemon does not hear of 0. */
function within(
  value: bigint,
  least: bigint,
  most: bigint,
  options: (value: number) => KclMeaning["options"] & object,
): KclMeaning {
  if (value === 0n) return UNSET;
  if (value < least) return { options: options(Number(least)), reason: `${least} is the least` };
  if (value > most) return { options: options(Number(most)), reason: `${most} is the most` };
  return { options: options(Number(value)) };
}

function credentials(option: string): (provider: string) => KclMeaning {
  return (provider) =>
    /^(|DefaultCredentialsProvider|DefaultAWSCredentialsProviderChain)$/.test(provider)
      ? {}
      : { reason: `hand in credentials, as ${option}; without, the SDK finds them as in Java` };
}
