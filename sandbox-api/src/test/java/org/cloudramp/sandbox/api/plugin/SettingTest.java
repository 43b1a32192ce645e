package org.cloudramp.sandbox.api.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingTest {
  private static final PluginSettings NONE = new PluginSettings("kv.x.", Map.of());

  @Test
  void whatIsDeclaredIsWhatIsRead() {
    assertThat(Setting.integer("n", 5, 1, 9, "many").read(NONE)).isEqualTo(5);
    assertThat(Setting.integer("n", 5, 1, 9, "many").read(given("n", "7"))).isEqualTo(7);
    assertThat(Setting.integer("n", 5, 1, 9, "many").readOr(NONE, 6)).isEqualTo(6);
    assertThat(Setting.size("n", 5, "big").read(given("n", "2KiB"))).isEqualTo(2_048);
    assertThat(Setting.largeSize("n", 5, "big").read(given("n", "4GiB"))).isEqualTo(4L << 30);
    assertThat(Setting.duration("n", Duration.ZERO, "long").read(given("n", "3m")))
        .isEqualTo(Duration.ofMinutes(3));
    assertThat(Setting.flag("n", true, "whether").read(NONE)).isTrue();
    assertThat(Setting.flag("n", true, "whether").read(given("n", "false"))).isFalse();
    assertThat(Setting.text("n", "a", "text").read(given("n", " b "))).isEqualTo("b");
    assertThat(Setting.optionalText("n", "text").read(NONE)).isEmpty();
    assertThat(Setting.requiredPath("n", "path").read(given("n", "/a"))).isEqualTo(Path.of("/a"));
    assertThat(Setting.optionalPath("n", "path").read(given("n", "/a")))
        .isEqualTo(Optional.of(Path.of("/a")));
    assertThat(Setting.names("n", "names").read(given("n", "a, b ,,c")))
        .isEqualTo(List.of("a", "b", "c"));
    assertThat(Setting.choice("n", List.of("one", "two"), "which").read(NONE)).isEqualTo("one");
    assertThat(Setting.choice("n", List.of("one", "two"), "which").read(given("n", "two")))
        .isEqualTo("two");
  }

  @Test
  void whatReadsWrongIsNamedInFull() {
    assertRefused(Setting.integer("n", 5, 1, 9, "many"), "10", "a whole number from 1 to 9");
    assertRefused(Setting.size("n", 5, "big"), "4GiB", "under 2 GiB");
    assertRefused(Setting.largeSize("n", 5, "big"), "999999999999GiB", "counted in bytes");
    assertRefused(Setting.duration("n", Duration.ZERO, "long"), "999999999999d", "at most 36500d");
    assertRefused(Setting.positiveDuration("n", Duration.ZERO, "long"), "0s", "longer than");
    assertRefused(Setting.choice("n", List.of("one", "two"), "which"), "three", "one or two");
    assertThatThrownBy(() -> Setting.requiredText("n", "text").read(NONE))
        .isInstanceOf(ConfigurationException.class)
        .hasMessage("setting 'kv.x.n' is missing");
  }

  @Test
  void theDefaultIsShownAsAnOperatorWouldWriteIt() {
    assertThat(Setting.integer("n", 10_000, 1, 99_999, "many").whenAbsent()).isEqualTo("10,000");
    assertThat(Setting.size("n", 65 << 10, "big").whenAbsent()).isEqualTo("`65KiB`");
    assertThat(Setting.size("n", 512, "big").whenAbsent()).isEqualTo("`512`");
    assertThat(Setting.largeSize("n", 4L << 30, "big").whenAbsent()).isEqualTo("`4GiB`");
    assertThat(Setting.duration("n", Duration.ofMillis(250), "long").whenAbsent())
        .isEqualTo("`250ms`");
    assertThat(Setting.duration("n", Duration.ofMinutes(10), "long").whenAbsent())
        .isEqualTo("`10m`");
    assertThat(Setting.duration("n", Duration.ofSeconds(60), "long").whenAbsent())
        .isEqualTo("`60s`");
    assertThat(Setting.requiredText("n", "text").whenAbsent()).isEqualTo("must be set");
    assertThat(Setting.names("n", "names").whenAbsent()).isEqualTo("none");
    assertThat(Setting.integer("n", 1, 1, 9, "many").otherwise("as many as fit").whenAbsent())
        .isEqualTo("as many as fit");
  }

  @Test
  void aDeclarationHasANameAndOneLine() {
    assertThatThrownBy(() -> Setting.flag("a name", true, "x"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Setting.flag("name", true, "x\ny"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Setting.flag("name", true, " "))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void whatComesFromTheEnvironmentIsSaid() {
    PluginSettings settings =
        new PluginSettings("kv.x.", Map.of("n", "?"), Map.of("n", "SANDBOX_KV_X_N"));

    assertThatThrownBy(() -> settings.integer("n", 1, 1, 9))
        .hasMessageStartingWith(
            "setting 'kv.x.n' (the environment variable SANDBOX_KV_X_N) is '?'");
  }

  @ParameterizedTest
  @CsvSource({
    "tiem, time",
    "Tmie, time",
    "time.out, timeout",
    "keyPerRom, keysPerRoom",
    "limit.time, limits.time",
  })
  void theNameThatWasMeantIsFound(String written, String meant) {
    List<String> known = List.of("time", "timeout", "keysPerRoom", "limits.time", "uri");

    assertThat(NONE.unknown(written, known))
        .hasMessageContaining("'kv.x." + written + "' is unknown; there are: kv.x.time, ")
        .hasMessageEndingWith("; did you mean 'kv.x." + meant + "'?");
  }

  @Test
  void nothingIsSuggestedForWhatIsLikeNothing() {
    assertThat(NONE.unknown("password", List.of("time", "uri")))
        .hasMessage("setting 'kv.x.password' is unknown; there are: kv.x.time, kv.x.uri");
  }

  private static PluginSettings given(String name, String value) {
    return new PluginSettings("kv.x.", Map.of(name, value));
  }

  private static void assertRefused(Setting<?> setting, String value, String reason) {
    assertThatThrownBy(() -> setting.read(given("n", value)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("'kv.x.n' is '" + value + "'")
        .hasMessageContaining(reason);
  }
}
