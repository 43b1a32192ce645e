package org.cloudramp.sandbox.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.plugin.PluginSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
                65 << 10,
                (int) (Runtime.getRuntime().maxMemory() / 16),
                4 << 20,
                1 << 20,
                4096,
                64,
                Duration.ofSeconds(10),
                Duration.ofSeconds(30),
                Duration.ofSeconds(10)));
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
  void messagesThatTheSandboxWouldNeverTakeAreRefusedBeforeTheyCome() {
    assertThatThrownBy(() -> Settings.of(NONE, NONE, Map.of("limits.messageBytes", "64KiB")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("sandbox.server.messageBytes")
        .hasMessageContaining("sandbox.limits.messageBytes");
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

    assertThat(Settings.file(file)).isEqualTo(Map.of("store.filesystem.folder", "/mödules"));
  }

  @Test
  void aByteOrderMarkIsNoPartOfTheFirstName(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("s.properties"), "\uFEFFsandbox.slots = 7\n");

    assertThat(Settings.file(file)).isEqualTo(Map.of("slots", "7"));
  }

  @Test
  void aNameThatIsGivenTwiceIsRefused(@TempDir Path folder) throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("s.properties"),
            "sandbox.server.inFlight=1\nsandbox.server.inflight=2\n");

    assertThatThrownBy(() -> Settings.file(file))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("twice")
        .hasMessageContaining("s.properties");
  }

  @Test
  void aNameWithoutThePrefixIsRefused(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("s.properties"), "server.port=80\n");

    assertThatThrownBy(() -> Settings.file(file))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("server.port")
        .hasMessageContaining("sandbox.");
  }

  @Test
  void aFileThatIsNotThereIsNamed(@TempDir Path folder) {
    assertThatThrownBy(() -> Settings.file(folder.resolve("gone.properties")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("gone.properties");
  }
}
