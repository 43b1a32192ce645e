package org.cloudramp.sandbox.testkit.kv;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.cloudramp.sandbox.api.RoomAddress;

/** Keys that people have used, or could use, to reach what is not theirs. */
final class HostileKeys {
  private static final int RANDOM_KEYS = 60;
  private static final int LONG = 64 << 10;

  private HostileKeys() {}

  /** Hand-picked keys, keys made of the names of {@code rooms}, and random ones; all different. */
  static List<String> all(List<RoomAddress> rooms) {
    Set<String> keys = new LinkedHashSet<>(handPicked());
    for (RoomAddress address : rooms) {
      String service = address.service().value();
      String room = address.room().value();
      for (String separator : List.of("/", ":", "}", "}:", "%2F", "%2f", "\u0000", "..", "|")) {
        keys.add(service + separator + room);
      }
      keys.add("{" + service + "/" + room + "}");
      keys.add("{" + service + "/" + room + "}:a");
      keys.add("../" + room + "/a");
      keys.add("/../../" + service + "/" + room + "/a");
    }
    keys.addAll(random());
    return List.copyOf(keys);
  }

  /**
   * One of each kind, and of some more than one; a few are harmless, for others to be mistaken for.
   */
  static List<String> handPicked() {
    return List.of(
        "",
        " ",
        "  ",
        "a",
        "A",
        "a ",
        " a",
        "a\u0000",
        "\u0000",
        "\u0000a",
        ":",
        "::",
        "a:b",
        "a:",
        ":a",
        "/",
        "//",
        "a/b",
        ".",
        "..",
        "../",
        "../..",
        "./a",
        "\\",
        "..\\",
        "{",
        "}",
        "{}",
        "}{",
        "{a}",
        "{a}b",
        "}a{",
        "{{a}}",
        "\r",
        "\n",
        "\r\n",
        "a\r\nSET b 1\r\n",
        "*3\r\n$3\r\nSET\r\n",
        "%",
        "%%",
        "%00",
        "%2F",
        "%2f",
        "%7B",
        "%7D",
        "%25",
        "%2525",
        "+",
        "&",
        "=",
        "?",
        "*",
        "[a-z]",
        "h?llo",
        "'",
        "\"",
        "`",
        "$(id)",
        "${jndi:ldap://x}",
        "' OR 1=1 --",
        "]]",
        "--[[",
        "KEYS[1]",
        "redis.call('FLUSHALL')",
        "\u001b[31m",
        "\u007f",
        "\u0080",
        "\u00ff",
        "é", // composed
        "e\u0301", // the same to the eye, decomposed
        "\u202eabc",
        "\u200b",
        "\ufeff",
        "\ufffd",
        "\uffff",
        "ı",
        "İ",
        "ß",
        "SS",
        "😀",
        "\ud83d",
        "\ude00",
        "\ude00\ud83d",
        "\ud83da",
        "a\ud83d",
        "?",
        "%EF%BF%BD",
        "%ED%A0%BD",
        "0",
        "-1",
        "00",
        "null",
        "true",
        "constructor",
        "__proto__",
        "tx",
        "index",
        "keys",
        "k",
        "x".repeat(512),
        "x".repeat(513),
        "x".repeat(LONG),
        "x".repeat(LONG) + "y",
        "😀".repeat(LONG / 4));
  }

  /** Short keys from few, awkward characters, so that near misses are likely; always the same. */
  private static List<String> random() {
    String awkward = "a{}:/%.\u0000\n\ud83d\ude00é";
    Random random = new Random(71);
    List<String> keys = new ArrayList<>();
    for (int i = 0; i < RANDOM_KEYS; i++) {
      StringBuilder key = new StringBuilder();
      for (int length = 1 + random.nextInt(6); length > 0; length--) {
        key.append(awkward.charAt(random.nextInt(awkward.length())));
      }
      keys.add(key.toString());
    }
    return keys;
  }
}
