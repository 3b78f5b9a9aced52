import { consumerOptionsFromKclProperties } from "@shardline/consumer/kcl";
import { KinesisError } from "@shardline/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DROPPED_KEYS } from "../../src/kcl/dropped-keys.ts";
import { MAPPED_KEYS } from "../../src/kcl/mapped-keys.ts";
import { resolveConsumerOptions } from "../../src/settings.ts";

const CONSUMER_ARN = "arn:aws:kinesis:eu-west-1:123456789012:stream/orders/consumer/billing:1";
const NAMES = "applicationName = billing\nstreamName = orders\n";

/** As an application has it that was begun with the sample of aws-kcl. */
const FILE = `
# what is started
executableName = node app.js
streamName = orders
applicationName = billing
AwsCredentialsProvider = DefaultCredentialsProvider
processingLanguage = nodejs/20
initialPositionInStream = TRIM_HORIZON
regionName = eu-west-1
failoverTimeMillis = 20000
#workerId =
maxRecords = 5000
idleTimeBetweenReadsInMillis = 250
retrievalMode = POLLING
metricsLevel = none
cleanupLeasesUponShardCompletion = true
`;

function imported(text: string): ReturnType<typeof consumerOptionsFromKclProperties> {
  return consumerOptionsFromKclProperties(NAMES + text);
}

function problemsOf(text: string): readonly string[] {
  try {
    consumerOptionsFromKclProperties(text);
  } catch (error) {
    if (KinesisError.is(error, "INVALID_OPTIONS")) return error.details.problems;
    throw error;
  }
  return [];
}

it("a file of the daemon comes to options of a consumer, and says what has no meaning here", () => {
  const { ignored, options } = consumerOptionsFromKclProperties(FILE);
  expect(options).toEqual({
    application: "billing",
    stream: "orders",
    startAt: "TRIM_HORIZON",
    kinesis: { region: "eu-west-1" },
    dynamodb: { region: "eu-west-1" },
    leases: { failoverMs: 20_000 },
    read: { maxRecords: 5000, idleMs: 250, mode: "polling" },
    sync: { cleanup: true },
  });
  expect(ignored.map(({ key, line }) => [key, line])).toEqual([
    ["executableName", 3],
    ["processingLanguage", 7],
    ["metricsLevel", 15],
  ]);
});

describe("a property of the KCL", () => {
  const arn = "arn:aws:kinesis:eu-west-1:123456789012:stream/orders";
  it.each<[string, object]>([
    [`streamArn = ${arn}`, { stream: arn }],
    ["streamArn =", {}],
    ["tableName: leases", { leases: { tableName: "leases" } }],
    ["workerIdentifier me", { workerId: "me" }],
    ["workerId = me", { workerId: "me" }],
    ["initialPositionInStream = latest", { startAt: "LATEST" }],
    ["initialPositionInStreamExtended = 1636609142", { startAt: new Date(1_636_609_142_000) }],
    ["kinesisEndpoint = http://localhost:4567", { kinesis: { endpoint: "http://localhost:4567" } }],
    [
      "dynamoDBEndpoint = http://localhost:8000",
      { dynamodb: { endpoint: "http://localhost:8000" } },
    ],
    ["maxLeasesForWorker = 8", { leases: { maxPerWorker: 8 } }],
    ["maxLeasesForWorker = 2147483647", {}],
    ["leaseTablePitrEnabled = true", { leases: { table: { pointInTimeRecovery: true } } }],
    ["ignoreUnexpectedChildShards = TRUE", { sync: { ignoreUnexpectedChildren: true } }],
    ["pollingConfig.maxRecords = 7", { read: { maxRecords: 7 } }],
    ["retrievalMode = polling", { read: { mode: "polling" } }],
    ["retrievalMode = FANOUT", { read: { mode: "fan-out" } }],
    ["retrievalMode = DEFAULT", { read: { mode: "fan-out" } }],
    ["retrievalMode = DEFAULT\nmaxRecords = 7", { read: { mode: "polling", maxRecords: 7 } }],
    ["fanoutConfig.consumerName = invoices", { read: { consumerName: "invoices" } }],
    [`fanoutConfig.consumerArn = ${CONSUMER_ARN}`, { read: { consumerArn: CONSUMER_ARN } }],
    ["kinesisEndpoint =", {}],
    ["awsCredentialsProviderDynamoDB = DefaultCredentialsProvider", {}],
  ])("%s comes to options of ours as it stands", (text, expected) => {
    const { ignored, options } = imported(text);
    expect(options).toEqual({ application: "billing", stream: "orders", ...expected });
    expect(ignored.filter(({ key }) => key !== "streamName")).toEqual([]);
  });

  it.each<[string, object, RegExp]>([
    ["failoverTimeMillis = 500", { leases: { failoverMs: 1000 } }, /^1000 is the least$/],
    ["failoverTimeMillis = 900000", { leases: { failoverMs: 600_000 } }, /^600000 is the most$/],
    ["failoverTimeMillis = 0", {}, /takes 0 for unset/],
    ["idleTimeBetweenReadsInMillis = 100", { read: { idleMs: 200 } }, /^200 is the least$/],
    ["maxRecords = 20000", { read: { maxRecords: 10_000 } }, /^10000 is the most$/],
    [
      "cleanupLeasesUponShardCompletion = false",
      { sync: { cleanup: false } },
      /takes false for unset/,
    ],
    ["timeoutInSeconds = 90", { onFailure: { timeoutMs: 90_000 } }, /the daemon ends/],
    ["AwsCredentialsProvider = ProfileCredentialsProvider|kcl", {}, /as kinesis.credentials/],
    ["kinesisClient.httpClientBuilder.maxConcurrency = 5", {}, /hand in the client/],
    ["fanoutConfig.retryBackoffMillis = 500", {}, /shards are polled meanwhile/],
    ["shutdownGraceMillis = 5000", {}, /to run, as drainTimeoutMs/],
    ["clientVersionConfig = CLIENT_VERSION_CONFIG_3X", {}, /rules are those of the KCL 2.x/],
    ["workerMetricsEMAAlpha = 0.18", {}, /share leases by count/],
    ["faloverTimeMillis = 1", {}, /^the KCL has no such key; did you mean failoverTimeMillis\?$/],
    ["toString = 1", {}, /^the KCL has no such key/],
    ["somethingElseEntirely = 1", {}, /^the KCL has no such key$/],
  ])(
    "%s is told with its line where it means something else here, or nothing",
    (text, more, why) => {
      const { ignored, options } = imported(text);
      expect(options).toEqual({ application: "billing", stream: "orders", ...more });
      const reason = expect.stringMatching(why) as string;
      expect(ignored).toEqual([{ key: text.split(" = ")[0], line: 3, reason }]);
    },
  );

  it("that is one part of a group leaves the others as they are", () => {
    const text =
      "leaseTablePitrEnabled=true\nleaseTableDeletionProtectionEnabled=true\ntableName=leases";
    expect(imported(text).options.leases).toEqual({
      tableName: "leases",
      table: { pointInTimeRecovery: true, deletionProtection: true },
    });
  });

  it("gives way to the one that counts beside it", () => {
    const arn2 = "arn:aws:kinesis:eu-west-1:123456789012:stream/returns";
    const both =
      "initialPositionInStream=LATEST\ninitialPositionInStreamExtended=9\nworkerId=a\nworkerIdentifier=b";
    const { ignored, options } = imported(`streamArn=${arn2}\n${both}`);
    const startAt = new Date(9000);
    expect(options).toEqual({ application: "billing", stream: arn2, startAt, workerId: "b" });
    expect(ignored.map(({ key, reason }) => `${key}: ${reason}`)).toEqual([
      "streamName: streamArn counts, as with the daemon",
      "initialPositionInStream: initialPositionInStreamExtended counts",
      "workerId: line 7 says it again",
    ]);
  });
});

