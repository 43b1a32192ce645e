package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.cloudramp.sandbox.testkit.Guests;
import org.cloudramp.sandbox.testkit.servers.WatchedProcess;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The log of the command: what a line says of itself, and of whom it is. */
@Timeout(180)
class LogsTest {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @TempDir Path folder;

  @Test
  void aLineHasItsDateAndTheConnectionThatItIsAbout() throws Exception {
    Said said = logOfAFailedHook("");

    assertThat(said.line())
        .matches(
            "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}(Z|[+-]\\d\\d:\\d\\d) WARN .* onMessage failed: .*")
        .endsWith("connection=\"" + said.connection() + "\"");
  }

  @Test
  void aLineIsAnObjectForMachinesIfTheyWantOne() throws Exception {
    Instant before = Instant.now();
    Said said = logOfAFailedHook("-Dlogback.configurationFile=logback-json.xml");

    for (String line : said.all()) {
      assertThat(new ObjectMapper().readTree(line).isObject()).as(line).isTrue();
    }
    JsonNode line = new ObjectMapper().readTree(said.line());
    assertThat(Instant.ofEpochMilli(line.get("timestamp").asLong()))
        .isBetween(before, Instant.now());
    assertThat(line.get("level").asText()).isEqualTo("WARN");
    assertThat(line.get("loggerName").asText()).isEqualTo("org.cloudramp.sandbox.hooks");
    assertThat(line.get("formattedMessage").asText()).contains("'lobby', onMessage failed");
    assertThat(line.get("kvpList").toString())
        .isEqualTo("[{\"connection\":\"" + said.connection() + "\"}]");
  }

  /**
   * What a server has logged.
   *
   * @param connection whose message has failed
   * @param line that says so
   */
  private record Said(String connection, String line, List<String> all) {}

  private Said logOfAFailedHook(String options) throws Exception {
    Path guests = Files.createDirectory(folder.resolve("guests"));
    Files.write(guests.resolve("trap.wasm"), Guests.wasm("trap"));
    try (WatchedProcess process =
        ServerProcess.launch(
            folder,
            folder,
            Map.of("JDK_JAVA_OPTIONS", options, "SANDBOX_SERVER_TOKENS", ""),
            "--demo",
            guests.toString(),
            "--port",
            "0")) {
      URI uri = ServerProcess.awaitReady(process);
      URI room = URI.create("ws" + uri.toString().substring(4)).resolve("/rooms/trap/lobby");
      SessionClient ann =
          SessionClient.join(
              Client.offer(HttpClient.newHttpClient(), room, "sandbox.v1", "cloudramp.join"));
      ann.say("u");
      ann.await("!onMessage");
      String id = ann.id();
      process.process().toHandle().destroy();
      List<String> lines = new ArrayList<>(process.awaitEnd(PATIENCE).lines().toList());
      lines.removeIf(line -> line.startsWith("NOTE: Picked up"));
      String failed =
          lines.stream().filter(line -> line.contains("failed: ")).findFirst().orElseThrow();
      return new Said(id, failed, lines);
    }
  }
}
