package org.cloudramp.sandbox.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IdsTest {
  @ParameterizedTest
  @ValueSource(strings = {"a", "7", "chat", "chat-2", "0-0"})
  void acceptsServiceIdsThatAreSafeAsNamesOfFolders(String id) {
    assertThat(new ServiceId(id)).hasToString(id);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", "-a", "A", "../x", "..", "a/b", "a\\b", "%2e%2e", "a.b", "a b", "a\u0000", "a\n", "é",
        "/etc"
      })
  void refusesServiceIdsOfAnyOtherShape(String id) {
    assertThatThrownBy(() -> new ServiceId(id))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("service id");
  }

  @Test
  void noOneHostileSignAnywhereMakesAnId() {
    List<String> signs =
        List.of(
            "/", "\\", "..", "./", "%", "%2e", "%2f", ":", "{", "}", "{}", "|", "*", "?", "\"", "'",
            "`", "$", "$(x)", "<", ">", "&", ";", "#", "~", "!", "@", "+", "=", ",", "(", ")", "[",
            "]", "^", " ", "\t", "\r", "\n", "\r\n", "\u0000", "\u001b", "\u007f", "\u0085",
            "\u00a0", "\u00ad", "\u0130", "\u0301", "\u200b", "\u202e", "\u2028", "\u2215",
            "\u2024", "\ufeff", "\uff0e", "\uff0f", "\ufffd", "\ud83d", "\ude00", "é", "😀");
    assertThat(signs).hasSizeGreaterThan(40);
    for (String sign : signs) {
      for (String id : List.of(sign, sign + "chat", "ch" + sign + "at", "chat" + sign)) {
        assertThatThrownBy(() -> new ServiceId(id))
            .as("service id %s", id)
            .isInstanceOf(IllegalArgumentException.class);
        if (!sign.equals("..")) { // a room is no folder
          assertThatThrownBy(() -> new RoomId(id))
              .as("room id %s", id)
              .isInstanceOf(IllegalArgumentException.class);
        }
      }
    }
  }

  @Test
  void countsTheLengthOfIds() {
    assertThat(new ServiceId("a".repeat(63)).value()).hasSize(63);
    assertThatThrownBy(() -> new ServiceId("a".repeat(64)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new RoomId("a".repeat(129)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new ConnectionId("a".repeat(65)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".", "..", "a/b", "a b", "a{b}", "a:b", "a\r\nb", "-x"})
  void refusesRoomIdsThatMeanSomethingElsewhere(String id) {
    assertThatThrownBy(() -> new RoomId(id)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void quotesHostileTextWithoutItsControlCharactersAndNotAtLength() {
    assertThatThrownBy(() -> new RoomId("\u001b[31m" + "x".repeat(1000)))
        .hasMessageNotContaining("\u001b")
        .hasMessageContaining("\\u{1b}[31m")
        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(200));
  }

  @Test
  void namesBytesByTheirSha256() {
    assertThat(Digest.of(new byte[0]).hex())
        .isEqualTo("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assertThatThrownBy(() -> new Digest("E3")).isInstanceOf(IllegalArgumentException.class);
  }
}