it("everything that cannot be meant is told at once, with its line", () => {
  const text = [
    "applicationName =",
    "failoverTimeMillis = ten",
    "initialPositionInStream = AT_TIMESTAMP",
    "cleanupLeasesUponShardCompletion = yes",
    "streamArn = orders",
    "retrievalMode = pushing",
    "kinesisEndpoint = localhost",
    "disableWorkerMetrics = 1",
  ].join("\n");
  expect(problemsOf(text).map((problem) => problem.split(" must be")[0])).toEqual([
    "line 1: applicationName",
    "line 2: failoverTimeMillis",
    "line 3: initialPositionInStream",
    "line 4: cleanupLeasesUponShardCompletion",
    "line 5: streamArn",
    "line 6: retrievalMode",
    "line 7: kinesisEndpoint",
    "line 8: disableWorkerMetrics",
    "streamName and streamArn are missing",
  ]);
  expect(problemsOf("")).toEqual([
    "applicationName is missing",
    "streamName and streamArn are missing",
  ]);
});

/** Names are left to createConsumer. */
const UNCHECKED = ["applicationName", "streamName", "tableName", "fanoutConfig.consumerName"];
const KEYS = [...Object.keys(MAPPED_KEYS), ...Object.keys(DROPPED_KEYS)].filter(
  (key) => !UNCHECKED.includes(key) && !key.endsWith("*"),
);
const VALUES = [
  "",
  "0",
  "1",
  "250",
  "99999999999999999999",
  "-1",
  "0.5",
  "true",
  "false",
  "LATEST",
  "POLLING",
  "http://x",
  "x y",
  "me",
];

it("whatever a file says, it is refused with reasons or comes to options that a consumer takes, and no key is passed over", () => {
  const entries = fc.array(fc.tuple(fc.constantFrom(...KEYS), fc.constantFrom(...VALUES)), {
    maxLength: 8,
  });
  fc.assert(
    fc.property(entries, (properties) => {
      const text = NAMES + properties.map(([key, value]) => `${key}=${value}\n`).join("");
      if (problemsOf(text).length > 0) return;
      const { ignored, options } = consumerOptionsFromKclProperties(text);
      for (const { reason } of ignored) expect(reason).not.toMatch(/no such key/);
      resolveConsumerOptions({ startAt: "LATEST", ...options, processBatch: () => undefined });
    }),
    { numRuns: 500 },
  );
});
