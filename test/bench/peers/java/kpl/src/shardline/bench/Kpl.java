// The real KPL with its daemon, set up as its command line says; what is not said there stays as it comes, but for the
// limit on the rate, which nobody has here.
package shardline.bench;

import com.google.common.util.concurrent.FutureCallback;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.MoreExecutors;
import java.nio.ByteBuffer;
import shardline.Flags;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.kinesis.producer.KinesisProducer;
import software.amazon.kinesis.producer.KinesisProducerConfiguration;
import software.amazon.kinesis.producer.KinesisProducerConfiguration.ThreadingModel;
import software.amazon.kinesis.producer.UserRecordFailedException;
import software.amazon.kinesis.producer.UserRecordResult;

final class Kpl {
  private static final long NO_LIMIT = Long.MAX_VALUE;
  /** More would overflow in the daemon. */
  private static final long A_DAY_MS = 86_400_000;
  private static final long TEN_MINUTES_MS = 600_000;
  private final KinesisProducer producer;
  private final String stream;

  Kpl(Flags flags) {
    var credentials = StaticCredentialsProvider.create(AwsBasicCredentials.create("bench", "bench"));
    stream = flags.text("stream");
    producer = new KinesisProducer(new KinesisProducerConfiguration()
        .setCredentialsProvider(credentials)
        .setRegion("us-east-1")
        .setKinesisEndpoint("127.0.0.1")
        .setKinesisPort(flags.number("port"))
        .setVerifyCertificate(false)
        .setMetricsLevel("none")
        .setLogLevel("error")
        .setRateLimit(NO_LIMIT)
        .setRecordTtl(A_DAY_MS)
        .setRequestTimeout(TEN_MINUTES_MS)
        .setRecordMaxBufferedTime(flags.number("max-buffered-ms"))
        .setThreadingModel(ThreadingModel.valueOf(flags.text("threads")))
        .setTempDirectory(flags.text("temp")));
  }

  /** The callback runs on the thread that brings the outcome. */
  void put(String partitionKey, byte[] data, FutureCallback<UserRecordResult> onSettled) {
    var outcome = producer.addUserRecord(stream, partitionKey, ByteBuffer.wrap(data));
    Futures.addCallback(outcome, onSettled, MoreExecutors.directExecutor());
  }

  /** What became of a record that was not stored, in words. */
  static String reasonOf(Throwable error) {
    if (!(error instanceof UserRecordFailedException failed)) return String.valueOf(error);
    var attempts = failed.getResult().getAttempts();
    var last = attempts.get(attempts.size() - 1);
    return attempts.size() + " attempts, " + last.getErrorCode() + ": " + last.getErrorMessage();
  }

  void flush() {
    producer.flush();
  }

  int outstanding() {
    return producer.getOutstandingRecordsCount();
  }

  void destroy() {
    producer.destroy();
  }
}
