package org.cloudramp.sandbox.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.core.gate.GateLimits;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

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
  void recordsTheServicesThatAreNamedAndNoOther() {
    SandboxSettings settings =
        SandboxSettings.read(
            Map.of("record.my-chat", "on", "record.quiz", "off", "recording.hooks", "7"));

    assertThat(settings.recorded().services()).containsExactly(new ServiceId("my-chat"));
    assertThat(settings.recorded().hooks()).isEqualTo(7);
    assertThat(SandboxSettings.read(Map.of()).recorded().services()).isEmpty();
    assertThat(
            SandboxSettings.read(
                    SettingValues.none().withEnvironment(Map.of("SANDBOX_RECORD_MY_CHAT", "on")))
                .recorded()
                .services())
        .containsExactly(new ServiceId("my-chat"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          record.*            | on    | names no service; there are settings such as record.chat = on
          record.my.chat      | on    | names no service
          record.chat         | yes   | which is not on or off
          recording.roomBytes | 1KiB  | 16KiB to 16MiB
          recording.hooks     | 0     | recording.hooks
          """)
  void refusesARecordingThatNobodyCanMean(String name, String value, String reason) {
    assertThatThrownBy(() -> SandboxSettings.read(Map.of(name, value)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(reason);
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

  @ParameterizedTest
  @MethodSource("declared")
  void readsWhateverIsDeclared(String name, String wrong) {
    assertThatThrownBy(() -> SandboxSettings.read(Map.of(name, wrong)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("setting '" + name + "' is '" + wrong + "', which is not");
  }

  /** Those of which something can be wrong, the limits of a service among them. */
  static Stream<Arguments> declared() {
    return Stream.concat(
            SettingsSection.ofTheCore().stream(),
            Stream.of(new SettingsSection("services.chat.limits.", Limits.SETTINGS)))
        .flatMap(
            section ->
                section.settings().stream()
                    .filter(setting -> !setting.type().matches("text|path|names"))
                    .map(setting -> Arguments.of(section.prefix() + setting.name(), "?!")));
  }

  @Test
  void aServiceHasTheLimitsThatAreSetForItAndTheOthersOfAll() {
    SandboxSettings settings =
        SandboxSettings.read(
            Map.of(
                "limits.hostCalls", "9",
                "limits.time", "70ms",
                "services.chat.limits.time", "50ms",
                "services.chat.limits.memoryPages", "300",
                "services.quiz.limits.hostCalls", "5"));

    Limits chat = settings.limits(new ServiceId("chat"));
    assertThat(chat.time()).isEqualTo(Duration.ofMillis(50));
    assertThat(chat.memoryPages()).isEqualTo(300);
    assertThat(chat.hostCalls()).isEqualTo(9);
    assertThat(settings.limits(new ServiceId("quiz")).hostCalls()).isEqualTo(5);
    assertThat(settings.limits(new ServiceId("quiz")).time()).isEqualTo(Duration.ofMillis(70));
    assertThat(settings.limits(new ServiceId("other"))).isEqualTo(settings.limits());
    assertThat(settings.guestMemory())
        .isGreaterThanOrEqualTo((settings.workers() * 5 / 4 * 300L) << 16);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "services.chat.limits.tiem  | did you mean 'services.chat.limits.time'",
        "services.chat.limit.time   | 'services.chat.limit.time' is unknown",
        "services.Not An Id.limits.time | 'services.Not An Id.limits.time' is unknown",
        "services.chat              | 'services.chat' is unknown",
        "services.chat.limits.commitTime | 'services.chat.limits.commitTime' is '0'",
        "limits.tiem                | did you mean 'limits.time'",
        "limit.time                 | did you mean 'limits.time'",
        "writeBhind.services        | did you mean 'writeBehind.services'",
        "slot                       | did you mean 'slots'",
      })
  void namesWhatWasProbablyMeant(String name, String reason) {
    assertThatThrownBy(() -> SandboxSettings.read(Map.of(name, "0s")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void capitalsDoNotMatterInSectionsEither() {
    SandboxSettings settings =
        SandboxSettings.read(
            Map.of(
                "LIMITS.time", "50ms",
                "WriteBehind.Services", "chat",
                "services.chat.Limits.HOSTCALLS", "5",
                "Slots", "7"));

    assertThat(settings.limits().time()).isEqualTo(Duration.ofMillis(50));
    assertThat(settings.writeBehind().includes(new ServiceId("chat"))).isTrue();
    assertThat(settings.limits(new ServiceId("chat")).hostCalls()).isEqualTo(5);
    assertThat(settings.slots()).isEqualTo(7);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "store.s3.bucket | 'store.s3.bucket' is for 's3', which the setting 'store' does not name: in use is filesystem",
        "kv.redis.uri | 'kv.redis.uri' is for 'redis'",
        "engine.wasmtim.x | 'engine.wasmtim.x' is for 'wasmtim'",
        "functions.leaderboard.points | 'functions.leaderboard.points' is for 'leaderboard', which the setting 'functions' does not name: in use is none",
        "store.folder | 'store.folder' is for 'folder'",
      })
  void refusesTheSettingsOfPluginsThatAreNotInUse(String name, String reason) {
    SandboxBuilder builder =
        Sandbox.builder()
            .settings(Map.of("store.filesystem.folder", folder.toString()))
            .settings(Map.of(name, "x"));

    assertThatThrownBy(builder::build)
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void fromTheEnvironmentUnknownNamesAreLoggedWithTheirVariableAndKnownOnesCount() {
    PrintStream errorOutput = System.err;
    ByteArrayOutputStream logged = new ByteArrayOutputStream();
    System.setErr(new PrintStream(logged, true, StandardCharsets.UTF_8));
    Map<String, String> environment =
        Map.of(
            "SANDBOX_STORE_FILESYSTEM_FOLDER", folder.toString(),
            "SANDBOX_HOME", "/home/sandbox",
            "SANDBOX_LIMITS_TIEM", "1s",
            "SANDBOX_STORE_FILESYSTEM_FOLDR", "x",
            "SANDBOX_KV_REDIS_URI", "redis://elsewhere",
            "SANDBOX_SERVICES_MY_CHAT_LIMITS_TIME", "50ms",
            "HOME", "/root");
    try {
      Sandbox.builder().settings(Map.of("slots", "7")).environment(environment).build().close();
    } finally {
      System.setErr(errorOutput);
    }

    assertThat(logged.toString(StandardCharsets.UTF_8))
        .contains("SANDBOX_HOME", "SANDBOX_LIMITS_TIEM", "did you mean 'limits.time'")
        .contains("SANDBOX_STORE_FILESYSTEM_FOLDR", "SANDBOX_KV_REDIS_URI")
        .doesNotContain("SANDBOX_STORE_FILESYSTEM_FOLDER)", "SANDBOX_SERVICES");
  }

  @Test
  void readsTheEnvironmentByTheNamesThatAreDeclared() {
    SandboxSettings settings =
        SandboxSettings.read(
            SettingValues.none()
                .with(Map.of("slots", "7", "limits.time", "1s"))
                .withEnvironment(
                    Map.of(
                        "SANDBOX_WRITEBEHIND_SERVICES", "chat",
                        "SANDBOX_LIMITS_TIME", "2s",
                        "SANDBOX_CONCURRENTCOMPILES", "3",
                        "SANDBOX_SERVICES_MY_CHAT_LIMITS_TIME", "50ms")));

    assertThat(settings.slots()).isEqualTo(7);
    assertThat(settings.concurrentCompiles()).isEqualTo(3);
    assertThat(settings.limits().time()).isEqualTo(Duration.ofSeconds(2));
    assertThat(settings.limits(new ServiceId("my-chat")).time()).isEqualTo(Duration.ofMillis(50));
    assertThat(settings.writeBehind().includes(new ServiceId("chat"))).isTrue();
  }

  @Test
  void aValueFromTheEnvironmentThatReadsWrongIsNamedWithItsVariable() {
    SettingValues values = SettingValues.none().withEnvironment(Map.of("SANDBOX_SLOTS", "many"));

    assertThatThrownBy(() -> SandboxSettings.read(values))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContainingAll("'slots'", "SANDBOX_SLOTS", "many");
  }

  @Test
  void whatKubernetesPutsIntoTheEnvironmentIsNoSetting() {
    Map<String, String> environment =
        Map.ofEntries(
            Map.entry("SANDBOX_PORT", "tcp://10.0.0.1:80"),
            Map.entry("SANDBOX_SERVICE_HOST", "10.0.0.1"),
            Map.entry("SANDBOX_SERVICE_PORT", "80"),
            Map.entry("SANDBOX_SERVICE_PORT_HTTP", "80"),
            Map.entry("SANDBOX_PORT_80_TCP", "tcp://10.0.0.1:80"),
            Map.entry("SANDBOX_PORT_80_TCP_ADDR", "10.0.0.1"),
            Map.entry("SANDBOX_PORT_80_TCP_PORT", "80"),
            Map.entry("SANDBOX_PORT_80_TCP_PROTO", "tcp"),
            Map.entry("SANDBOX_SERVER_PORT", "tcp://10.0.0.2:8080"),
            Map.entry("SANDBOX_SERVER_SERVICE_HOST", "10.0.0.2"),
            Map.entry("SANDBOX_KV_REDIS_PORT", "tcp://10.0.0.3:6379"),
            Map.entry("SANDBOX_KV_REDIS_PORT_6379_TCP_ADDR", "10.0.0.3"));

    assertThat(SettingValues.none().withEnvironment(environment).names()).isEmpty();
  }

  @Test
  void saysWhichSettingAPluginMisses() {
    assertThatThrownBy(() -> Sandbox.builder().build())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("setting 'store.filesystem.folder' is missing");
  }
}
