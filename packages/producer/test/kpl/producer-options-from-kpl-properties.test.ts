import { readFileSync } from "node:fs";
import { KinesisError, producerOptionsFromKplProperties } from "@shardline/producer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { resolveProducerOptions } from "../../src/settings.ts";

const DEFAULTS = readFileSync(new URL("default-config.properties", import.meta.url), "utf8");

function ignoredOf(text: string): readonly { key: string; line: number; reason: string }[] {
  return producerOptionsFromKplProperties(text).ignored;
}

function problemsOf(text: string): readonly string[] {
  try {
    producerOptionsFromKplProperties(text);
  } catch (error) {
    if (KinesisError.is(error, "INVALID_OPTIONS")) return error.details.problems;
    throw error;
  }
  return [];
}

it("bytes in place of a text are refused, because a file that is read without an encoding is bytes", () => {
  expect(problemsOf(Buffer.from("RecordTtl=5") as unknown as string)).toEqual([
    "it must be a string, got object; read the file as utf8",
  ]);
});

describe("the KPL's own file of defaults", () => {
  const { options } = producerOptionsFromKplProperties(DEFAULTS);

  it("comes to our defaults, but for a limit on records that holds whatever the stream takes, and metrics down to the shard", () => {
    const ours = resolveProducerOptions({ stream: "orders" });
    const theirs = resolveProducerOptions({ stream: "orders", ...options });
    expect(ours).toMatchObject({ maxRecordBytes: "auto", metrics: { granularity: "stream" } });
    const metrics = { ...ours.metrics, granularity: "shard" };
    expect(theirs).toEqual({ ...ours, maxRecordBytes: 1_048_576, metrics });
  });

  it("has no effect in these keys only", () => {
    expect(ignoredOf(DEFAULTS).map(({ key }) => key)).toEqual([
      "LogLevel",
      "MetricsNamespace",
      "MetricsUploadDelay",
      "MinConnections",
      "KinesisPort",
      "ThreadingModel",
      "ThreadPoolSize",
    ]);
  });
});

