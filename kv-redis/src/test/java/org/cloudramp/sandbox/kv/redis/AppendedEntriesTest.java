package org.cloudramp.sandbox.kv.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.kv.LogPosition;
import org.cloudramp.sandbox.api.kv.LogRead;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AppendedEntriesTest {
  private static final String SOUND =
      "1 chat/lobby epoch 7 1048577 4503599627370495 2\n\0\0\0\2ab\0\0\0\0";

  @Test
  void readsWhatACommitTells() {
    assertThat(AppendedEntries.parse(bytes(SOUND)))
        .contains(
            new AppendedEntries(
                RoomAddress.of("chat", "lobby"),
                LogRead.Page.atTheEnd(
                    new LogPosition("epoch", 6),
                    List.of(Bytes.utf8("ab"), Bytes.empty()),
                    4503599627370495L)));
    assertThat(AppendedEntries.parse(bytes(SOUND)).orElseThrow().page().after().stamp())
        .isEqualTo(1048577);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "\n",
        "junk",
        "1 chat/lobby epoch 7 0 0 2",
        "2 chat/lobby epoch 7 0 0 1\n\0\0\0\0",
        "1 chat/lobby epoch 0 0 0 1\n\0\0\0\0",
        "1 chat/lobby epoch 7 0 0 0\n",
        "1 chat/lobby epoch -7 0 0 1\n\0\0\0\0",
        "1 chat/lobby epoch 99999999999999999999 0 0 1\n\0\0\0\0",
        "1 chat/lobby epoch 7 0 0 999999999\n\0\0\0\0",
        "1 chat/lobby epoch 7 1\n\0\0\0\0",
        "1 chat/lobby epoch 7 -1 0 1\n\0\0\0\0",
        "1 chat/lobby  7 0 0 1\n\0\0\0\0",
        "1 chat epoch 7 0 0 1\n\0\0\0\0",
        "1 Chat/lobby epoch 7 0 0 1\n\0\0\0\0",
        "1 chat/../x epoch 7 0 0 1\n\0\0\0\0",
        "1 chat/lobby epoch 7 0 0 1\n\0\0\0\1",
        "1 chat/lobby epoch 7 0 0 1\n\0\0\0\1ab",
        "1 chat/lobby epoch 7 0 0 1\n\177\377\377\377a",
        "1 chat/lobby epoch 7 0 0 1\n\377\377\377\377a"
      })
  void whatIsNoMessageOfACommitIsNothing(String message) {
    assertThat(AppendedEntries.parse(bytes(message))).isEmpty();
  }

  @Test
  void noMutantOfAMessageIsAnError() {
    Random random = new Random(7);
    for (int i = 0; i < 20_000; i++) {
      byte[] mutant = bytes(SOUND);
      mutant[random.nextInt(mutant.length)] = (byte) random.nextInt(256);
      mutant = Arrays.copyOf(mutant, random.nextInt(mutant.length + 3));

      AppendedEntries.parse(mutant)
          .ifPresent(
              parsed -> assertThat(parsed.page().bytes()).isLessThan(SOUND.length() + 2 * 64L));
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
