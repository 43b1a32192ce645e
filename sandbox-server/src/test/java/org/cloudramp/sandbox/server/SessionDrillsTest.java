package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cloudramp.sandbox.server.ServersOnRedis.patiently;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
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
  private static final int ROOMS = ServersOnRedis.LARGE ? 100 : 10;
  private static final int SESSIONS_OF_ROOM = 20;
  private static final int AT_ONCE = 32;
  private static final int BREAKS = ServersOnRedis.LARGE ? 50 : 10;
  private static final String LEASE = ServersOnRedis.LARGE ? "10s" : "5s";
  private static final Duration REDIS_IS_FROZEN_FOR = Duration.ofSeconds(5);

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

  @Test
  void aServerThatIsStoppedWhileEverybodySpeaksLosesNothing() throws Exception {
    try (SessionCrowd crowd = new SessionCrowd(servers)) {
      ServerProcess stopping = start();
      ServerProcess other = start();
      crowd.join(stopping, SESSIONS);
      crowd.join(other, SESSIONS);
      Client witness = other.connect(servers.http(), "echo", "hall");
      witness.learnId(witness.next().text());
      crowd.say(200);
      crowd.awaitHeard(100); // the others are on their way
      crowd.comeBackTo(other);

      stopping.beginStop();
      patiently()
          .pollInterval(Duration.ofMillis(20))
          .until(
              () -> {
                crowd.say(10);
                crowd.goOn();
                return !stopping.isAlive();
              });
      crowd.say(100);

      crowd.awaitHeard(crowd.said());
      List<String> sequence = crowd.assertThatNothingIsLostDoubledOrOutOfOrder();
      patiently().until(() -> SessionCrowd.heard(witness).size() >= sequence.size());
      assertThat(SessionCrowd.heard(witness)).isEqualTo(sequence);
      assertThat(SessionCrowd.leaves(witness)).isEmpty();
    }
  }

  @Test
  void whileRedisStandsStillNothingThatSessionsSayIsLostOrDoubled() throws Exception {
    Map<SessionClient, ServerProcess> homes = new LinkedHashMap<>();
    for (ServerProcess server : List.of(start(), start())) {
      fill(server).forEach(client -> homes.put(client, server));
    }
    List<SessionClient> all = List.copyOf(homes.keySet());
    List<String> said = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      said.add("m" + i);
      all.get(i % all.size()).say("m" + i);
    }
    all.get(0).await("m99");

    servers.redis().freeze();
    long thaw = System.nanoTime() + REDIS_IS_FROZEN_FOR.toNanos();
    for (int i = 100; i < 300; i++) { // several of each, so that some wait behind one that fails
      said.add("m" + i);
      all.get(i % all.size()).say("m" + i);
    }
    patiently().until(() -> System.nanoTime() - thaw >= 0);
    servers.redis().thaw();

    patiently().until(() -> haveHeard(homes, said.size()));
    for (SessionClient client : all) {
      assertThat(client.beginning()).as("goes on, and did not begin anew").isLessThan(1);
    }
    List<String> sequence = all.get(0).heard().stream().filter(SessionDrillsTest::isSaid).toList();
    assertThat(sequence).containsExactlyInAnyOrderElementsOf(said);
    for (SessionClient client : all) {
      assertThat(client.heard().stream().filter(SessionDrillsTest::isSaid)).isEqualTo(sequence);
      assertThat(client.heard()).noneMatch(text -> text.startsWith("-"));
    }
  }

  @Test
  void allSessionsOfAServerThatIsKilledComeBackAtOnceAndMissNothing() throws Exception {
    // Nobody waits for a leave here, and two thousand may need as long as users have by default.
    Map<String, String> terms = Map.of("SANDBOX_ROOMS_GRACE", "60s");
    ServerProcess doomed = start(terms);
    ServerProcess other = start(terms);
    List<List<SessionClient>> rooms = new ArrayList<>();
    for (int room = 0; room < ROOMS; room++) {
      List<SessionClient> members = new ArrayList<>();
      for (int i = 0; i < SESSIONS_OF_ROOM; i++) {
        members.add(SessionClient.join(socket(doomed, "room" + room)));
      }
      members.forEach(member -> member.say("m" + members.indexOf(member)));
      members.forEach(member -> member.until(() -> said(member).size() == SESSIONS_OF_ROOM));
      rooms.add(members);
      sessions.addAll(members);
    }

    doomed.kill();
    for (List<SessionClient> members : rooms) { // without a socket
      members.forEach(member -> member.say("m" + (SESSIONS_OF_ROOM + members.indexOf(member))));
    }
    ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE);
    try {
      List<CompletableFuture<?>> resumes = new ArrayList<>();
      for (int i = 0; i < SESSIONS_OF_ROOM; i++) {
        for (int room = 0; room < ROOMS; room++) {
          SessionClient member = rooms.get(room).get(i);
          String name = "room" + room;
          resumes.add(
              CompletableFuture.runAsync(
                  () -> // again, if it is told to come later
                  patiently().until(() -> member.tryResume(socket(other, name))),
                  threads));
        }
      }
      resumes.forEach(CompletableFuture::join);
    } finally {
      threads.shutdownNow();
    }

    for (List<SessionClient> members : rooms) {
      members.forEach(member -> member.until(() -> said(member).size() == 2 * SESSIONS_OF_ROOM));
      List<String> sequence = said(members.get(0));
      assertThat(sequence).doesNotHaveDuplicates();
      for (SessionClient member : members) {
        assertThat(member.resumes()).as("goes on, and did not begin anew").isEqualTo(1);
        assertThat(said(member)).isEqualTo(sequence);
        assertThat(member.heard()).noneMatch(text -> text.startsWith("-"));
      }
    }
  }

  private static List<String> said(SessionClient client) {
    return client.heard().stream().filter(SessionDrillsTest::isSaid).toList();
  }

  /** Whether all have heard so much, who come again whenever their server sends them away. */
  private boolean haveHeard(Map<SessionClient, ServerProcess> homes, int messages) {
    boolean[] all = {true};
    homes.forEach(
        (client, home) -> {
          client.drain();
          if (client.socket().isClosed()) {
            boolean unused = client.tryResume(socket(home));
          }
          all[0] &= client.heard().stream().filter(SessionDrillsTest::isSaid).count() >= messages;
        });
    return all[0];
  }

  /** At first it goes on within its lease, and then when others have taken it for dead. */
  @Test
  void whileAServerStandsStillItsSessionsGoOnOnAnotherAndItDoesNothingTwiceAfterwards()
      throws Exception {
    try (SessionCrowd crowd = new SessionCrowd(servers)) {
      Map<String, String> terms =
          Map.of(
              "SANDBOX_ROOMS_LEASE", LEASE,
              "SANDBOX_ROOMS_RENEW", "1s",
              "SANDBOX_ROOMS_GRACE", "4s");
      ServerProcess frozen = start(terms);
      ServerProcess other = start(terms);
      List<SessionClient> early = crowd.join(frozen, 2);
      List<SessionClient> late = crowd.join(frozen, 3);
      crowd.join(other, 3);
      SessionClient quitter = join(frozen);
      Client plain = frozen.connect(servers.http(), "echo", "hall");
      plain.learnId(plain.next().text());
      Client witness = other.connect(servers.http(), "echo", "hall");
      witness.learnId(witness.next().text());
      crowd.say(40);
      crowd.awaitHeard(40);
      List<OldSocket> left = new ArrayList<>();

      frozen.freeze();
      crowd.say(40); // of these, some go into sockets that nobody reads
      moveAll(crowd, early, other, left);
      crowd.say(40);
      frozen.thaw();
      crowd.awaitHeard(120);
      frozen.freeze();
      plain.say("too late");
      crowd.say(40);
      moveAll(crowd, late, other, left);
      crowd.awaitHeard(160);
      // Longer than the lease: one leaves when that has ended, and the other a grace later.
      patiently().until(() -> SessionCrowd.leaves(witness).size() >= 2);
      crowd.say(40);
      frozen.thaw();
      crowd.awaitHeard(200);
      assertThat(plain.closed().code()).isEqualTo(1012);
      late.forEach(client -> crowd.move(client, frozen)); // it has started over
      crowd.say(40);

      crowd.awaitHeard(240);
      List<String> sequence = crowd.assertThatNothingIsLostDoubledOrOutOfOrder();
      patiently().until(() -> SessionCrowd.heard(witness).size() >= sequence.size());
      assertThat(SessionCrowd.heard(witness)).isEqualTo(sequence);
      assertThat(SessionCrowd.leaves(witness))
          .containsExactlyInAnyOrder("-" + quitter.id(), "-" + plain.id());
      assertThat(SessionCrowd.texts(witness)).doesNotContain("too late");
      for (OldSocket each : left) {
        assertThat(each.socket().closed().code()).isIn(1012, 4009);
        List<String> told =
            SessionClient.messages(each.socket()).stream()
                .filter(SessionDrillsTest::isSaid)
                .toList();
        if (!told.isEmpty()) {
          int from = sequence.indexOf(told.get(0));
          assertThat(from).isGreaterThanOrEqualTo(each.heardBefore());
          assertThat(told)
              .as("what is told by way of a socket that was given up")
              .isEqualTo(sequence.subList(from, from + told.size()));
        }
      }
    }
  }

  private record OldSocket(Client socket, int heardBefore) {}

  /** Sessions go on by way of another server, and do not close the sockets that they have. */
  private static void moveAll(
      SessionCrowd crowd, List<SessionClient> clients, ServerProcess to, List<OldSocket> left) {
    for (SessionClient client : clients) {
      client.drain();
      left.add(new OldSocket(client.socket(), SessionCrowd.heard(client).size()));
      crowd.move(client, to);
    }
  }

  @Test
  void aConnectionThatBreaksAgainAndAgainOverTwoServersLosesNothingEitherWay() throws Exception {
    try (SessionCrowd crowd = new SessionCrowd(servers)) {
      List<ServerProcess> both = List.of(start(), start());
      Map<ServerProcess, Deque<Long>> resumes = new HashMap<>();
      SessionClient unsteady = crowd.join(both.get(0), 1).get(0);
      both.forEach(server -> crowd.join(server, 3));
      Client witness = both.get(1).connect(servers.http(), "echo", "hall");
      witness.learnId(witness.next().text());
      Random random = new Random(13);

      for (int i = 0; i < BREAKS; i++) {
        crowd.say(random.nextInt(20)); // all in turn
        if (random.nextBoolean()) {
          crowd.awaitHeard(random.nextInt(crowd.said() + 1));
        }
        crowd.say(random.nextInt(20));
        if (random.nextBoolean()) {
          unsteady.socket().vanish();
        } // else the server finds out only when it comes back
        crowd.say(random.nextInt(20)); // perhaps without a socket
        ServerProcess next = both.get(random.nextInt(2));
        awaitAllowed(resumes.computeIfAbsent(next, server -> new ArrayDeque<>()));
        crowd.move(unsteady, next);
      }
      crowd.say(20);

      crowd.awaitHeard(crowd.said());
      assertThat(unsteady.resumes()).isGreaterThanOrEqualTo(BREAKS);
      List<String> sequence = crowd.assertThatNothingIsLostDoubledOrOutOfOrder();
      patiently().until(() -> SessionCrowd.heard(witness).size() >= sequence.size());
      assertThat(SessionCrowd.heard(witness)).isEqualTo(sequence);
      assertThat(SessionCrowd.texts(witness)).hasSize(sequence.size());
    }
  }

  /** Waits where one more resume would be the 21st within ten seconds on that server. */
  private static void awaitAllowed(Deque<Long> resumes) {
    if (resumes.size() == 20) {
      long until = resumes.remove() + TimeUnit.SECONDS.toNanos(11);
      patiently().until(() -> System.nanoTime() - until > 0);
    }
    resumes.add(System.nanoTime());
  }

  @Test
  void whenRedisHasLostEverythingSessionsBeginAnewAndAreToldSo() throws Exception {
    ServerProcess one = start();
    ServerProcess two = start();
    SessionClient ann = join(one);
    SessionClient bob = join(two);
    ann.say("before");
    bob.await("before");

    servers.redis().empty();

    assertThat(ann.socket().closed().code()).isEqualTo(1012);
    assertThat(bob.socket().closed().code()).isEqualTo(1012);
    String wasAnn = ann.id();
    patiently().until(() -> ann.tryResume(socket(one)));
    patiently().until(() -> bob.tryResume(socket(two)));
    assertThat(ann.beginning()).isPositive();
    assertThat(bob.beginning()).isPositive();
    assertThat(ann.id()).isNotEqualTo(wasAnn);
    // A server that finds out only now that it has lost its place starts over once more.
    patiently()
        .until(
            () -> {
              boolean areIn = isIn(ann, one) && isIn(bob, two);
              if (areIn) {
                ann.say("after");
              }
              bob.drain();
              return bob.heard().contains("after");
            });
    assertThat(bob.heard()).doesNotContain("before");
  }

  private boolean isIn(SessionClient client, ServerProcess server) throws Exception {
    client.drain();
    return !client.socket().isClosed() || client.tryResume(socket(server));
  }

  private static boolean isSaid(String text) {
    return text.matches("m\\d+");
  }

  private static List<String> texts(Client client) {
    return client.rest().stream().map(Payload::text).toList();
  }

  private ServerProcess start() throws Exception {
    return start(Map.of("SANDBOX_ROOMS_GRACE", "12s"));
  }

  private ServerProcess start(Map<String, String> terms) throws Exception {
    Map<String, String> settings = new HashMap<>(terms);
    settings.put("SANDBOX_KV_REDIS_LOGENTRIES", "4096");
    return servers.start(settings);
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
    return socket(server, "hall");
  }

  private Client socket(ServerProcess server, String room) {
    URI uri = URI.create(server.uri().toString().replaceFirst("http", "ws"));
    return Client.offer(servers.http(), uri.resolve("/rooms/echo/" + room), "sandbox.v1");
  }
}
