// Workers of the real KCL, as many as --workers names, that read by --read, polling or fan-out. Print every record,
// start, end and loss of a shard, and every checkpoint. They checkpoint after every batch, or, with --checkpoint-at N,
// once at the N-th record of each shard, in the middle of whatever it lies in; with --prepare STATE they prepare one
// more, at the record behind it. They start at --start-at, LATEST or TRIM_HORIZON or epoch milliseconds, and have
// --max-leases each. Shut down in good order when the standard input ends. Their calls to Kinesis name the application
// at the end of the user agent, so that it can be told who reads. What only some versions of the KCL know is told to
// KclVersion.
package shardline.interop;

import java.net.URI;
import java.util.Date;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import shardline.Flags;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.client.config.SdkAdvancedClientOption;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.cloudwatch.CloudWatchAsyncClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.kinesis.common.ConfigsBuilder;
import software.amazon.kinesis.common.InitialPositionInStream;
import software.amazon.kinesis.common.InitialPositionInStreamExtended;
import software.amazon.kinesis.common.KinesisClientUtil;
import software.amazon.kinesis.coordinator.Scheduler;
import software.amazon.kinesis.metrics.NullMetricsFactory;
import software.amazon.kinesis.processor.SingleStreamTracker;
import software.amazon.kinesis.retrieval.RetrievalSpecificConfig;
import software.amazon.kinesis.retrieval.fanout.FanOutConfig;
import software.amazon.kinesis.retrieval.polling.PollingConfig;

public final class KclWorker {
  private static final long SHUTDOWN_MS = 10_000;
  private static final StaticCredentialsProvider CREDENTIALS =
      StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test"));

  public static void main(String[] args) throws Exception {
    var flags = new Flags(args);
    var schedulers = Stream.of(flags.text("workers").split(",")).map(worker -> start(flags, worker)).toList();
    while (System.in.read() >= 0) {}
    // The KCL 2.7 may wait without end here, for shards that have ended: so it has some time only.
    var patienceMs = flags.number("shutdown-ms", SHUTDOWN_MS);
    var outcomes = schedulers.stream()
        .map(scheduler -> scheduler.startGracefulShutdown()
            .thenApply(String::valueOf)
            .completeOnTimeout("timed-out", patienceMs, TimeUnit.MILLISECONDS))
        .toList();
    for (var outcome : outcomes) Lines.print("stopped", outcome.join());
    System.exit(0);
  }

  private static Scheduler start(Flags flags, String worker) {
    var kinesis = KinesisClientUtil.createKinesisAsyncClient(KinesisAsyncClient.builder()
        .endpointOverride(URI.create(flags.text("kinesis")))
        .region(Region.US_EAST_1)
        .credentialsProvider(CREDENTIALS)
        .overrideConfiguration(override -> override.putAdvancedOption(
            SdkAdvancedClientOption.USER_AGENT_SUFFIX, "app/" + flags.text("application"))));
    var dynamo = DynamoDbAsyncClient.builder()
        .endpointOverride(URI.create(flags.text("dynamodb")))
        .region(Region.US_EAST_1)
        .credentialsProvider(CREDENTIALS)
        .build();
    var cloudWatch =
        CloudWatchAsyncClient.builder().region(Region.US_EAST_1).credentialsProvider(CREDENTIALS).build();
    var stream = new SingleStreamTracker(flags.text("stream"), start(flags.text("start-at", "TRIM_HORIZON")));
    var configs = new ConfigsBuilder(
        stream, flags.text("application"), kinesis, dynamo, cloudWatch, worker,
        () -> new PrintingProcessor(worker, flags.number("checkpoint-at", 0), flags.text("prepare", "")));
    var scheduler = new Scheduler(
        configs.checkpointConfig(),
        KclVersion.coordinator(flags, configs.coordinatorConfig())
            .parentShardPollIntervalMillis(1_000)
            .shardConsumerDispatchPollIntervalMillis(200),
        // The interval is also how long the KCL sleeps after it has created leases.
        KclVersion.leases(flags, configs.leaseManagementConfig())
            .failoverTimeMillis(flags.number("failover-ms", 10_000))
            .maxLeasesForWorker((int) flags.number("max-leases", Integer.MAX_VALUE))
            .shardSyncIntervalMillis(flags.number("shard-sync-ms", 1_000)),
        configs.lifecycleConfig(),
        configs.metricsConfig().metricsFactory(new NullMetricsFactory()),
        configs.processorConfig(),
        configs.retrievalConfig().retrievalSpecificConfig(reading(flags, kinesis)));
    new Thread(scheduler, worker).start();
    Lines.print("started", worker);
    return scheduler;
  }

  private static RetrievalSpecificConfig reading(Flags flags, KinesisAsyncClient kinesis) {
    var stream = flags.text("stream");
    return switch (flags.text("read", "polling")) {
      case "polling" -> new PollingConfig(stream, kinesis).idleTimeBetweenReadsInMillis(250);
      case "fan-out" ->
          new FanOutConfig(kinesis).streamName(stream).applicationName(flags.text("application"));
      default -> throw new IllegalArgumentException("--read is neither polling nor fan-out");
    };
  }

  private static InitialPositionInStreamExtended start(String at) {
    return Character.isDigit(at.charAt(0))
        ? InitialPositionInStreamExtended.newInitialPositionAtTimestamp(new Date(Long.parseLong(at)))
        : InitialPositionInStreamExtended.newInitialPosition(InitialPositionInStream.valueOf(at));
  }
}
