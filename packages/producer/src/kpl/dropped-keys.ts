// The keys of the KPL that have no options of ours, each with the reason and what to do instead.
import { anyText, dropped, form, handedIn, truth, whole, word } from "@shardline/core";
import type { KplKey } from "./kpl-key.ts";
import { host, port } from "./property-values.ts";

const NO_DAEMON = "there is no daemon, no native binary and no temporary file";
const NO_UPLOAD = "nothing is uploaded to CloudWatch";
const NO_STS = "the KPL itself has not used it since 1.0.5";
const TRANSFORM = "hand in a function that encodes records, as the option transform";
const PROXY =
  "hand in an agent that knows the way, as kinesis.requestHandler.httpsAgent, such as one of the package https-proxy-agent";
const CERTIFICATES =
  "libraries read no files: hand in the certificates, as kinesis.requestHandler.httpsAgent.ca, or set NODE_EXTRA_CA_CERTS";

export const DROPPED_KEYS: Readonly<Record<string, KplKey>> = {
  // Objects in Java, which the KPL passes over in a file, too.
  CredentialsProvider: dropped(anyText, "hand in credentials, as kinesis.credentials"),
  MetricsCredentialsProvider: dropped(anyText, NO_UPLOAD),
  GlueSchemaRegistryConfiguration: dropped(anyText, TRANSFORM),
  GlueSchemaRegistryCredentialsProvider: dropped(anyText, TRANSFORM),
  GlueSchemaRegistryPropertiesFilePath: handedIn(anyText, TRANSFORM),

  CaCertPath: handedIn(anyText, CERTIFICATES),
  CaCertFile: handedIn(anyText, CERTIFICATES),
  ProxyHost: handedIn(anyText, PROXY),
  ProxyPort: dropped(port, PROXY),
  ProxyUserName: handedIn(anyText, PROXY),
  ProxyPassword: handedIn(anyText, PROXY),

  CredentialsRefreshDelay: dropped(whole(1n, 300_000n), "the SDK renews credentials in time"),
  MinConnections: dropped(whole(1n, 16n), "the KPL itself never used it"),
  StsEndpoint: handedIn(host, NO_STS),
  StsPort: dropped(port, NO_STS),

  CloudwatchEndpoint: handedIn(host, NO_UPLOAD),
  CloudwatchPort: dropped(port, NO_UPLOAD),
  MetricsNamespace: dropped(form("1 to 255 letters, not AWS/…", /^(?!AWS\/).{1,255}$/), NO_UPLOAD),
  MetricsUploadDelay: dropped(whole(1n, 60_000n), NO_UPLOAD),

  LogLevel: dropped(
    word("trace", "debug", "info", "warning", "error"),
    "hand in a logger of that level, as the option logger",
  ),
  UserRecordTimeoutInMillis: dropped(
    whole(0n),
    "recordTtlMs bounds every put, and put takes a signal",
  ),
  ReturnUserRecordOnFailure: dropped(truth, "every error has its record, in details.record"),
  EnableOldestFutureTracker: dropped(truth, "there is nothing to switch off"),
  RecordDistributionStrategyDefault: dropped(
    word("AUTO", "USER_PARTITION_KEY"),
    'the option distribution is "detect": the stream is asked, and where records land is looked at',
  ),

  ThreadingModel: dropped(word("PER_REQUEST", "POOLED"), NO_DAEMON),
  ThreadPoolSize: dropped(whole(0n, 2_147_483_647n), NO_DAEMON),
  NativeExecutable: handedIn(anyText, NO_DAEMON),
  TempDirectory: handedIn(anyText, NO_DAEMON),
  EnableCoreDumps: dropped(truth, NO_DAEMON),
  EnableDaemonHealthCheck: dropped(truth, NO_DAEMON),
  DaemonHealthCheckTimeoutMs: dropped(whole(5000n), NO_DAEMON),
};
