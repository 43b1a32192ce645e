package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cloudramp.sandbox.server.ServersOnRedis.patiently;

import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.cloudramp.sandbox.api.Payload;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Sessions over several servers, each the command that users run, on one Redis: what is promised
 * when one of them ends. docs/operations.md has a table of these drills.
 */
@Timeout(value = 8, unit = TimeUnit.MINUTES)
class SessionDrillsTest {
  private static final int SESSIONS = 10;
  private static final int MESSAGES = 1_000;

  @TempDir Path folder;
  private ServersOnRedis servers;
  private final List<SessionClient> sessions = new ArrayList<>();

  @BeforeEach
  void begin() {
    servers = new ServersOnRedis(folder);
  }

  @AfterEach
  void end() {
    sessions.forEach(SessionClient::close);
    if (servers != null) {
      servers.close();
    }
  }

  @Test
  void whenAServerIsKilledItsSessionsGoOnOnAnotherAndTheRoomNoticesNothing() throws Exception {
    ServerProcess doomed = start();
    List<SessionClient> moving = fill(doomed);
    SessionClient quitter = join(doomed);
    ServerProcess other = start();
    Client witness = other.connect(servers.http(), "echo", "hall");
    witness.learnId(witness.next().text());
    List<String> said = new ArrayList<>();

    for (int i = 0; i < MESSAGES; i++) {
      String message = "m" + i;
      said.add(message);
      moving.get(i % SESSIONS).say(message);
      if (i == MESSAGES / 2) {
        moving.get(0).await("m" + MESSAGES / 4);
        doomed.kill();
      }
      if (i == MESSAGES / 2 + 100) { // some were said without a socket
        for (SessionClient client : moving) {
          client.resume(socket(other));
        }
      }
    }

    for (SessionClient client : moving) {
      client.until(
          () -> client.heard().stream().filter(SessionDrillsTest::isSaid).count() == MESSAGES);
      assertThat(client.resumes()).as("goes on, and did not begin anew").isEqualTo(1);
    }
    List<String> sequence =
        moving.get(0).heard().stream().filter(SessionDrillsTest::isSaid).toList();
    assertThat(sequence).containsExactlyInAnyOrderElementsOf(said);
    for (SessionClient client : moving) {
      assertThat(client.heard().stream().filter(SessionDrillsTest::isSaid)).isEqualTo(sequence);
    }
    // Who does not come back leaves once; who has come back never does.
    patiently().until(() -> texts(witness).contains("-" + quitter.id()));
    moving.get(0).say("last");
    patiently().until(() -> texts(witness).contains("last"));
    assertThat(texts(witness).stream().filter(SessionDrillsTest::isSaid)).isEqualTo(sequence);
    assertThat(texts(witness).stream().filter(text -> text.startsWith("-")))
        .containsExactly("-" + quitter.id());
  }

  @Test
  void aServerThatStopsHandsItsSessionsOverAndTheRoomNoticesNothing() throws Exception {
    ServerProcess stopping = start();
    List<SessionClient> moving = fill(stopping);
    ServerProcess other = start();
    Client witness = other.connect(servers.http(), "echo", "hall");
    witness.learnId(witness.next().text());

    stopping.stop();

    for (SessionClient client : moving) {
      assertThat(client.socket().closed().code()).isEqualTo(1012);
      client.resume(socket(other));
      assertThat(client.resumes()).isEqualTo(1);
    }
    moving.get(0).say("after");
    for (SessionClient client : moving) {
      client.await("after");
    }
    patiently().until(() -> texts(witness).contains("after"));
    assertThat(texts(witness)).containsExactly("after");
  }

  private static boolean isSaid(String text) {
    return text.matches("m\\d+");
  }

  private static List<String> texts(Client client) {
    return client.rest().stream().map(Payload::text).toList();
  }

  private ServerProcess start() throws Exception {
    return servers.start(
        Map.of("SANDBOX_KV_REDIS_LOGENTRIES", "4096", "SANDBOX_ROOMS_GRACE", "12s"));
  }

  private List<SessionClient> fill(ServerProcess server) {
    return Stream.generate(() -> join(server)).limit(SESSIONS).toList();
  }

  private SessionClient join(ServerProcess server) {
    SessionClient client = SessionClient.join(socket(server));
    sessions.add(client);
    client.await("+" + client.id());
    return client;
  }

  private Client socket(ServerProcess server) {
    URI uri = URI.create(server.uri().toString().replaceFirst("http", "ws"));
    return Client.offer(servers.http(), uri.resolve("/rooms/echo/hall"), "sandbox.v1");
  }
}
