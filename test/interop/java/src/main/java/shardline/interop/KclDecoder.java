// The KCL's own de-aggregation. Each line of its standard input is a Kinesis record as a KCL worker of some shard gets
// it: the shard's first and last hash key, sequence number, partition key, data in base64. Prints each user record that
// the KCL would deliver, by the number of the line, and "done" after each line.
package shardline.interop;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import software.amazon.kinesis.retrieval.AggregatorUtil;
import software.amazon.kinesis.retrieval.KinesisClientRecord;

public final class KclDecoder {
  public static void main(String[] args) throws Exception {
    var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    long number = 0;
    for (String line; (line = lines.readLine()) != null; number += 1) {
      for (var record : decode(line.split("\t", -1))) print(number, record);
      Lines.print("done", number);
    }
    System.exit(0);
  }

  private static List<KinesisClientRecord> decode(String[] fields) {
    var record = KinesisClientRecord.builder()
        .sequenceNumber(fields[2])
        .partitionKey(fields[3])
        .data(ByteBuffer.wrap(Base64.getDecoder().decode(fields[4])))
        .build();
    return new AggregatorUtil().deaggregate(List.of(record), new BigInteger(fields[0]), new BigInteger(fields[1]));
  }

  private static void print(long number, KinesisClientRecord record) {
    var data = new byte[record.data().remaining()];
    record.data().duplicate().get(data);
    Lines.print(
        "record", number, record.subSequenceNumber(), record.aggregated(), record.partitionKey(),
        record.explicitHashKey() == null ? "" : record.explicitHashKey(), Base64.getEncoder().encodeToString(data));
  }
}
