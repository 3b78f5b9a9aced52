// The real KPL. Puts what its standard input tells, a line a user record: partition key, explicit hash key or nothing,
// data in base64. Prints what became of each, by its number, and ends when all that came in is settled.
package shardline.interop;

import com.google.common.util.concurrent.FutureCallback;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.MoreExecutors;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import shardline.Flags;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.kinesis.producer.KinesisProducer;
import software.amazon.kinesis.producer.KinesisProducerConfiguration;
import software.amazon.kinesis.producer.UserRecordFailedException;
import software.amazon.kinesis.producer.UserRecordResult;

public final class KplProducer {
  private static final int MAX_OUTSTANDING = 20_000;

  public static void main(String[] args) throws Exception {
    var flags = new Flags(args);
    var credentials = StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test"));
    var producer = new KinesisProducer(new KinesisProducerConfiguration()
        .setCredentialsProvider(credentials)
        .setRegion("us-east-1")
        .setKinesisEndpoint("127.0.0.1")
        .setKinesisPort(flags.number("port", 0))
        .setVerifyCertificate(false)
        .setMetricsLevel("none")
        .setLogLevel("warning")
        .setRecordTtl(flags.number("record-ttl-ms", 120_000))
        .setTempDirectory(flags.text("temp")));
    var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    long number = 0;
    for (String line; (line = lines.readLine()) != null; number += 1) {
      while (producer.getOutstandingRecordsCount() > MAX_OUTSTANDING) Thread.sleep(1);
      put(producer, flags.text("stream"), line.split("\t", -1), number);
    }
    producer.flushSync();
    producer.destroy();
    Lines.print("end", number);
    System.exit(0);
  }

  private static void put(KinesisProducer producer, String stream, String[] fields, long number) {
    var hashKey = fields[1].isEmpty() ? null : fields[1];
    var data = ByteBuffer.wrap(Base64.getDecoder().decode(fields[2]));
    var outcome = producer.addUserRecord(stream, fields[0], hashKey, data);
    Futures.addCallback(outcome, new FutureCallback<>() {
      @Override
      public void onSuccess(UserRecordResult result) {
        Lines.print("put", number, result.getShardId(), result.getSequenceNumber(), result.getAttempts().size());
      }

      @Override
      public void onFailure(Throwable error) {
        var reason = error instanceof UserRecordFailedException failed
            ? failed.getResult().getAttempts().get(failed.getResult().getAttempts().size() - 1).getErrorMessage()
            : String.valueOf(error);
        Lines.print("failed", number, String.valueOf(reason).replaceAll("\\s+", " "));
      }
    }, MoreExecutors.directExecutor());
  }
}
