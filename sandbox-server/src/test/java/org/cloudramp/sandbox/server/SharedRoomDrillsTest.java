package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cloudramp.sandbox.server.ServersOnRedis.patiently;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.testkit.servers.WatchedProcess;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * One room over several servers, each the command that users run, on one Redis: what is promised
 * when one of them fails. docs/operations.md has a table of these drills.
 */
@Timeout(value = 8, unit = TimeUnit.MINUTES)
class SharedRoomDrillsTest {
  private static final int CLIENTS_PER_SERVER = ServersOnRedis.LARGE ? 34 : 12;
  private static final int MESSAGES = ServersOnRedis.LARGE ? 20_000 : 2_400;
  private static final Duration REDIS_IS_FROZEN_FOR = Duration.ofSeconds(5);
  private static final byte[] PONG = {(byte) 0x8a, (byte) 0x80, 0, 0, 0, 0};

  /** Two pings, and longer. */
  private static final Duration STANDS_STILL = Duration.ofSeconds(5);

  /** More than the pause between two looks at a connection, and less than a ping. */
  private static final Duration ANSWERS_AFTER = Duration.ofMillis(600);

  @TempDir Path folder;
  private ServersOnRedis servers;
  private final List<Client> clients = new ArrayList<>();

  @BeforeEach
  void begin() {
    servers = new ServersOnRedis(folder);
  }

  @AfterEach
  void end() {
    clients.forEach(Client::close);
    if (servers != null) {
      servers.close();
    }
  }

  @Test
  void allClientsOfThreeServersSeeOneSequence() throws Exception {
    List<List<Client>> rooms =
        List.of(fill(servers.start()), fill(servers.start()), fill(servers.start()));
    List<Client> all = rooms.stream().flatMap(List::stream).toList();
    List<String> sent = new ArrayList<>();

    for (int i = 0; i < MESSAGES; i++) {
      String message = "m" + i;
      sent.add(message);
      all.get(i % all.size()).say(message);
    }

    for (Client client : all) {
      patiently().until(() -> messages(client).size() >= MESSAGES);
    }
    List<String> sequence = messages(all.get(0));
    assertThat(sequence).containsExactlyInAnyOrderElementsOf(sent);
    for (int c = 0; c < all.size(); c++) {
      assertThat(messages(all.get(c))).as("what client %d has heard", c).isEqualTo(sequence);
    }
    for (int c = 0; c < all.size(); c++) {
      int from = c;
      assertThat(sequence.stream().filter(m -> number(m) % all.size() == from))
          .as("the messages of client %d in its order", c)
          .isSortedAccordingTo((a, b) -> Integer.compare(number(a), number(b)));
    }
  }

  @Test
  void whenAServerIsKilledTheOthersMissNothingAndItsUsersLeaveOnceEach() throws Exception {
    ServerProcess doomed = servers.start();
    List<Client> lost = fill(doomed);
    List<Client> left = new ArrayList<>(fill(servers.start()));
    left.addAll(fill(servers.start()));
    List<String> sent = new ArrayList<>();

    for (int i = 0; i < MESSAGES; i++) {
      if (i == MESSAGES / 2) {
        patiently().until(() -> messages(left.get(0)).size() >= MESSAGES / 4);
        doomed.kill();
      }
      if (i % 3 == 0 && i < MESSAGES / 2) {
        lost.get(i % lost.size()).say("d" + i); // perhaps in vain
      } else {
        sent.add("m" + i);
        left.get(i % left.size()).say("m" + i);
      }
    }

    List<String> leaves = lost.stream().map(client -> "-" + client.id()).sorted().toList();
    for (Client client : left) {
      patiently()
          .until(
              () ->
                  heard(client, "m").size() >= sent.size()
                      && heard(client, "-").size() >= leaves.size());
    }
    List<String> sequence = messages(left.get(0));
    assertThat(sequence.stream().filter(m -> m.startsWith("m")))
        .containsExactlyInAnyOrderElementsOf(sent);
    assertThat(sequence).doesNotHaveDuplicates();
    for (Client client : left) {
      assertThat(messages(client)).isEqualTo(sequence);
      assertThat(heard(client, "-").stream().sorted()).isEqualTo(leaves);
    }
    // What its own clients have heard is what was committed, up to somewhere.
    for (Client client : lost) {
      List<String> until = messages(client);
      assertThat(until).isEqualTo(sequence.subList(0, until.size()));
    }
    Client late = join(servers.get(1));
    late.say("goes on");
    late.await("goes on");
  }

