package org.cloudramp.sandbox.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.core.gate.GateLimits;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SandboxSettingsTest {
  @TempDir Path folder;

  @Test
  void hasDefaultsForEverythingThatIsNotAPlugins() {
    SandboxSettings settings = SandboxSettings.read(Map.of());

    assertThat(settings.engine()).isEqualTo("chicory");
    assertThat(settings.store()).isEqualTo("filesystem");
    assertThat(settings.kv()).isEqualTo("memory");
    assertThat(settings.slots()).isEqualTo(64);
    assertThat(settings.limits().time()).isEqualTo(Duration.ofMillis(250));
    assertThat(settings.limits()).isEqualTo(Limits.defaults());
    assertThat(settings.gate()).isEqualTo(GateLimits.defaults());
  }

  @Test
  void readsEverySectionUnderItsPrefix() {
    SandboxSettings settings =
        SandboxSettings.read(
            Map.of(
                "slots", "7",
                "limits.time", "50ms",
                "limits.memoryPages", "16",
                "gate.fileBytes", "1MiB",
                "gate.functions", "100",
                "quarantine.faults", "3",
                "writeBehind.services", "chat, quiz",
                "writeBehind.delay", "20ms",
                "store.filesystem.folder", "anywhere"));

    assertThat(settings.slots()).isEqualTo(7);
    assertThat(settings.limits().time()).isEqualTo(Duration.ofMillis(50));
    assertThat(settings.gate().of(GateLimits.Limit.FILE_BYTES)).isEqualTo(1 << 20);
    assertThat(settings.gate().of(GateLimits.Limit.FUNCTIONS)).isEqualTo(100);
    assertThat(settings.gate().of(GateLimits.Limit.MEMORY_PAGES)).isEqualTo(16);
    assertThat(settings.quarantine().faults()).isEqualTo(3);
    assertThat(settings.writeBehind().includes(new ServiceId("quiz"))).isTrue();
    assertThat(settings.writeBehind().includes(new ServiceId("other"))).isFalse();
    assertThat(settings.writeBehindPolicy().delay()).isEqualTo(Duration.ofMillis(20));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "slot | 7 | 'slot' is unknown",
        "slots | seven | a whole number from 1 to",
        "slots | 0 | a whole number from 1 to",
        "limits.tiem | 50ms | 'limits.tiem' is unknown",
        "limits.time | 50 | 'limits.time' is '50', which is not a duration",
        "limits.time | 0ms | 'limits.time' is PT0S, which is not positive",
        "gate.memoryPages | 3 | 'gate.memoryPages' is unknown",
        "gate.functions | -1 | 'gate.functions'",
        "quarantine.rest | soon | 'quarantine.rest'",
        "writeBehind.services | Not An Id | 'writeBehind.services'",
        "writeBehind.service | chat | 'writeBehind.service'",
        "guestMemory | 1KiB | 'guestMemory' is 1024, but",
      })
  void namesTheSettingThatIsWrong(String name, String value, String reason) {
    assertThatThrownBy(() -> SandboxSettings.read(Map.of(name, value)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(reason);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "engine | v8 | setting 'engine' is 'v8', but no WasmEngine of that name is there; there are: chicory",
        "store | tape | there are: filesystem",
        "kv | paper | there are: memory",
        "functions | leaderboard | setting 'functions' is 'leaderboard'",
        "store.filesystem.foldr | x | setting 'store.filesystem.foldr' is unknown; there are: store.filesystem.folder",
      })
  void namesThePluginsThatThereAreWhenOneIsUnknown(String name, String value, String reason) {
    SandboxBuilder builder =
        Sandbox.builder()
            .settings(Map.of("store.filesystem.folder", folder.toString()))
            .settings(Map.of(name, value));

    assertThatThrownBy(builder::build)
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void saysWhichSettingAPluginMisses() {
    assertThatThrownBy(() -> Sandbox.builder().build())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("setting 'store.filesystem.folder' is missing");
  }
}
