// The KCL's de-aggregation of one GetRecords answer, over and over. Asked "answer" and its Kinesis records in base64,
// it tells how many user records they are and the MD5 of all keys and data; asked "sample", the time of one aggregate
// in µs, of the processor and by the clock.
package shardline.bench;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import software.amazon.kinesis.retrieval.AggregatorUtil;
import software.amazon.kinesis.retrieval.KinesisClientRecord;

public final class Decode {
  /** The clock of the processor goes in steps of 10 ms. */
  private static final long SAMPLE_US = 1_000_000;
  private static final AggregatorUtil AGGREGATOR = new AggregatorUtil();
  private static List<byte[]> answer = List.of();
  /** Where everybody could look, so that no compiler leaves out what nobody reads. */
  static volatile List<KinesisClientRecord> inHand;

  public static void main(String[] args) throws Exception {
    Questions.answer(question -> switch (question[0]) {
      case "answer" -> {
        answer = Arrays.stream(question).skip(1).map(Base64.getDecoder()::decode).toList();
        yield summary(AGGREGATOR.deaggregate(kinesisRecords()));
      }
      case "sample" -> sample();
      default -> throw new IllegalArgumentException(question[0]);
    });
    System.exit(0);
  }

  private static List<Double> sample() {
    long cpuBefore = Processes.cpuUs();
    long before = System.nanoTime();
    double aggregates = 0;
    long cpuUs = 0;
    for (; cpuUs < SAMPLE_US; cpuUs = Processes.cpuUs() - cpuBefore) {
      for (int run = 0; run < 10; run += 1) inHand = AGGREGATOR.deaggregate(kinesisRecords());
      aggregates += 10 * answer.size();
    }
    return List.of(cpuUs / aggregates, (System.nanoTime() - before) / 1000 / aggregates);
  }

  private static List<KinesisClientRecord> kinesisRecords() {
    return answer.stream()
        .map(data -> KinesisClientRecord.builder()
            .sequenceNumber("1")
            .partitionKey("a")
            .data(ByteBuffer.wrap(data))
            .build())
        .toList();
  }

  private static List<?> summary(List<KinesisClientRecord> records) throws Exception {
    var digest = MessageDigest.getInstance("MD5");
    for (var record : records) {
      digest.update(record.partitionKey().getBytes(StandardCharsets.UTF_8));
      digest.update(record.data().duplicate());
    }
    return List.of(records.size(), HexFormat.of().formatHex(digest.digest()));
  }
}
