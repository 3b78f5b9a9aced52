// The programs' command line: --name value.
package shardline.interop;

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

  String text(String name, String otherwise) {
    return values.getOrDefault(name, otherwise);
  }

  long number(String name, long otherwise) {
    return values.containsKey(name) ? Long.parseLong(values.get(name)) : otherwise;
  }
}
