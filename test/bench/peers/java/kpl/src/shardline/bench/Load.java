// Puts through the KPL as fast as it settles, with so many records outstanding. Asked for so many ms, it tells how many
// records were stored, the processor's time in µs of the virtual machine and of the daemon, and the clock's.
package shardline.bench;

import com.google.common.util.concurrent.FutureCallback;
import java.util.List;
import java.util.concurrent.Semaphore;
import shardline.Flags;
import software.amazon.kinesis.producer.UserRecordResult;

public final class Load {
  private static volatile String failure;

  public static void main(String[] args) throws Exception {
    var flags = new Flags(args);
    var kpl = new Kpl(flags);
    var records = new Records(flags);
    int outstanding = (int) flags.number("outstanding");
    var room = new Semaphore(outstanding);
    var onSettled = new FutureCallback<UserRecordResult>() {
      @Override
      public void onSuccess(UserRecordResult result) {
        room.release();
      }

      @Override
      public void onFailure(Throwable error) {
        failure = Kpl.reasonOf(error);
        room.release();
      }
    };
    Questions.answer(question -> {
      long endsAt = System.nanoTime() + Long.parseLong(question[0]) * 1_000_000;
      long cpuBefore = Processes.cpuUs();
      long daemonBefore = Processes.childrenCpuUs();
      long before = System.nanoTime();
      long put = 0;
      for (; System.nanoTime() < endsAt; put += 1) {
        room.acquire();
        kpl.put(records.key(), records.data(), onSettled);
        records.advance();
      }
      kpl.flush();
      room.acquire(outstanding);
      room.release(outstanding);
      if (failure != null) throw new IllegalStateException(failure);
      long wallUs = (System.nanoTime() - before) / 1000;
      return List.of(put, Processes.cpuUs() - cpuBefore, Processes.childrenCpuUs() - daemonBefore, wallUs);
    });
    kpl.destroy();
    System.exit(0);
  }
}
