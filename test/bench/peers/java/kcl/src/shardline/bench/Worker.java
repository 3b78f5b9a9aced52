// A worker of the KCL with the KCL's own defaults, whose record processors only count. The first line of its output says
// that it is ready. Told `run APPLICATION`, it starts a worker; `expect RECORDS`, it counts the next so many; `use`, it tells
// what the process came to; `stop`, it ends all workers in good order. It ends with its input. What it says is in
// worker-news.ts.
package shardline.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import shardline.Flags;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
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

public final class Worker {
  private static final long SHUTDOWN_MS = 10_000;
  private static final Region REGION = Region.US_EAST_1;

  private final Flags flags;
  private final Tally tally;
  private final AwsCredentialsProvider credentials;
  private final List<Scheduler> schedulers = new ArrayList<>();

  private Worker(Flags flags) {
    this.flags = flags;
    tally = new Tally(flags.text("tell"));
    credentials = StaticCredentialsProvider.create(AwsBasicCredentials.create(flags.text("account"), "unchecked"));
  }

  public static void main(String[] args) throws Exception {
    var worker = new Worker(new Flags(args));
    var commands = new BufferedReader(new InputStreamReader(System.in, UTF_8));
    Tally.say("ready");
    for (String line; (line = commands.readLine()) != null; ) worker.obey(line.split("\t"));
    System.exit(0);
  }

  private void obey(String[] command) throws Exception {
    switch (command[0]) {
      case "run" -> run(command[1]);
      case "expect" -> tally.expect(Long.parseLong(command[1]));
      case "use" -> Tally.say("use", Processes.cpuUs(), Processes.rssBytes());
      case "stop" -> stop();
      default -> throw new IllegalArgumentException(command[0]);
    }
  }

  private void run(String application) {
    Tally.say("runs", Tally.nowMs(), application);
    var stream = flags.text("stream");
    var endpoint = URI.create(flags.text("endpoint"));
    var kinesis = KinesisClientUtil.createKinesisAsyncClient(
        KinesisAsyncClient.builder().endpointOverride(endpoint).region(REGION).credentialsProvider(credentials));
    var dynamo =
        DynamoDbAsyncClient.builder().endpointOverride(endpoint).region(REGION).credentialsProvider(credentials).build();
    // Nobody calls it: without metrics there is nothing to tell it.
    var cloudWatch = CloudWatchAsyncClient.builder().region(REGION).credentialsProvider(credentials).build();
    var start = InitialPositionInStream.valueOf(flags.text("start-at"));
    var configs = new ConfigsBuilder(
        new SingleStreamTracker(stream, InitialPositionInStreamExtended.newInitialPosition(start)),
        application, kinesis, dynamo, cloudWatch, flags.text("worker"), () -> new CountingProcessor(application, tally));
    var scheduler = new Scheduler(
        configs.checkpointConfig(),
        configs.coordinatorConfig(),
        configs.leaseManagementConfig().failoverTimeMillis(flags.number("failover-ms")),
        configs.lifecycleConfig(),
        configs.metricsConfig().metricsFactory(new NullMetricsFactory()),
        configs.processorConfig(),
        configs.retrievalConfig().retrievalSpecificConfig(reading(kinesis, application)));
    schedulers.add(scheduler);
    new Thread(scheduler, application).start();
  }

  private RetrievalSpecificConfig reading(KinesisAsyncClient kinesis, String application) {
    var stream = flags.text("stream");
    if (flags.text("read").equals("fan-out")) {
      return new FanOutConfig(kinesis).streamName(stream).applicationName(application);
    }
    var polling = new PollingConfig(stream, kinesis);
    var idleMs = flags.number("idle-ms");
    return idleMs == 0 ? polling : polling.idleTimeBetweenReadsInMillis(idleMs);
  }

  /** The KCL may wait without end here, for shards that have ended: so it has some time only. */
  private void stop() {
    var endings = schedulers.stream().map(Scheduler::startGracefulShutdown).toList();
    for (var ending : endings) ending.completeOnTimeout(false, SHUTDOWN_MS, TimeUnit.MILLISECONDS).join();
    schedulers.clear();
    Tally.say("stopped");
  }
}
