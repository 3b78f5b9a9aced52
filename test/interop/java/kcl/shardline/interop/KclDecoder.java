// The KCL's own de-aggregation. Each line of its standard input is a Kinesis record as a KCL worker of some shard gets
// it: the shard's first and last hash key, sequence number, partition key, data; an empty line asks for "done". Prints
// each user record that the KCL would deliver, or what it throws, by the number of the line. Keys and data are in base64.
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
    for (String line; (line = lines.readLine()) != null; ) {
      if (line.isEmpty()) {
        Lines.print("done");
        continue;
      }
      try {
        for (var record : decode(line.split("\t", -1))) print(number, record);
      } catch (Throwable error) {
        Lines.print("threw", number, error);
      }
      number += 1;
    }
    System.exit(0);
  }

  private static List<KinesisClientRecord> decode(String[] fields) {
    var record = KinesisClientRecord.builder()
        .sequenceNumber(fields[2])
        .partitionKey(new String(bytes(fields[3]), StandardCharsets.UTF_8))
        .data(ByteBuffer.wrap(bytes(fields[4])))
        .build();
    return new AggregatorUtil().deaggregate(List.of(record), new BigInteger(fields[0]), new BigInteger(fields[1]));
  }

  private static void print(long number, KinesisClientRecord record) {
    var data = new byte[record.data().remaining()];
    record.data().duplicate().get(data);
    var hashKey = record.explicitHashKey() == null ? "" : text(utf8(record.explicitHashKey()));
    Lines.print(
        "record", number, record.sequenceNumber(), record.subSequenceNumber(), record.aggregated(),
        text(utf8(record.partitionKey())), hashKey, text(data));
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] bytes(String base64) {
    return Base64.getDecoder().decode(base64);
  }

  private static String text(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }
}
