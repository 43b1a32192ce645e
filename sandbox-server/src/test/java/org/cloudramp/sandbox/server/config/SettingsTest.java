package org.cloudramp.sandbox.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.error.InertText;
import org.cloudramp.sandbox.api.plugin.PluginSettings;
import org.cloudramp.sandbox.server.access.Proxies;
import org.cloudramp.sandbox.server.jointoken.JoinRules;
import org.cloudramp.sandbox.server.jointoken.JoinSettings;
import org.cloudramp.sandbox.server.rate.RateSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsTest {
  private static final Map<String, String> NONE = Map.of();

  @Test
  void withoutSettingsTheServerListensOnThisMachineOnly() {
    ServerSettings settings = Settings.of(NONE, NONE, NONE).server();

    assertThat(settings)
        .isEqualTo(
            new ServerSettings(
                "127.0.0.1",
                8080,
                Set.of(),
                Set.of(),
                new Subprotocols(Set.of()),
                settings.connections(),
                settings.connections() / 4,
                settings.connections() / 4,
                65 << 10,
                (int) (Runtime.getRuntime().maxMemory() / 32),
                (int) (Runtime.getRuntime().maxMemory() / 16),
                4 << 20,
                (int) (Runtime.getRuntime().maxMemory() / 8),
                1 << 20,
                4096,
                64,
                Duration.ofSeconds(10),
                Duration.ofSeconds(30),
                Delivery.LOOP,
                Runtime.getRuntime().availableProcessors(),
                Duration.ofSeconds(3),
                ServedPages.MONITOR,
                Duration.ofSeconds(10),
                new RateSettings(Map.of()),
                new AccessSettings(
                    "",
                    null,
                    Proxies.of(List.of()),
                    null,
                    null,
                    new JoinSettings("", "", "", JoinRules.parse(List.of(), JoinRules.Rule.OPEN))),
                new ManagementSettings("127.0.0.1", ManagementSettings.OFF, 100),
                new MeteringSettings(0, Optional.empty(), Duration.ofMinutes(1)),
                new TracingSettings(
                    Optional.empty(),
                    100,
                    "sandbox-server",
                    Map.of(),
                    8_192,
                    Duration.ofSeconds(5))));
    assertThat(settings.connections())
        .isPositive()
        .isLessThanOrEqualTo((int) (Runtime.getRuntime().maxMemory() / (64 << 10)));
  }

  @Test
  void whatWaitsForAllIsAtLeastWhatMayWaitForOne() {
    Map<String, String> commandLine = Map.of("server.outgoingBytes", "256KiB");

    assertThatThrownBy(() -> Settings.of(commandLine, NONE, NONE))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("sandbox.server.outgoingBytes is for all connections")
        .hasMessageContaining("sandbox.server.outgoingBytesPerConnection");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a b", "chat/", "/json", "chat/a/b", "CHAT/json", "json;v=1", "é"})
  void whatIsNoSubprotocolIsRefusedByName(String entry) {
    Map<String, String> commandLine = Map.of("server.subprotocols", "json, " + entry);

    assertThatThrownBy(() -> Settings.of(commandLine, NONE, NONE).server())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("'sandbox.server.subprotocols'")
        .hasMessageContaining(InertText.quote(entry));
  }

  @Test
  void theFirstSubprotocolThatBothSpeakIsChosen() {
    Subprotocols subprotocols =
        Settings.of(Map.of("server.subprotocols", "json, chat/json.v2"), NONE, NONE)
            .server()
            .subprotocols();

    assertThat(subprotocols.choose("chat", List.of("json.v2", "json"))).contains("json.v2");
    assertThat(subprotocols.choose("chat", List.of("json", "json.v2"))).contains("json");
    assertThat(subprotocols.choose("quiz", List.of("json.v2", "json"))).contains("json");
    assertThat(subprotocols.choose("quiz", List.of("json.v2", "JSON"))).isEmpty();
    assertThat(subprotocols.choose("quiz", List.of("chat/json.v2"))).isEmpty();
    assertThat(subprotocols.choose("chat", List.of())).isEmpty();
  }

  @Test
  void theCommandLineWinsOverTheEnvironmentAndThatOverTheFile() {
    Map<String, String> commandLine = Map.of("server.port", "1");
    Map<String, String> environment =
        Map.of("SANDBOX_SERVER_PORT", "2", "SANDBOX_SERVER_HOST", "b");
    Map<String, String> file = Map.of("server.port", "3", "server.host", "c", "server.ping", "7s");

    ServerSettings settings = Settings.of(commandLine, environment, file).server();

    assertThat(settings.port()).isEqualTo(1);
    assertThat(settings.host()).isEqualTo("b");
    assertThat(settings.ping()).isEqualTo(Duration.ofSeconds(7));
  }

  @Test
  void everyOtherSettingIsForTheSandbox() {
    Map<String, String> environment =
        Map.of("SANDBOX_STORE_FILESYSTEM_FOLDER", "/modules", "HOME", "/home/somebody");
    Map<String, String> file = Map.of("engine", "chicory", "server.port", "3");

    assertThat(Settings.of(NONE, environment, file).sandbox())
        .isEqualTo(Map.of("store.filesystem.folder", "/modules", "engine", "chicory"));
  }

  @Test
  void capitalsInsideANameDoNotMatter() {
    Map<String, String> environment =
        Map.of(
            "SANDBOX_SERVER_UPLOADBYTES", "1KiB",
            "SANDBOX_STORE_CLOUD_PATHSTYLE", "true",
            "SANDBOX_concurrentCompiles", "1");
    Map<String, String> file = Map.of("store.cloud.pathStyle", "false");

    Settings settings = Settings.of(NONE, environment, file);

    assertThat(settings.server().uploadBytes()).isEqualTo(1024);
    PluginSettings sandbox = new PluginSettings("sandbox.", settings.sandbox());
    assertThat(sandbox.flag("store.cloud.pathStyle", false)).isTrue();
    assertThat(sandbox.integer("concurrentCompiles", 2, 1, 64)).isEqualTo(1);
    assertThat(sandbox.unread()).isEmpty();
  }

  @Test
  void anUnknownSettingOfTheServerIsRefusedAndTheKnownOnesAreNamed() {
    assertThatThrownBy(() -> Settings.of(NONE, NONE, Map.of("server.prot", "80")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("sandbox.server.prot")
        .hasMessageContaining("port")
        .hasMessageContaining("uploadBytes");
  }

  @Test
  void aSettingThatReadsWrongIsNamed() {
    assertThatThrownBy(() -> Settings.of(NONE, Map.of("SANDBOX_SERVER_PORT", "http"), NONE))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("sandbox.server.port");
    assertThatThrownBy(() -> Settings.of(NONE, NONE, Map.of("server.patience", "0s")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("patience");
  }

  @Test
  void theVariablePortCountsWhereNoPortIsSet() {
    Map<String, String> port = Map.of("PORT", "3000");

    assertThat(Settings.of(NONE, port, NONE).server().port()).isEqualTo(3000);
    assertThat(Settings.of(NONE, port, Map.of("server.port", "4")).server().port()).isEqualTo(4);
    assertThat(Settings.of(Map.of("server.port", "5"), port, NONE).server().port()).isEqualTo(5);
    assertThat(
            Settings.of(NONE, Map.of("PORT", "3000", "SANDBOX_SERVER_PORT", "6"), NONE)
                .server()
                .port())
        .isEqualTo(6);
    assertThat(Settings.of(NONE, Map.of("PORT", "tcp://1.2.3.4:80"), NONE).server().port())
        .isEqualTo(8080);
    assertThatThrownBy(() -> Settings.of(NONE, Map.of("PORT", "99999"), NONE))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContainingAll("sandbox.server.port", "environment variable PORT");
  }

  @Test
  void whatOthersWriteIntoTheEnvironmentStopsNothing() {
    Map<String, String> environment =
        Map.of(
            "SANDBOX_SERVER_PORT", "tcp://10.0.0.1:8080",
            "SANDBOX_SERVER_NAME", "unknown",
            "SANDBOX_HOME", "/home/sandbox");

    Settings settings = Settings.of(NONE, environment, NONE);

    assertThat(settings.server()).isEqualTo(ServerSettings.defaults());
    assertThat(settings.sandbox()).isEmpty();
  }

  @Test
  void aSettingThatReadsWrongIsNamedWithTheVariableThatItComesFrom() {
    assertThatThrownBy(() -> Settings.of(NONE, Map.of("SANDBOX_SERVER_PING", "often"), NONE))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContainingAll("sandbox.server.ping", "SANDBOX_SERVER_PING", "often");
  }

  @Test
  void theNameThatWasProbablyMeantIsSaid() {
    assertMeant("server.prot", "sandbox.server.port");
    assertMeant("servr.port", "sandbox.server.port");
    assertMeant("server.uploadbyte", "sandbox.server.uploadBytes");
    assertMeant("limit.time", "sandbox.limits.time");
  }

  private static void assertMeant(String name, String meant) {
    assertThatThrownBy(() -> Settings.of(NONE, NONE, Map.of(name, "1")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("'sandbox." + name + "' is unknown")
        .hasMessageEndingWith("did you mean '" + meant + "'?");
  }

  @Test
  void whoeverChoosesAStoreOnTheCommandLineDoesNotGetTheSettingsOfAnother() {
    Map<String, String> commandLine =
        Map.of("store", "filesystem", "store.filesystem.folder", "/tmp/x");
    Map<String, String> file = Map.of("store", "s3", "store.s3.bucket", "modules", "slots", "7");

    assertThat(Settings.of(commandLine, Map.of("SANDBOX_STORE_S3_REGION", "x"), file).sandbox())
        .isEqualTo(
            Map.of("store", "filesystem", "store.filesystem.folder", "/tmp/x", "slots", "7"));
  }

  @Test
  void capitalsDoNotMatterInAFile(@TempDir Path folder) throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("s.properties"), "Sandbox.LIMITS.time=1s\nsandbox.SERVER.port=1\n");

    Settings settings = Settings.of(NONE, NONE, SettingsFile.read(file).values());

    assertThat(settings.server().port()).isEqualTo(1);
    assertThat(settings.sandbox()).isEqualTo(Map.of("LIMITS.time", "1s"));
  }

  @Test
  void messagesThatTheSandboxWouldNeverTakeAreRefusedBeforeTheyCome() {
    assertThatThrownBy(() -> Settings.of(NONE, NONE, Map.of("limits.messageBytes", "64KiB")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("sandbox.server.messageBytes")
        .hasMessageContaining("sandbox.limits.messageBytes");
    assertThatThrownBy(
            () -> Settings.of(NONE, NONE, Map.of("services.chat.limits.messageBytes", "1KiB")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("sandbox.server.messageBytes")
        .hasMessageContaining("sandbox.services.chat.limits.messageBytes");
    assertThat(
            Settings.of(
                    NONE,
                    NONE,
                    Map.of("limits.messageBytes", "64KiB", "server.messageBytes", "64KiB"))
                .server()
                .messageBytes())
        .isEqualTo(64 << 10);
  }

  @Test
  void aFileIsReadAsPropertiesInUtf8(@TempDir Path folder) throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("s.properties"), "# ours\nsandbox.store.filesystem.folder = /mödules\n");

    assertThat(SettingsFile.read(file).values())
        .isEqualTo(Map.of("store.filesystem.folder", "/mödules"));
  }

  @Test
  void aByteOrderMarkIsNoPartOfTheFirstName(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("s.properties"), "\uFEFFsandbox.slots = 7\n");

    assertThat(SettingsFile.read(file).values()).isEqualTo(Map.of("slots", "7"));
  }

  @Test
  void aNameThatIsGivenTwiceIsRefused(@TempDir Path folder) throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("s.properties"),
            "sandbox.server.inFlight=1\nsandbox.server.inflight=2\n");

    assertThatThrownBy(() -> SettingsFile.read(file).values())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("twice")
        .hasMessageContaining("s.properties");
  }

  @Test
  void aNameWithoutThePrefixIsRefused(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("s.properties"), "server.port=80\n");

    assertThatThrownBy(() -> SettingsFile.read(file).values())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("server.port")
        .hasMessageContaining("sandbox.");
  }

  @Test
  void aFileThatIsNotThereIsNamed(@TempDir Path folder) {
    assertThatThrownBy(() -> SettingsFile.read(folder.resolve("gone.properties")).values())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageStartingWith("there is no settings file")
        .hasMessageEndingWith("gone.properties'");
  }
}
