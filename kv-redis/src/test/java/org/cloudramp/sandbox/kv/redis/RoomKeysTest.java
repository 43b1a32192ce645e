package org.cloudramp.sandbox.kv.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.cluster.SlotHash;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.junit.jupiter.api.Test;

class RoomKeysTest {
  private static final List<RoomAddress> SCOPES =
      List.of(
          new RoomAddress(new ServiceId("a"), new RoomId("b")),
          new RoomAddress(new ServiceId("a"), new RoomId("b.k")),
          new RoomAddress(new ServiceId("a-b"), new RoomId("b")),
          new RoomAddress(new ServiceId("a"), new RoomId("B")));

  @Test
  void escapesAllButLettersDigitsAndThreeSigns() {
    RoomKeys keys = new RoomKeys("sandbox:{7}:", SCOPES.get(0));

    assertThat(text(keys.key("aZ09-_."))).isEqualTo("sandbox:{7}:a/b:k:aZ09-_.");
    assertThat(text(keys.key(""))).isEqualTo("sandbox:{7}:a/b:k:");
    assertThat(text(keys.key("{x}:%\n\u0000"))).isEqualTo("sandbox:{7}:a/b:k:%7Bx%7D%3A%25%0A%00");
    assertThat(text(keys.key("é€😀"))).isEqualTo("sandbox:{7}:a/b:k:%C3%A9%E2%82%AC%F0%9F%98%80");
    assertThat(text(keys.key("\ud83d"))).isEqualTo("sandbox:{7}:a/b:k:%ED%A0%BD");
    assertThat(text(keys.transaction("7:x"))).isEqualTo("sandbox:{7}:a/b:t:7%3Ax");
    assertThat(text(keys.index())).isEqualTo("sandbox:{7}:a/b:i");
    assertThat(text(keys.logHead())).isEqualTo("sandbox:{7}:a/b:h");
    assertThat(text(keys.logStream())).isEqualTo("sandbox:{7}:a/b:l");
    assertThat(text(keys.reservation())).isEqualTo("sandbox:{7}:a/b:r");
    assertThat(text(keys.key("x")).substring(keys.prefixLength())).isEqualTo("x");
  }

  @Test
  void noTwoTextsOfAnyRoomHaveOneName() {
    Map<String, String> owners = new HashMap<>();
    Random random = new Random(4);
    for (int i = 0; i < 20_000; i++) {
      RoomAddress address = SCOPES.get(random.nextInt(SCOPES.size()));
      String key = randomText(random);
      RoomKeys keys = new RoomKeys("sandbox:{7}:", address);
      String room = "sandbox:{7}:" + address + ":";

      for (String kind : List.of("k", "t")) {
        String name = text(kind.equals("k") ? keys.key(key) : keys.transaction(key));
        String owner = address + kind + key;
        assertThat(name).startsWith(room + kind + ":").matches("[!-~]*");
        assertThat(SlotHash.getSlot(name)).isEqualTo(SlotHash.getSlot(room));
        assertThat(owners.putIfAbsent(name, owner)).isIn(null, owner);
        if (kind.equals("k")) {
          byte[] inTheIndex = Arrays.copyOfRange(keys.key(key), keys.prefixLength(), name.length());
          assertThat(RoomKeys.unescaped(inTheIndex)).isEqualTo(key);
        }
      }
    }
  }

  /** Short, from signs that matter to somebody, so that near misses are likely. */
  private static String randomText(Random random) {
    String signs = "ab{}:/%.7BD\u0000\n\u00e9\u0301\ud83d\ude00\ufffd?i";
    StringBuilder text = new StringBuilder();
    for (int length = random.nextInt(6); length > 0; length--) {
      text.append(signs.charAt(random.nextInt(signs.length())));
    }
    return text.toString();
  }

  private static String text(byte[] name) {
    return new String(name, StandardCharsets.ISO_8859_1);
  }
}
