package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cloudramp.sandbox.server.ServersOnRedis.patiently;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The npm package, in Node, against servers that are killed and stopped. */
@Timeout(value = 8, unit = TimeUnit.MINUTES)
class ClientPackageTest {
  private static final int USERS = 4;
  private static final ObjectMapper JSON = new ObjectMapper();

  /** What a user was told. */
  private record Heard(int user, String state, String message) {}

  @TempDir Path folder;
  private ServersOnRedis servers;
  private final List<Heard> heard = new CopyOnWriteArrayList<>();
  private Process users;
  private Writer commands;

  @BeforeEach
  void join() throws Exception {
    servers = new ServersOnRedis(folder);
    ServerProcess first = servers.start();
    users =
        new ProcessBuilder(
                "node",
                "test-support/users.js",
                "/rooms/echo/hall",
                String.valueOf(USERS),
                String.valueOf(first.uri().getPort()))
            .directory(Path.of("..", "sdk-client").toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    commands = users.outputWriter(StandardCharsets.UTF_8);
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(users.getInputStream(), StandardCharsets.UTF_8));
    Thread reader = new Thread(() -> lines.lines().forEach(this::hear), "users");
    reader.setDaemon(true);
    reader.start();
    patiently().until(() -> states("live").count() == USERS);
  }

  private void hear(String line) {
    try {
      JsonNode told = JSON.readTree(line);
      heard.add(
          new Heard(
              told.get("user").asInt(),
              told.path("state").asText(),
              told.path("message").asText()));
    } catch (IOException e) {
      throw new IllegalStateException(line, e);
    }
  }

  @AfterEach
  void end() {
    if (users != null) {
      users.destroyForcibly();
    }
    if (servers != null) {
      servers.close();
    }
  }

  @Test
  void nothingIsLostDoubledOrOutOfOrderWhileServersAreKilledAndLinesBreak() throws Exception {
    int said = 0;
    for (; said < 100; said++) {
      say(said);
    }
    ServerProcess second = servers.start();
    tell("{\"target\": " + second.uri().getPort() + "}");
    servers.get(0).kill();
    for (; said < 200; said++) { // into sockets that are gone, or while there are none
      say(said);
    }
    patiently().until(() -> states("resumed").count() >= USERS);
    for (int i = 0; i < 10; i++) {
      tell("{\"cut\": true}");
      for (int each = 0; each < 20; each++) {
        say(said++);
      }
    }
    ServerProcess third = servers.start();
    tell("{\"target\": " + third.uri().getPort() + "}");
    second.stop();
    for (int each = 0; each < 50; each++) {
      say(said++);
    }

    int all = said;
    for (int user = 0; user < USERS; user++) {
      int each = user;
      patiently().until(() -> messages(each).size() >= all);
    }
    List<String> sequence = messages(0);
    assertThat(sequence).hasSize(all).doesNotHaveDuplicates();
    for (int user = 0; user < USERS; user++) {
      int each = user;
      assertThat(messages(user)).isEqualTo(sequence);
      assertThat(sequence.stream().map(ClientPackageTest::number).filter(n -> n % USERS == each))
          .as("what user %d has said, in order", user)
          .isSorted();
    }
    assertThat(states("anew")).isEmpty();
    assertThat(heard.stream().filter(each -> each.message().startsWith("-"))).isEmpty();
  }

  @Test
  void whoClosesLeavesAtOnceAndOnce() throws Exception {
    tell("{\"user\": 0, \"close\": true}");

    patiently()
        .until(
            () ->
                heard.stream()
                        .filter(each -> each.user() == 1 && each.message().startsWith("-"))
                        .count()
                    == 1);
    assertThat(states("closed")).hasSize(1);
  }

  private static int number(String message) {
    return Integer.parseInt(message.substring(1));
  }

  private void say(int number) throws IOException {
    tell("{\"user\": %d, \"say\": \"m%d\"}".formatted(number % USERS, number));
  }

  private void tell(String command) throws IOException {
    commands.write(command + "\n");
    commands.flush();
  }

  private List<String> messages(int user) {
    return heard.stream()
        .filter(each -> each.user() == user && each.message().startsWith("m"))
        .map(Heard::message)
        .toList();
  }

  private Stream<Heard> states(String state) {
    return heard.stream().filter(each -> each.state().equals(state));
  }
}
