// The command line of a Java program, of the tests or the benchmarks: --name value.
package shardline;

import java.util.HashMap;
import java.util.Map;

public final class Flags {
  private final Map<String, String> values = new HashMap<>();

  public Flags(String[] args) {
    for (int at = 0; at + 1 < args.length; at += 2) values.put(args[at].substring(2), args[at + 1]);
  }

  public String text(String name) {
    var value = values.get(name);
    if (value == null) throw new IllegalArgumentException("--" + name + " is missing");
    return value;
  }

  public String text(String name, String otherwise) {
    return values.getOrDefault(name, otherwise);
  }

  public long number(String name) {
    return Long.parseLong(text(name));
  }

  public long number(String name, long otherwise) {
    return values.containsKey(name) ? number(name) : otherwise;
  }
}
