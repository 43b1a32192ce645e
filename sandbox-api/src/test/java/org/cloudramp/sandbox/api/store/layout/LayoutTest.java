package org.cloudramp.sandbox.api.store.layout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import org.cloudramp.sandbox.api.Digest;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LayoutTest {
  private static final Instant NOON = Instant.parse("2026-11-22T12:00:00.123Z");
  private static final Digest ONE = Digest.of(new byte[] {1});
  private static final Digest TWO = Digest.of(new byte[] {2});

  @Test
  void aPointerComesBackAsItWasWritten() {
    Pointer first = Pointer.first(ONE, NOON);
    Pointer second = first.moveTo(TWO, NOON.plusSeconds(1));

    assertThat(Pointer.decode("x", first.encode())).isEqualTo(first);
    assertThat(Pointer.decode("x", second.encode())).isEqualTo(second);
    assertThat(second.previous()).isEqualTo(Optional.of(ONE));
  }

  @Test
  void aHistoryComesBackAsItWasWritten() {
    History history = History.empty().plus(ONE, NOON).plus(TWO, NOON.minusSeconds(60));

    assertThat(History.decode("x", history.encode())).isEqualTo(history);
    assertThat(History.decode("x", new byte[0])).isEqualTo(History.empty());
  }

  @Test
  void linesOfLaterFormatsAreSkipped() {
    byte[] later =
        ("# a note\ncolour: blue\ndigest: " + ONE + "\r\nactivated: " + NOON + "\n")
            .getBytes(StandardCharsets.UTF_8);

    assertThat(Pointer.decode("x", later)).isEqualTo(Pointer.first(ONE, NOON));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "digest: ../../etc\nactivated: 2026-11-22T12:00:00Z",
        "activated: 2026-11-22T12:00:00Z",
        "digest: 4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a",
        "digest: 4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a\nactivated: now",
        "\u0000\u0000\u0000"
      })
  void aTextThatIsNoPointerIsRefusedByName(String text) {
    assertThatThrownBy(() -> Pointer.decode("chat/current", text.getBytes(StandardCharsets.UTF_8)))
        .isInstanceOfSatisfying(
            ModuleException.class,
            e -> assertThat(e.kind()).isEqualTo(ModuleException.Kind.INTEGRITY))
        .hasMessageContaining("chat/current");
  }

  @ParameterizedTest
  @ValueSource(strings = {"hello", "2026-11-22T12:00:00Z", "2026-11-22T12:00:00Z abc"})
  void aTextThatIsNoHistoryIsRefusedByName(String text) {
    assertThatThrownBy(() -> History.decode("chat/history", text.getBytes(StandardCharsets.UTF_8)))
        .isInstanceOfSatisfying(
            ModuleException.class,
            e -> assertThat(e.kind()).isEqualTo(ModuleException.Kind.INTEGRITY))
        .hasMessageContaining("chat/history");
  }
}
