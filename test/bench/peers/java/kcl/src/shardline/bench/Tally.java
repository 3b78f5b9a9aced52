// Counts what record processors are handed, and says what it was told to say of it.
package shardline.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import software.amazon.kinesis.retrieval.KinesisClientRecord;

final class Tally {
  /** "batches", "records" or "totals". */
  private final String tell;
  private long left;
  private long records;
  private long cpuBeforeUs;

  Tally(String tell) {
    this.tell = tell;
  }

  /** Counts the next so many records, and what they take the processor from now on. */
  synchronized void expect(long count) {
    left = count;
    records = 0;
    cpuBeforeUs = Processes.cpuUs();
    say("expects");
  }

  void handle(String application, String shardId, List<KinesisClientRecord> batch) {
    switch (tell) {
      case "batches" -> say("batch", nowMs(), application, shardId);
      case "records" -> {
        var atMs = nowMs();
        for (var record : batch) say("record", atMs, application, UTF_8.decode(record.data().duplicate()));
      }
      default -> count(batch.size());
    }
  }

  private synchronized void count(int size) {
    if (left <= 0) return;
    records += size;
    left -= size;
    if (left <= 0) say("done", nowMs(), records, Processes.cpuUs() - cpuBeforeUs);
  }

  /** Since some moment, the same for every process of this machine. */
  static double nowMs() {
    return System.nanoTime() / 1e6;
  }

  /** From any thread. */
  static void say(Object... fields) {
    var line = Stream.of(fields).map(String::valueOf).collect(Collectors.joining("\t"));
    synchronized (System.out) {
      System.out.println(line);
    }
  }
}
