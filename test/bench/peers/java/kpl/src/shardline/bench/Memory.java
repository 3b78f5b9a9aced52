// Puts through the KPL to an endpoint that never answers, with data and keys of their own. Asked for so many records,
// it tells what the virtual machine and the daemon hold more than before, in bytes.
package shardline.bench;

import com.google.common.util.concurrent.FutureCallback;
import java.util.List;
import shardline.Flags;
import software.amazon.kinesis.producer.UserRecordResult;

public final class Memory {
  private static final long LOOK_MS = 500;
  /** Of the time between two looks, of both processes: nothing is done any more but to wait. */
  private static final long AT_REST_US = 50_000;
  private static final int MOST_LOOKS = 120;

  public static void main(String[] args) throws Exception {
    var flags = new Flags(args);
    var kpl = new Kpl(flags);
    var records = new Records(flags);
    var onSettled = new FutureCallback<UserRecordResult>() {
      @Override
      public void onSuccess(UserRecordResult result) {}

      @Override
      public void onFailure(Throwable error) {}
    };
    Questions.answer(question -> {
      int count = Integer.parseInt(question[0]);
      settle();
      long before = Processes.rssBytes();
      long daemonBefore = Processes.childrenRssBytes();
      for (int i = 0; i < count; i += 1) {
        kpl.put(new String(records.key().toCharArray()), records.data().clone(), onSettled);
        records.advance();
      }
      settle();
      if (kpl.outstanding() != count) throw new IllegalStateException(kpl.outstanding() + " are outstanding");
      return List.of(Processes.rssBytes() - before, Processes.childrenRssBytes() - daemonBefore);
    });
    // Ends the daemon too, which would wait for its calls.
    ProcessHandle.current().descendants().forEach(ProcessHandle::destroyForcibly);
    Runtime.getRuntime().halt(0);
  }

  /** Waits until what lies in between has come to the daemon, and what is garbage is gone. */
  private static void settle() throws InterruptedException {
    long spentUs = Long.MAX_VALUE;
    for (int looks = 0; spentUs > AT_REST_US; looks += 1) {
      if (looks == MOST_LOOKS) throw new IllegalStateException("the processes do not come to rest");
      long before = Processes.cpuUs() + Processes.childrenCpuUs();
      Thread.sleep(LOOK_MS);
      spentUs = Processes.cpuUs() + Processes.childrenCpuUs() - before;
    }
    System.gc();
    System.gc();
    Thread.sleep(LOOK_MS);
  }
}
