// The keys of the KCL's multi-language daemon that have no options of ours, each with the reason and what to do instead.
import { anyText, dropped, form, truth, whole } from "@shardline/core";
import type { KclKey } from "./kcl-options.ts";

const anyNumber = whole(-(2n ** 63n));
const decimal = form("a number", /^-?\d*\.?\d+$/);

const NO_DAEMON = "there is no daemon and there are no child processes";
const NO_UPLOAD = "nothing is uploaded to CloudWatch; listen to events, and read stats()";
const NO_THREADS = "calls wait for each other without threads";
const NO_UTILIZATION = "workers share leases by count, and measure no utilization";
const NO_OTHER_TABLES = "there is no other table than the lease table";
const NO_TASKS =
  "nothing is polled between the turns of a shard, and repetitions have pauses of their own";
const OWN_PATIENCE =
  "the stream consumer is looked for until it is there, and shards are polled meanwhile";
const OF_ITSELF = "how shards are listed is not to be set";
const ON_DEMAND =
  "the daemon itself creates tables on demand; for others there is leases.table.billing";
const CLIENTS = "hand in the client or its configuration, as kinesis or dynamodb";
const PROTOCOL = "the rules are those of the KCL 2.x, and a fleet of 3.x that is alive is refused";

export const DROPPED_KEYS: Readonly<Record<string, KclKey>> = {
  executableName: dropped(anyText, `${NO_DAEMON}: hand the processor to fromRecordProcessor`),
  processingLanguage: dropped(anyText, NO_DAEMON),
  maxActiveThreads: dropped(anyNumber, NO_THREADS),
  shutdownGraceMillis: dropped(anyNumber, "give it to run, as drainTimeoutMs"),

  AwsCredentialsProviderCloudWatch: dropped(anyText, NO_UPLOAD),
  "kinesisCredentialsProvider.*": dropped(anyText, CLIENTS),
  "dynamoDBCredentialsProvider.*": dropped(anyText, CLIENTS),
  "cloudWatchCredentialsProvider.*": dropped(anyText, NO_UPLOAD),
  "kinesisClient.*": dropped(anyText, CLIENTS),
  "dynamoDbClient.*": dropped(anyText, CLIENTS),
  "cloudWatchClient.*": dropped(anyText, NO_UPLOAD),

  metricsLevel: dropped(anyText, NO_UPLOAD),
  metricsEnabledDimensions: dropped(anyText, NO_UPLOAD),
  metricsBufferTimeMillis: dropped(anyNumber, NO_UPLOAD),
  metricsMaxQueueSize: dropped(anyNumber, NO_UPLOAD),

  callProcessRecordsEvenForEmptyRecordList: dropped(
    truth,
    "there are no batches without records; a timer of your own may call shard.checkpoint at any time",
  ),
  validateSequenceNumberBeforeCheckpointing: dropped(truth, "checkpoints are always checked"),
  taskBackoffTimeMillis: dropped(anyNumber, `${NO_TASKS}; for handlers there is onFailure.backoff`),
  logWarningForTaskAfterMillis: dropped(anyNumber, "batchProcessed tells how long a batch took"),
  parentShardPollIntervalMillis: dropped(anyNumber, NO_TASKS),
  shardPrioritization: dropped(anyText, "shards whose parents are done are all read"),

  shardSyncIntervalMillis: dropped(anyNumber, OF_ITSELF),
  listShardsBackoffTimeInMillis: dropped(anyNumber, OF_ITSELF),
  maxListShardsRetryAttempts: dropped(anyNumber, OF_ITSELF),
  skipShardSyncAtWorkerInitializationIfLeasesExist: dropped(truth, OF_ITSELF),
  schedulerInitializationBackoffTimeMillis: dropped(anyNumber, NO_TASKS),

  maxLeasesToStealAtOneTime: dropped(anyNumber, "leases are asked for one at a time"),
  enablePriorityLeaseAssignment: dropped(
    truth,
    "a lease that nobody renews is taken at the next look",
  ),
  maxLeaseRenewalThreads: dropped(anyNumber, NO_THREADS),
  leaseTableScanTotalSegments: dropped(anyNumber, "the table is read in one piece"),
  initialLeaseTableReadCapacity: dropped(anyNumber, ON_DEMAND),
  initialLeaseTableWriteCapacity: dropped(anyNumber, ON_DEMAND),
  isGracefulLeaseHandoffEnabled: dropped(truth, "leases are always handed over after the batch"),
  gracefulLeaseHandoffTimeoutMillis: dropped(anyNumber, "a hand-over may take 30 seconds"),

  clientVersionConfig: dropped(anyText, PROTOCOL),
  migrateAllEntitiesToLeaseTable: dropped(truth, PROTOCOL),
  tableMigrationCompleteBakeTimeSeconds: dropped(anyNumber, PROTOCOL),

  retryGetRecordsInSeconds: dropped(anyNumber, "calls have a time limit, and are repeated"),
  maxGetRecordsThreadPool: dropped(anyNumber, NO_THREADS),
  millisBehindLatestThresholdForReducedTps: dropped(
    anyNumber,
    "reads are paced by what they bring; see read.idleMs and read.readsPerSecond",
  ),

  "fanoutConfig.maxDescribeStreamSummaryRetries": dropped(anyNumber, OWN_PATIENCE),
  "fanoutConfig.maxDescribeStreamConsumerRetries": dropped(anyNumber, OWN_PATIENCE),
  "fanoutConfig.registerStreamConsumerRetries": dropped(anyNumber, OWN_PATIENCE),
  "fanoutConfig.retryBackoffMillis": dropped(anyNumber, OWN_PATIENCE),

  leaseAssignmentIntervalMillis: dropped(anyNumber, NO_UTILIZATION),
  inMemoryWorkerMetricsCaptureFrequencyMillis: dropped(anyNumber, NO_UTILIZATION),
  workerMetricsReporterFreqInMillis: dropped(anyNumber, NO_UTILIZATION),
  noOfPersistedMetricsPerWorkerMetrics: dropped(anyNumber, NO_UTILIZATION),
  disableWorkerMetrics: dropped(truth, NO_UTILIZATION),
  maxThroughputPerHostKBps: dropped(decimal, NO_UTILIZATION),
  dampeningPercentage: dropped(anyNumber, NO_UTILIZATION),
  reBalanceThresholdPercentage: dropped(anyNumber, NO_UTILIZATION),
  allowThroughputOvershoot: dropped(truth, NO_UTILIZATION),
  varianceBalancingFrequency: dropped(anyNumber, NO_UTILIZATION),
  workerMetricsEMAAlpha: dropped(decimal, NO_UTILIZATION),
  staleWorkerMetricsEntryCleanupDuration: dropped(anyText, NO_UTILIZATION),

  ...ofTable("coordinatorState"),
  ...ofTable("workerMetrics"),
};

/** A table beside the lease table. */
function ofTable(table: string): Record<string, KclKey> {
  return {
    [`${table}TableName`]: dropped(anyText, NO_OTHER_TABLES),
    [`${table}BillingMode`]: dropped(anyText, NO_OTHER_TABLES),
    [`${table}ReadCapacity`]: dropped(anyNumber, NO_OTHER_TABLES),
    [`${table}WriteCapacity`]: dropped(anyNumber, NO_OTHER_TABLES),
    [`${table}PointInTimeRecoveryEnabled`]: dropped(truth, NO_OTHER_TABLES),
    [`${table}DeletionProtectionEnabled`]: dropped(truth, NO_OTHER_TABLES),
    [`${table}Tags`]: dropped(anyText, NO_OTHER_TABLES),
  };
}
