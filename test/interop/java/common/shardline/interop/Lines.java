// What the programs print: one line an event, its fields between tabs.
package shardline.interop;

import java.io.BufferedOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import java.util.stream.Stream;

final class Lines {
  private static final PrintStream OUT =
      new PrintStream(new BufferedOutputStream(System.out, 1 << 16), false, StandardCharsets.UTF_8);

  /** From any thread; the fields hold neither tabs nor line ends. */
  static void print(Object... fields) {
    var line = Stream.of(fields).map(String::valueOf).collect(Collectors.joining("\t", "", "\n"));
    synchronized (OUT) {
      OUT.print(line);
      OUT.flush();
    }
  }
}