  @Test
  void aServerThatStandsStillIsFencedItsUsersLeaveOnceAndItStartsOver() throws Exception {
    ServerProcess frozen = servers.start();
    ServerProcess other = servers.start();
    List<Client> away = fill(frozen);
    List<Client> here = fill(other);
    Client witness = here.get(0);
    away.get(0).say("before");
    for (Client client : here) {
      client.await("before");
    }

    frozen.freeze();
    away.forEach(client -> client.say("too late")); // into its sockets
    List<String> leaves = away.stream().map(client -> "-" + client.id()).sorted().toList();
    patiently().until(() -> heard(witness, "-").size() >= leaves.size());
    frozen.thaw();

    for (Client client : away) {
      assertThat(client.closed().code()).isEqualTo(1012);
    }
    Client again = joinAgain(frozen);
    again.say("after");
    for (Client client : here) {
      patiently().until(() -> texts(client).contains("after"));
    }
    assertThat(heard(witness, "-").stream().sorted()).isEqualTo(leaves);
    assertThat(texts(witness)).doesNotContain("too late");
    assertThat(here).noneMatch(Client::isClosed);
  }

  @Test
  void whileRedisStandsStillNobodyIsTakenForDeadAndNothingIsLostOrDoubled() throws Exception {
    List<Client> all = new ArrayList<>(fill(servers.start()));
    all.addAll(fill(servers.start()));
    int said = 0;
    for (; said < 100; said++) {
      all.get(said % all.size()).say("m" + said);
    }
    patiently().until(() -> messages(all.get(0)).size() >= 100);

    servers.redis().freeze();
    long thaw = System.nanoTime() + REDIS_IS_FROZEN_FOR.toNanos();
    for (Client client : all) {
      client.say("m" + said++);
    }
    patiently().until(() -> System.nanoTime() - thaw >= 0);
    servers.redis().thaw();
    Client first = all.get(0);
    first.say("last");

    for (Client client : all) {
      patiently().until(() -> texts(client).contains("last"));
    }
    List<String> sequence = messages(first);
    assertThat(sequence).doesNotHaveDuplicates();
    assertThat(sequence).hasSizeGreaterThanOrEqualTo(100);
    for (Client client : all) {
      assertThat(messages(client)).isEqualTo(sequence);
      assertThat(heard(client, "-")).isEmpty();
      assertThat(client.isClosed()).isFalse();
    }
  }

  @Test
  void whenRedisHasLostEverythingAllAreToldToComeAgainAndTheRoomGoesOn() throws Exception {
    ServerProcess one = servers.start();
    ServerProcess two = servers.start();
    Client ann = join(one);
    Client bob = join(two);
    ann.say("before");
    bob.await("before");

    servers.redis().empty();

    assertThat(ann.closed().code()).isEqualTo(1012);
    assertThat(bob.closed().code()).isEqualTo(1012);
    // A server can lose its log and its lease one after the other: then they come twice.
    boolean goesOn =
        IntStream.range(0, 2).anyMatch(time -> hearsOfTheOther(joinAgain(one), joinAgain(two)));
    assertThat(goesOn).as("whether the room goes on").isTrue();
  }

  /** Whether one hears what another says, before either is told to come again. */
  private static boolean hearsOfTheOther(Client speaker, Client listener) {
    speaker.say("after");
    patiently()
        .until(
            () -> speaker.isClosed() || listener.isClosed() || texts(listener).contains("after"));
    return texts(listener).contains("after");
  }

