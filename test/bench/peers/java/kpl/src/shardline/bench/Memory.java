// Puts through the KPL to an endpoint that never answers, with data and keys of their own. Asked for so many records, it
// tells what the virtual machine and the daemon hold more than before, in bytes.
package shardline.bench;

import com.google.common.util.concurrent.FutureCallback;
import java.util.List;
import software.amazon.kinesis.producer.UserRecordResult;

public final class Memory {
  /** Until what lies in between has come to the daemon, and what is garbage is gone. */
  private static final long SETTLES_MS = 2000;

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

  private static void settle() throws InterruptedException {
    Thread.sleep(SETTLES_MS);
    System.gc();
    System.gc();
  }
}
