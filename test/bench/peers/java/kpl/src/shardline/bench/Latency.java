// Puts through the KPL at a steady pace. Asked for so many records, one every so many ms, it tells how long each took
// from its put until it was settled, in µs.
package shardline.bench;

import com.google.common.util.concurrent.FutureCallback;
import java.util.List;
import java.util.Vector;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import shardline.Flags;
import software.amazon.kinesis.producer.UserRecordResult;

public final class Latency {
  private static volatile String failure;

  public static void main(String[] args) throws Exception {
    var flags = new Flags(args);
    var kpl = new Kpl(flags);
    var records = new Records(flags);
    Questions.answer(question -> measure(kpl, records, Integer.parseInt(question[0]), Long.parseLong(question[1])));
    kpl.destroy();
    System.exit(0);
  }

  private static List<Long> measure(Kpl kpl, Records records, int count, long everyMs) throws Exception {
    var latenciesUs = new Vector<Long>();
    var unsettled = new CountDownLatch(count);
    long first = System.nanoTime();
    for (int i = 0; i < count; i += 1) {
      long dueAt = first + i * everyMs * 1_000_000;
      for (long ahead; (ahead = dueAt - System.nanoTime()) > 0; ) LockSupport.parkNanos(ahead);
      long putAt = System.nanoTime();
      kpl.put(records.key(), records.data(), new FutureCallback<UserRecordResult>() {
        @Override
        public void onSuccess(UserRecordResult result) {
          latenciesUs.add((System.nanoTime() - putAt) / 1000);
          unsettled.countDown();
        }

        @Override
        public void onFailure(Throwable error) {
          failure = Kpl.reasonOf(error);
          unsettled.countDown();
        }
      });
      records.advance();
    }
    unsettled.await();
    if (failure != null) throw new IllegalStateException(failure);
    return latenciesUs;
  }
}
