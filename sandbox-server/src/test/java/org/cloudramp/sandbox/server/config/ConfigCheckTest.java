package org.cloudramp.sandbox.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigCheckTest {
  private static final String TOKEN =
      "me admin sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
  private static final String ENOUGH =
      """
      sandbox.store.filesystem.folder = modules
      sandbox.server.tokens = %s
      """
          .formatted(TOKEN);

  @TempDir Path folder;

  private ConfigCheck check(Map<String, String> environment, String lines) throws IOException {
    Path file = Files.writeString(folder.resolve("sandbox.properties"), lines);
    return ConfigCheck.of(environment, SettingsFile.read(file));
  }

  private String source(int line) {
    return "%s, line %d".formatted(folder.resolve("sandbox.properties"), line);
  }

  private static Optional<ConfigCheck.Line> line(ConfigCheck check, String name) {
    return check.settings().stream().filter(line -> line.name().equals(name)).findFirst();
  }

  private static void assertLine(ConfigCheck check, String name, String value, String source) {
    assertThat(line(check, name)).contains(new ConfigCheck.Line(name, value, source));
  }

  @Test
  void eachSettingIsShownWithItsValueAndItsSource() throws IOException {
    ConfigCheck check =
        check(
            Map.of("SANDBOX_LIMITS_QUEUELENGTH", "7", "PORT", "9000"),
            ENOUGH
                + """
                # the third line is this one, and the next goes on
                sandbox.server.origins = https://a.example, \\
                   https://b.example
                sandbox.slots = 12
                sandbox.services.chat.limits.time = 50ms
                """);

    assertThat(check.wrong()).isEmpty();
    assertLine(check, "sandbox.slots", "12", source(6));
    assertLine(check, "sandbox.server.origins", "https://a.example, https://b.example", source(4));
    assertLine(
        check,
        "sandbox.limits.queueLength",
        "7",
        "environment variable SANDBOX_LIMITS_QUEUELENGTH");
    assertLine(check, "sandbox.server.port", "9000", "environment variable PORT");
    assertLine(check, "sandbox.limits.time", "250ms", "default");
    assertLine(check, "sandbox.workers", "twice the processors, at least 4", "default");
    assertLine(check, "sandbox.store.filesystem.folder", "modules", source(1));
    assertLine(check, "sandbox.kv.memory.keysPerRoom", "10,000", "default");
    assertLine(check, "sandbox.services.chat.limits.time", "50ms", source(7));
    assertThat(line(check, "sandbox.kv.redis.uri")).isEmpty();
  }

  @Test
  void secretsAreNotShown() throws IOException {
    ConfigCheck check =
        check(
            Map.of(),
            ENOUGH
                + """
                sandbox.kv = redis
                sandbox.kv.redis.uri = redis://user:hunter2@localhost
                sandbox.server.tracing.endpoint = http://127.0.0.1:4318/v1/traces
                sandbox.server.tracing.headers = Authorization=Bearer hunter2
                """);

    assertThat(check.wrong()).isEmpty();
    assertLine(check, "sandbox.kv.redis.uri", "********", source(4));
    assertLine(check, "sandbox.server.tokens", "********", source(2));
    assertLine(check, "sandbox.server.tracing.headers", "********", source(6));
    assertThat(check.toString()).doesNotContain("hunter2", "9f86d081");
  }

  @Test
  void whatIsIgnoredIsSaidWithTheReason() throws IOException {
    ConfigCheck check =
        check(
            Map.of(
                "SANDBOX_PORT", "tcp://10.0.0.1:8080",
                "SANDBOX_SERVICE_HOST", "10.0.0.1",
                "SANDBOX_SERVER_NAME", "web-1",
                "SANDBOX_HOME", "/opt/sandbox",
                "SANDBOX_STORE_S3_BUCKET", "modules",
                "SANDBOX_SLOTS", "3",
                "PORT", "tcp://10.0.0.1:8080",
                "HOME", "/root"),
            ENOUGH + "sandbox.slots = 12\n");

    assertThat(check.wrong()).isEmpty();
    assertLine(check, "sandbox.slots", "3", "environment variable SANDBOX_SLOTS");
    assertThat(check.ignored())
        .anySatisfy(line -> assertThat(line).contains("SANDBOX_PORT:", "Kubernetes"))
        .anySatisfy(line -> assertThat(line).contains("SANDBOX_SERVICE_HOST:", "Kubernetes"))
        .anySatisfy(
            line -> assertThat(line).contains("SANDBOX_SERVER_NAME:", "server.name", "unknown"))
        .anySatisfy(line -> assertThat(line).contains("SANDBOX_HOME:", "unknown"))
        .anySatisfy(
            line -> assertThat(line).contains("SANDBOX_STORE_S3_BUCKET:", "in use is filesystem"))
        .anySatisfy(line -> assertThat(line).contains("variable PORT:", "no port"))
        .anySatisfy(
            line -> assertThat(line).contains("sandbox.slots in", "line 3", "SANDBOX_SLOTS"))
        .hasSize(7);
  }

  @Test
  void allThatIsWrongIsSaidAndNotOnlyTheFirst() throws IOException {
    ConfigCheck check =
        check(
            Map.of("SANDBOX_WORKERS", "many"),
            """
            sandbox.store.filesystem.foldr = modules
            sandbox.server.ping = soon
            sandbox.server.prot = 80
            sandbox.limits.time = 1 fortnight
            sandbox.gate.function = 1
            sandbox.services.chat.limits.tiem = 50ms
            sandbox.kv.redis.uri = redis://localhost
            sandbox.slot = 1
            sandbox.functions = leaderboard
            """);

    assertThat(check.wrong())
        .anySatisfy(wrong -> assertThat(wrong).contains("SANDBOX_WORKERS", "many"))
        .anySatisfy(wrong -> assertThat(wrong).contains("store.filesystem.folder", "missing"))
        .anySatisfy(wrong -> assertThat(wrong).contains("'store.filesystem.foldr' is unknown"))
        .anySatisfy(wrong -> assertThat(wrong).contains("'sandbox.server.ping'", "soon"))
        .anySatisfy(wrong -> assertThat(wrong).contains("'sandbox.server.prot' is unknown"))
        .anySatisfy(wrong -> assertThat(wrong).contains("limits.time", "fortnight"))
        .anySatisfy(wrong -> assertThat(wrong).contains("gate.function' is unknown"))
        .anySatisfy(wrong -> assertThat(wrong).contains("limits.tiem' is unknown"))
        .anySatisfy(wrong -> assertThat(wrong).contains("kv.redis.uri", "in use is memory"))
        .anySatisfy(wrong -> assertThat(wrong).contains("sandbox.slot' is unknown"))
        .anySatisfy(wrong -> assertThat(wrong).contains("leaderboard"))
        .doesNotHaveDuplicates();
  }

  @Test
  void whatDoesNotFitTogetherIsWrong() throws IOException {
    assertThat(
            check(
                    Map.of(),
                    ENOUGH
                        + """
                        sandbox.server.messageBytes = 2MiB
                        """)
                .wrong())
        .singleElement()
        .asString()
        .contains("sandbox.server.messageBytes", "limits.messageBytes");
    assertThat(check(Map.of(), ENOUGH + "sandbox.guestMemory = 1MiB\n").wrong())
        .singleElement()
        .asString()
        .contains("guestMemory", "workers");
    assertThat(check(Map.of(), "sandbox.store.filesystem.folder = modules\n").wrong())
        .singleElement()
        .asString()
        .contains("token");
  }
}