  @Test
  void aServerThatIsStoppedLetsItsUsersLeaveBeforeItGoes() throws Exception {
    ServerProcess stopping = servers.start();
    List<Client> going = fill(stopping);
    Client witness = join(servers.start());

    stopping.stop();

    List<String> leaves = going.stream().map(client -> "-" + client.id()).sorted().toList();
    patiently().until(() -> heard(witness, "-").size() >= leaves.size());
    assertThat(heard(witness, "-").stream().sorted()).isEqualTo(leaves);
    assertThat(going).allMatch(client -> client.closed().code() == 1001);
  }

  @Test
  void whoeverAnswersAServerThatHasStoodStillIsNotGivenUp() throws Exception {
    ServerProcess server = servers.start(Map.of("SANDBOX_SERVER_PING", "2s"));
    try (RawSocket patient = new RawSocket(server.uri())) {
      patient.upgrade("echo", "hall");
      awaitPing(patient);

      server.freeze(); // which has asked
      patient.send(PONG);
      Thread.sleep(STANDS_STILL.toMillis());
      server.thaw();
      awaitPing(patient);
      patient.send(PONG);
      server.freeze(); // which has nothing to ask
      Thread.sleep(STANDS_STILL.toMillis());
      server.thaw();
      awaitPing(patient);
      Thread.sleep(ANSWERS_AFTER.toMillis());
      patient.send(PONG);

      awaitPing(patient);
    }
  }

  private static void awaitPing(RawSocket socket) {
    int first = socket.read();
    while (first != 0x89) {
      assertThat(first)
          .as("a frame of a text; a close begins with 136, and -1 is the end")
          .isEqualTo(0x81);
      for (int left = socket.read(); left > 0; left--) {
        socket.read();
      }
      first = socket.read();
    }
    assertThat(socket.read()).as("what a ping carries").isZero();
  }

  @Test
  void aSecondServerOfTheSameNameDoesNotStart() throws Exception {
    Map<String, String> named =
        Map.of(
            "SANDBOX_ROOMS_SERVER", "one",
            "SANDBOX_ROOMS_LEASE", "2s",
            "SANDBOX_ROOMS_RENEW", "500ms");
    servers.start(named);

    WatchedProcess second =
        ServerProcess.launch(folder, folder, servers.environment(named), "--port", "0");

    try (second) {
      assertThat(second.awaitEnd(Duration.ofMinutes(2)))
          .contains("rooms.server", "'one'", "another server");
    }
  }

  private static int number(String message) {
    return Integer.parseInt(message.substring(1));
  }

  /** What a client has heard that somebody has said. */
  private static List<String> messages(Client client) {
    return texts(client).stream().filter(text -> text.matches("[md]\\d+")).toList();
  }

  private static List<String> heard(Client client, String start) {
    return texts(client).stream().filter(text -> text.startsWith(start)).toList();
  }

  private static List<String> texts(Client client) {
    return client.rest().stream().map(Payload::text).toList();
  }

  /** So many clients, all of which are in the room. */
  private List<Client> fill(ServerProcess server) {
    return Stream.generate(() -> join(server)).limit(CLIENTS_PER_SERVER).toList();
  }

  private Client join(ServerProcess server) {
    Client client = server.connect(servers.http(), "echo", "hall");
    clients.add(client);
    client.learnId(client.next().text());
    return client;
  }

  /** A client that is in the room of a server that starts over. */
  private Client joinAgain(ServerProcess server) {
    return patiently().until(() -> tryJoin(server), Objects::nonNull);
  }

  /** A client that is in the room; null if it was not let in, as of a server that starts over. */
  private @Nullable Client tryJoin(ServerProcess server) {
    Client client = server.connect(servers.http(), "echo", "hall");
    clients.add(client);
    Awaitility.await()
        .atMost(TestServer.PATIENCE)
        .until(() -> client.isClosed() || !client.rest().isEmpty());
    if (client.rest().isEmpty()) {
      return null;
    }
    client.learnId(client.next().text());
    return client;
  }
}