describe("a property of the KPL", () => {
  it.each([
    ["AggregationEnabled=FALSE", { aggregation: false }],
    ["AggregationMaxSize: 1024", { aggregation: { maxBytes: 1024 } }],
    ["AggregationMaxSize: 10485760", { aggregation: { maxBytes: 10_485_760 } }],
    ["AggregationMaxCount 10", { aggregation: { maxRecords: 10 } }],
    ["AggregationMaxCount=4294967294", { aggregation: { maxRecords: 4_294_967_294 } }],
    ["AggregationMaxCount=9223372036854775807", { aggregation: { maxRecords: Infinity } }],
    ["CollectionMaxCount=1", { batch: { maxRecords: 1 } }],
    ["CollectionMaxSize=52224", { batch: { maxBytes: 52_224 } }],
    ["RecordMaxBufferedTime=0", { batch: { maxDelayMs: 0 } }],
    [
      "RecordMaxBufferedTime=9223372036854775807",
      { batch: { maxDelayMs: Number.MAX_SAFE_INTEGER } },
    ],
    ["RecordTtl = 100", { recordTtlMs: 100 }],
    ["RecordTtl = 9223372036854775807", { recordTtlMs: Infinity }],
    ["MaxUserRecordSize=10485760", { maxRecordBytes: 10_485_760 }],
    ["RateLimit = 80", { rateLimit: { percent: 80 } }],
    ["FailIfThrottled = true", { retry: { failOnThrottle: true } }],
    ["MaxConnections=256", { maxInFlightRequests: 256 }],
    ["ConnectTimeout=300000", { http: { connectTimeoutMs: 300_000 } }],
    ["RequestTimeout=100", { http: { requestTimeoutMs: 100 } }],
    ["Region=us-gov-west-1", { kinesis: { region: "us-gov-west-1" } }],
    ["Region=", {}],
    ["KinesisEndpoint=kinesis.local", { kinesis: { endpoint: "https://kinesis.local" } }],
    [
      "KinesisPort=4567\nKinesisEndpoint=127.0.0.1",
      { kinesis: { endpoint: "https://127.0.0.1:4567" } },
    ],
    ["MetricsLevel=none", { metrics: { level: "none" } }],
    [
      "MetricsLevel=summary\nMetricsGranularity=global",
      { metrics: { level: "summary", granularity: "global" } },
    ],
    ["VerifyCertificate=true", {}],
    [
      "VerifyCertificate=false\nMaxConnections=7\nRegion=eu-west-1",
      {
        maxInFlightRequests: 7,
        kinesis: {
          region: "eu-west-1",
          requestHandler: {
            httpsAgent: { keepAlive: true, maxSockets: 7, rejectUnauthorized: false },
          },
        },
      },
    ],
    [
      "CollectionMaxCount=50\nAggregationMaxSize=2048\nCollectionMaxSize=60000\nAggregationMaxCount=9",
      {
        batch: { maxRecords: 50, maxBytes: 60_000 },
        aggregation: { maxBytes: 2048, maxRecords: 9 },
      },
    ],
  ])("%j is the options %j, which a producer takes", (text, options) => {
    const { ignored, options: read } = producerOptionsFromKplProperties(text);
    expect(read).toEqual(options);
    expect(ignored).toEqual([]);
    expect(() => resolveProducerOptions({ stream: "orders", ...read })).not.toThrow();
  });

  it.each([
    ["CollectionMaxSize=10485761", { batch: { maxBytes: 10_485_760 } }, "most that a call takes"],
    ["RateLimit=10001", { rateLimit: { percent: 10_000 } }, "most that rateLimit.percent takes"],
    ["MaxUserRecordSize=64", { maxRecordBytes: 1024 }, "1024 is the least"],
    ["AggregationEnabled=false\nAggregationMaxSize=64", { aggregation: false }, "is false"],
    ["RecordTtl=100\nRecordTtl=200", { recordTtlMs: 200 }, "line 2 says it again"],
  ])("%j is the options %j, and says why", (text, options, reason) => {
    const { ignored, options: read } = producerOptionsFromKplProperties(text);
    expect(read).toEqual(options);
    expect(ignored.map((one) => one.reason)).toEqual([expect.stringContaining(reason)]);
  });

  it.each([
    ["TempDirectory=/tmp", "no daemon"],
    ["NativeExecutable=kpl", "no native binary"],
    ["EnableDaemonHealthCheck=true", "no daemon"],
    ["ThreadPoolSize=64", "no daemon"],
    ["MinConnections=16", "never used"],
    ["CredentialsRefreshDelay=100", "the SDK renews credentials"],
    ["StsPort=1", "1.0.5"],
    ["ProxyHost=proxy", "hand in an agent"],
    ["ProxyPassword=hunter2", "hand in an agent"],
    ["CaCertFile=ca.pem", "NODE_EXTRA_CA_CERTS"],
    ["GlueSchemaRegistryPropertiesFilePath=glue.properties", "the option transform"],
    ["MetricsNamespace=Orders", "CloudWatch"],
    ["LogLevel=warning", "the option logger"],
    ["UserRecordTimeoutInMillis=5", "put takes a signal"],
    ["ReturnUserRecordOnFailure=true", "details.record"],
    ["RecordDistributionStrategyDefault=AUTO", "the stream is asked"],
    ["AggregationMaxsize=1024", "did you mean AggregationMaxSize?"],
    ["recordTtl=1024", "did you mean RecordTtl?"],
    ["__proto__=1", "no such key"],
    ["Colour=blue", "no such key"],
  ])("%j has no effect, and says why", (text, reason) => {
    const { ignored, options } = producerOptionsFromKplProperties(`\n${text}`);
    expect(options).toEqual({});
    const [key] = text.split("=");
    expect(ignored).toEqual([{ key, line: 2, reason: expect.stringContaining(reason) }]);
    expect(ignored[0]?.reason).not.toContain("hunter2");
  });

  it.each(
    ["ProxyHost", "CaCertPath", "TempDirectory", "CloudwatchEndpoint", "StsEndpoint"].map((key) => [
      key,
    ]),
  )("%s means nothing where it is empty", (key) => {
    expect(ignoredOf(`${key}=`)).toEqual([]);
  });
});

