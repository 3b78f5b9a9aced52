// What this process and those that it has started spend and hold, as Linux counts it.
package shardline.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

final class Processes {
  /** Processor time so far, of all threads, in µs: in steps of 10 ms. */
  static long cpuUs() {
    return cpuUs(ProcessHandle.current());
  }

  static long childrenCpuUs() {
    return ProcessHandle.current().descendants().mapToLong(Processes::cpuUs).sum();
  }

  /** Memory that is there, in bytes. */
  static long rssBytes() throws IOException {
    return rssBytes(ProcessHandle.current());
  }

  static long childrenRssBytes() throws IOException {
    long bytes = 0;
    for (var process : ProcessHandle.current().descendants().toList()) bytes += rssBytes(process);
    return bytes;
  }

  private static long cpuUs(ProcessHandle process) {
    return process.info().totalCpuDuration().orElse(Duration.ZERO).toNanos() / 1000;
  }

  private static long rssBytes(ProcessHandle process) throws IOException {
    for (var line : Files.readAllLines(Path.of("/proc/" + process.pid() + "/status"))) {
      if (line.startsWith("VmRSS:")) return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
    }
    throw new IOException("process " + process.pid() + " has no memory");
  }
}
