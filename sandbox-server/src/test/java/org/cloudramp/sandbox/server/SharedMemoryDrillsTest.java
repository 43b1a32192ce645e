package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cloudramp.sandbox.server.ServersOnRedis.patiently;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A room that keeps memory over several servers, each the command that users run, on one Redis. Its
 * guest counts in its memory and its globals from 100 on, and says 0 when it begins.
 * docs/operations.md has a table of these drills.
 */
@Timeout(value = 8, unit = TimeUnit.MINUTES)
class SharedMemoryDrillsTest {
  private static final int EACH = 150;

  @TempDir Path folder;
  private ServersOnRedis servers;
  private final List<Client> clients = new ArrayList<>();

  @BeforeEach
  void begin() {
    servers = new ServersOnRedis(folder, "tally");
  }

  @AfterEach
  void end() {
    clients.forEach(Client::close);
    if (servers != null) {
      servers.close();
    }
  }

  @Test
  void aRoomCountsInItsMemoryOverServersWithDifferentEnginesThroughAKillAndARestart()
      throws Exception {
    ServerProcess doomed = servers.start();
    ServerProcess other = servers.start(Map.of("SANDBOX_ENGINE", "wasmtime"));
    Client ann = join(doomed);
    Client bob = join(other);
    for (int i = 0; i < EACH; i++) {
      ann.say("1");
      bob.say("1");
    }
    for (Client client : clients) {
      patiently().until(() -> counts(client).size() >= 2 * EACH);
      assertThat(counts(client)).isEqualTo(from101To(100 + 2 * EACH));
    }
    assertThat(numbers(ann)).containsOnlyOnce(0);
    assertThat(numbers(bob)).doesNotContain(0);

    for (int i = 0; i < EACH; i++) {
      ann.say("1"); // some of these in vain
      bob.say("1");
      if (i == EACH / 2) {
        patiently().until(() -> counts(bob).size() > 2 * EACH + 10);
        doomed.kill();
      }
    }
    long before = answers(bob);
    bob.say("n");
    patiently().until(() -> answers(bob) > before);
    int last = 100 + counts(bob).size();
    assertThat(counts(bob)).isEqualTo(from101To(last));
    assertThat(numbers(bob)).endsWith(-last).doesNotContain(0);
    assertThat(last).isBetween(100 + 3 * EACH, 100 + 4 * EACH);

    other.stop();
    Client zoe = join(servers.start());
    zoe.say("1");
    patiently().until(() -> !counts(zoe).isEmpty());
    assertThat(numbers(zoe)).containsExactly(-last, last + 1);
  }

  @Test
  void whereMemoryIsNotSharedAServerSaysSoOnceWhenARoomHasUsersOnTwo() throws Exception {
    Map<String, String> off = Map.of("SANDBOX_LIMITS_ROOMMEMORYBYTES", "0");
    ServerProcess one = servers.start(off);
    Client ann = join(one);
    ServerProcess two = servers.start(off);
    Client bob = join(two);
    for (int i = 0; i < 5; i++) {
      bob.say("1");
    }
    patiently().until(() -> counts(ann).size() >= 5);
    ann.say("1");

    patiently().until(() -> counts(ann).size() >= 6);
    assertThat(numbers(ann)).containsExactly(0, -100, 0, -100, 101, 102, 103, 104, 105, 101);
    for (ServerProcess server : List.of(one, two)) {
      patiently().until(() -> !complaints(server).isEmpty());
      assertThat(complaints(server)).hasSize(1);
      assertThat(complaints(server).get(0))
          .contains("echo", "hall", "several servers", "limits.roomMemoryBytes is 0");
    }
  }

  private static List<String> complaints(ServerProcess server) {
    return server.log().stream().filter(line -> line.contains("by itself")).toList();
  }

  private static List<Integer> from101To(int last) {
    return IntStream.rangeClosed(101, last).boxed().toList();
  }

  /** What a client has heard that was counted. */
  private static List<Integer> counts(Client client) {
    return numbers(client).stream().filter(number -> number > 0).toList();
  }

  /** How often somebody was told how far the room has counted; it begins with 0. */
  private static long answers(Client client) {
    return numbers(client).stream().filter(number -> number <= 0).count();
  }

  private static List<Integer> numbers(Client client) {
    return client.rest().stream()
        .map(
            payload ->
                ByteBuffer.wrap(payload.bytes().toArray()).order(ByteOrder.LITTLE_ENDIAN).getInt())
        .toList();
  }

  private Client join(ServerProcess server) {
    Client client = server.connect(servers.http(), "echo", "hall");
    clients.add(client);
    client.say("n"); // which tells the number, negated
    patiently().until(() -> !client.rest().isEmpty()); // and so it is in the room
    return client;
  }
}