describe("a value that the KPL would refuse", () => {
  it.each([
    ["AggregationMaxSize=63", 'a whole number from 64 to 10485760, got "63"'],
    ["AggregationMaxSize=10485761", "a whole number from 64 to 10485760"],
    ["CollectionMaxCount=501", "a whole number from 1 to 500"],
    ["CollectionMaxSize=52223", "a whole number from 52224 to 9223372036854775807"],
    ["RecordTtl=99", "a whole number from 100 to 9223372036854775807"],
    ["RecordTtl=9223372036854775808", "a whole number from 100 to 9223372036854775807"],
    ["RecordMaxBufferedTime=-1", "a whole number from 0 to 9223372036854775807"],
    ["RateLimit=150%", "a whole number from 1"],
    ["RateLimit=1.5", "a whole number from 1"],
    ["RateLimit=", 'a whole number from 1 to 9223372036854775807, got ""'],
    ["MaxUserRecordSize=63", "a whole number from 64"],
    ["MaxConnections=257", "a whole number from 1 to 256"],
    ["MinConnections=17", "a whole number from 1 to 16"],
    ["ConnectTimeout=99", "a whole number from 100 to 300000"],
    ["RequestTimeout=600001", "a whole number from 100 to 600000"],
    ["KinesisPort=0", "a whole number from 1 to 65535"],
    ["KinesisEndpoint=https://kinesis.local", "the name of a host, without scheme and port"],
    ["Region=Ireland", "the name of a region"],
    ["MetricsNamespace=AWS/Kinesis", "1 to 255 letters"],
    ["MetricsUploadDelay=60001", "a whole number from 1 to 60000"],
    ["MetricsLevel=some", "none or summary or detailed"],
    ["MetricsGranularity=record", "global or stream or shard"],
    ["LogLevel=loud", "trace or debug or info or warning or error"],
    ["ThreadingModel=FIBRES", "PER_REQUEST or POOLED"],
    ["DaemonHealthCheckTimeoutMs=4999", "a whole number from 5000"],
    ["AggregationEnabled=yes", "true or false"],
  ])("%j is refused, by its key, value and line", (text, expected) => {
    const [key, value = ""] = text.split("=");
    const [problem, ...others] = problemsOf(`\n\n${text}`);
    expect(others).toEqual([]);
    expect(problem).toContain(`line 3: ${key} must be ${expected}`);
    expect(problem).toContain(`got "${value}`);
  });

  it("is told together with all others", () => {
    const problems = problemsOf("RateLimit=0\nTempDirectory=x\nRecordTtl=soon\nRegion=\\u12");
    expect(problems.map((problem) => problem.slice(0, 7))).toEqual([
      "line 4:",
      "line 1:",
      "line 3:",
      "line 4:",
    ]);
    const read = (): unknown => producerOptionsFromKplProperties("RateLimit=0\nRecordTtl=0");
    expect(read).toThrow(
      /^producerOptionsFromKplProperties refused its text: line 1: RateLimit.*; line 2/,
    );
  });
});

it("whatever is written, options that are read are options that a producer takes", () => {
  const key = fc.constantFrom(
    "AggregationEnabled",
    "AggregationMaxCount",
    "AggregationMaxSize",
    "CollectionMaxCount",
    "CollectionMaxSize",
    "RecordMaxBufferedTime",
    "RecordTtl",
    "MaxUserRecordSize",
    "RateLimit",
    "FailIfThrottled",
    "MaxConnections",
    "ConnectTimeout",
    "RequestTimeout",
    "KinesisPort",
    "KinesisEndpoint",
    "VerifyCertificate",
    "Typo",
  );
  const value = fc.oneof(
    fc.constantFrom("true", "false", "", "localhost"),
    fc.bigInt(-1n, 2n ** 64n).map(String),
    fc.integer({ min: 0, max: 10_485_760 }).map(String),
    fc.integer({ min: 0, max: 100_000 }).map(String),
  );
  let taken = 0;
  fc.assert(
    fc.property(fc.array(fc.tuple(key, value), { maxLength: 6 }), (entries) => {
      const text = entries.map((pair) => pair.join("=")).join("\n");
      if (problemsOf(text).length > 0) return;
      const { options } = producerOptionsFromKplProperties(text);
      expect(() => resolveProducerOptions({ stream: "orders", ...options })).not.toThrow();
      taken += 1;
    }),
    { numRuns: 2000 },
  );
  expect(taken).toBeGreaterThan(200);
});
