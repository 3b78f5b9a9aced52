// What is put: records without end, the same ones again and again, the keys in turn.
package shardline.bench;

import java.util.Base64;
import java.util.Random;
import shardline.Flags;

final class Records {
  private static final int PAYLOADS = 1024;
  private static final int LEAST_KEYS = 4096;
  private final byte[][] payloads = new byte[PAYLOADS][];
  private final String[] keys;
  private int next = 0;

  Records(Flags flags) {
    int bytes = (int) flags.number("bytes");
    int distinctKeys = (int) flags.number("keys");
    var chance = new Random();
    for (int i = 0; i < PAYLOADS; i += 1) {
      var noise = new byte[bytes];
      chance.nextBytes(noise);
      payloads[i] = new byte[bytes];
      System.arraycopy(Base64.getEncoder().encode(noise), 0, payloads[i], 0, bytes);
    }
    keys = new String[Math.max(distinctKeys, LEAST_KEYS)];
    for (int i = 0; i < keys.length; i += 1) keys[i] = String.format("user-%06d", i * 7L % distinctKeys);
  }

  void advance() {
    next += 1;
    if (next == keys.length) next = 0;
  }

  String key() {
    return keys[next];
  }

  byte[] data() {
    return payloads[next % PAYLOADS];
  }
}
