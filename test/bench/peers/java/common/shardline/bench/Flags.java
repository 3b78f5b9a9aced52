// The programs' command line: --name value.
package shardline.bench;

import java.util.HashMap;
import java.util.Map;

final class Flags {
  private final Map<String, String> values = new HashMap<>();

  Flags(String[] args) {
    for (int at = 0; at + 1 < args.length; at += 2) values.put(args[at].substring(2), args[at + 1]);
  }

  String text(String name) {
    var value = values.get(name);
    if (value == null) throw new IllegalArgumentException("--" + name + " is missing");
    return value;
  }

  long number(String name) {
    return Long.parseLong(text(name));
  }
}
