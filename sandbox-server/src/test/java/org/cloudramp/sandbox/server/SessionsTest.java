package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.server.jointoken.Issuer;
import org.cloudramp.sandbox.server.jointoken.Issuer.Algorithm;
import org.cloudramp.sandbox.testkit.Guests;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Sessions on one server whose rooms have logs in memory: docs/protocol.md. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class SessionsTest {
  private static final String V1 = "sandbox.v1";

  @TempDir Path store;
  private final Deque<Long> resumes = new ArrayDeque<>();
  private TestServer server;

  @BeforeEach
  void start() {
    restart("rooms.grace", "1m");
  }

  private void restart(String... more) {
    List<String> settings = new ArrayList<>(List.of("rooms.shared", "always"));
    settings.addAll(List.of(more));
    if (server != null) {
      server.close();
    }
    server = TestServer.start(store, settings.toArray(String[]::new));
    server.publish("echo", Guests.wasm("echo"));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private Client socket() {
    return socket("hall");
  }

  private Client socket(String room) {
    Client socket = server.offer("echo", room, V1, "cloudramp.join");
    assertThat(socket.subprotocol()).isEqualTo(V1);
    return socket;
  }

  private SessionClient session() {
    SessionClient client = SessionClient.join(socket());
    client.await("+" + client.id());
    return client;
  }

  @Test
  void aSessionHearsWhatAPlainConnectionHears() {
    SessionClient ann = session();
    Client bob = server.join("echo", "hall");

    ann.say("one");
    bob.await("one");
    bob.say("two");
    ann.await("two");

    assertThat(ann.heard()).containsExactly("+" + ann.id(), "+" + bob.id(), "one", "two");
    ann.until(() -> ann.untaken() == 0);
  }

  @Test
  void aClientThatComesBackHasMissedNothingAndTheRoomHasNoticedNothing() {
    SessionClient ann = session();
    Client bob = server.join("echo", "hall");
    ann.say("before");
    bob.await("before");

    ann.socket().vanish();
    for (int i = 0; i < 100; i++) {
      bob.say("m" + i);
    }
    bob.await("m99");
    ann.resume(socket());

    ann.await("m99");
    bob.say("after");
    ann.await("after");
    List<String> expected = new ArrayList<>(List.of("+" + ann.id(), "+" + bob.id(), "before"));
    for (int i = 0; i < 100; i++) {
      expected.add("m" + i);
    }
    expected.add("after");
    assertThat(ann.heard()).isEqualTo(expected);
    bob.await("after");
    assertThat(bob.rest()).isEmpty();
  }

  @Test
  void aMessageThatIsSentAgainIsTakenOnce() {
    SessionClient ann = session();
    Client bob = server.join("echo", "hall");
    ann.send(1, "one");
    bob.await("one");

    ann.resume(socket());
    ann.send(1, "one"); // as if it had not been told
    ann.send(2, "two");

    assertThat(bob.next().text()).isEqualTo("two");
  }

  @Test
  void whoAsksIsToldWhichOfTheirMessagesHaveHadNoEffect() {
    server.publish("trap", Guests.wasm("trap"));
    SessionClient ann = SessionClient.join(server.offer("trap", "hall", V1, "cloudramp.join"));
    SessionClient bob = SessionClient.join(server.offer("trap", "hall", V1, "cloudramp.join"));

    ann.askForFailures();
    ann.say("u");
    ann.say("fine");
    ann.say("l");
    bob.say("u");

    ann.until(() -> ann.untaken() == 0);
    bob.until(() -> bob.untaken() == 0);
    assertThat(ann.failed()).containsExactly("1 trapped", "3 deadline");
    assertThat(bob.failed()).as("has not asked").isEmpty();
  }

  @Test
  void aSocketThatBreaksFiftyTimesLosesNothingEitherWay() {
    SessionClient ann = session();
    Client bob = server.join("echo", "hall");
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      bob.say("b" + i);
      ann.say("a" + i);
      if (i % 10 < 8) { // sooner than a pause, and less often than 20 times in ten seconds allows
        ann.await("a" + i);
      }
      expected.add("a" + i);
      expected.add("b" + i);
      ann.resume(resumableSocket());
      resumes.add(System.nanoTime());
    }

    ann.until(() -> ann.heard().containsAll(expected));
    assertThat(ann.heard()).doesNotHaveDuplicates();
    assertThat(ann.heard().stream().filter(text -> text.startsWith("a")))
        .isEqualTo(expected.stream().filter(text -> text.startsWith("a")).toList());
    assertThat(ann.heard().stream().filter(text -> text.startsWith("b")))
        .isEqualTo(expected.stream().filter(text -> text.startsWith("b")).toList());
    assertThat(ann.heard()).noneMatch(text -> text.startsWith("-"));
  }

  /** Waits where one more would be the 21st within ten seconds. */
  private Client resumableSocket() {
    if (resumes.size() == 20) {
      long until = resumes.remove() + TimeUnit.SECONDS.toNanos(10);
      await().atMost(TestServer.PATIENCE).until(() -> System.nanoTime() - until > 0);
    }
    return socket();
  }

  @Test
  void whenTheGraceIsOverTheSessionLeavesOnceAndItsClientBeginsAnew() {
    restart("rooms.grace", "1s", "server.patience", "2s");
    SessionClient ann = session();
    String first = ann.id();
    Client bob = server.join("echo", "hall");

    ann.socket().vanish();
    assertThat(bob.next().text()).isEqualTo("-" + first);
    ann.resume(socket());

    assertThat(ann.beginning()).isEqualTo(1);
    assertThat(ann.id()).isNotEqualTo(first);
    assertThat(bob.next().text()).isEqualTo("+" + ann.id());
    bob.say("x");
    assertThat(bob.next().text()).isEqualTo("x");
    assertThat(server.used("awaySessions")).isZero();
  }

  @Test
  void whoSaysGoodbyeLeavesAtOnce() {
    SessionClient ann = session();
    Client bob = server.join("echo", "hall");

    ann.socket().leave(1000, "");

    assertThat(bob.next().text()).isEqualTo("-" + ann.id());
  }

  @Test
  void whenMoreIsMissedThanTheLogHasTheSessionIsOverAndAllAreToldSo() {
    restart("kv.memory.logEntries", "256");
    SessionClient ann = session();
    String first = ann.id();
    Client bob = server.join("echo", "hall");
    ann.socket().vanish();
    for (int i = 0; i < 300; i++) {
      bob.say("m" + i);
    }
    bob.await("m299");

    ann.resume(socket());

    assertThat(ann.beginning()).isEqualTo(2);
    assertThat(bob.next(2).stream().map(Payload::text))
        .containsExactly("-" + first, "+" + ann.id());
    bob.say("after");
    ann.await("after");
    assertThat(ann.heard()).containsExactly("+" + ann.id(), "after");
  }

  @Test
  void aPositionThatIsNotOfThisLogIsNeverResumed() {
    SessionClient elsewhere =
        SessionClient.join(server.offer("echo", "attic", V1, "cloudramp.join"));
    for (int i = 0; i < 4; i++) {
      SessionClient ann = session();
      if (i == 0) {
        ann.offset(ann.offset() + (1000L << 20)); // in the future
      } else if (i == 1) {
        ann.offset(ann.offset() ^ 2); // of something else that was said there
      } else if (i == 2) {
        ann.epoch("11111111-2222-3333-4444-555555555555"); // of nobody
      } else {
        ann.epoch(elsewhere.epoch()); // of another room
      }

      ann.resume(socket());

      assertThat(ann.beginning()).isEqualTo(2);
      ann.close();
    }
  }

  /** An offset that somebody has changed says that something else was said there. */
  @Test
  void anOffsetWithAnyOtherBitOfItsStampIsNeverResumed() {
    for (int bit = 0; bit < 20; bit++) {
      SessionClient ann = session();
      ann.say("before " + bit);
      ann.await("before " + bit);
      String first = ann.id();
      long tampered = ann.offset() ^ 1L << bit;
      if (tampered % (1 << 20) == 0) {
        continue; // a position of which nobody knows what is before it
      }
      ann.offset(tampered);

      ann.resume(socket());

      assertThat(ann.beginning()).as("it is told that it begins anew").isEqualTo(2);
      assertThat(ann.id()).isNotEqualTo(first);
      ann.await("+" + ann.id());
      ann.say("after");
      ann.await("after");
      assertThat(ann.heard()).containsExactly("+" + ann.id(), "after");
      ann.socket().leave(1000, "");
    }
  }

  @Test
  void aForgedOrOldSecretIsRefusedAndTheSessionGoesOn() {
    SessionClient ann = session();
    byte[] old = ann.secret();
    ann.resumeBeside(socket());
    ann.say("here");
    ann.await("here");

    for (byte[] wrong : List.of(old, new byte[32])) {
      Client thief = socket();
      thief.say(ann.resumeFrame(wrong, new byte[32]));
      assertThat(thief.closed().code()).isEqualTo(4010);
      assertThat(thief.rest()).isEmpty();
    }

    ann.say("still here");
    ann.await("still here");
  }

  @Test
  void aSessionIsUnknownInOtherRoomsOfItsServiceAndOfOthers() {
    server.publish("neighbour", Guests.wasm("echo"));
    SessionClient ann = session();
    for (Client elsewhere :
        List.of(
            server.offer("echo", "attic", V1, "cloudramp.join"),
            server.offer("neighbour", "hall", V1, "cloudramp.join"))) {
      SessionClient made = SessionClient.join(server.offer("echo", "cellar", V1, "cloudramp.join"));
      made.beginAs(ann);

      made.resumeBeside(elsewhere);

      assertThat(made.beginning()).as("as if it had never been").isEqualTo(1);
      assertThat(made.id()).isNotEqualTo(ann.id());
      made.await("+" + made.id());
      assertThat(made.heard()).containsExactly("+" + made.id());
    }
    ann.say("still here");
    ann.await("still here");
    assertThat(ann.heard()).containsExactly("+" + ann.id(), "still here");
  }

  @Test
  void aSessionGoesOnWithATokenOfItsUserOnly() throws Exception {
    Issuer issuer = new Issuer();
    Path keys = Files.writeString(store.resolve("keys"), issuer.jwks(Algorithm.EdDSA));
    restart(
        "server.join.keys",
        keys.toString(),
        "server.join.issuer",
        Issuer.NAME,
        "server.join.audience",
        Issuer.AUDIENCE,
        "server.join.rooms",
        "token");
    SessionClient ann = SessionClient.join(socketOf(issuer, "ann"));
    ann.await("+" + ann.id());

    Client bob = socketOf(issuer, "bob");
    bob.say(ann.resumeFrame());

    assertThat(bob.closed().code()).isEqualTo(4010);
    assertThat(bob.rest()).isEmpty();
    ann.say("still here");
    ann.await("still here");
    ann.resume(socketOf(issuer, "ann"));
    assertThat(ann.resumes()).isEqualTo(1);
  }

  private Client socketOf(Issuer issuer, String user) {
    Map<String, String> claims = Issuer.claims(Instant.now().getEpochSecond());
    claims.put("sub", Issuer.quoted(user));
    claims.put("service", Issuer.quoted("echo"));
    claims.put("room", Issuer.quoted("hall"));
    String token = issuer.token(Algorithm.EdDSA, claims);
    return server.offer("echo", "hall", V1, "cloudramp.join", "cloudramp.token." + token);
  }

  @Test
  void aSecondSocketWithTheSecretEndsTheFirst() {
    SessionClient ann = session();
    Client first = ann.socket();

    ann.resumeBeside(socket());

    assertThat(first.closed().code()).isEqualTo(4009);
    ann.say("here");
    ann.await("here");
    assertThat(ann.heard()).containsExactly("+" + ann.id(), "here");
  }

  @Test
  void whoseAnswerWasLostComesBackWithTheSameTwoSecrets() {
    SessionClient ann = session();
    byte[] next = new byte[32];
    next[0] = 7;
    byte[] frame = ann.resumeFrame(ann.secret(), next);
    Client lost = socket();
    lost.say(frame);
    lost.next();
    lost.vanish();

    Client again = socket();
    again.say(frame);

    assertThat(again.next().bytes().toArray()[0]).isEqualTo((byte) SessionClient.RESUMED);
  }

  @Test
  void aSessionThatIsResumedTooOftenIsToldToWait() {
    SessionClient ann = session();
    for (int i = 0; i < 20; i++) {
      ann.resume(socket());
    }
    Client once = socket();
    once.say(ann.resumeFrame(ann.secret(), new byte[32]));

    assertThat(once.closed().code()).isEqualTo(4008);
  }

  private static List<String> said(SessionClient client) {
    return client.heard().stream().filter(text -> text.matches("[a-z].*")).toList();
  }

  @Test
  void aThousandResumesOfOneSessionAtOnceHarmNobody() {
    restart("server.patience", "1m"); // with those who are connected and wait for the others
    SessionClient ann = session();
    Client bob = server.join("echo", "hall");
    byte[] frame = ann.resumeFrame(); // with its own secrets
    List<Client> flood = Stream.generate(this::socket).limit(1_000).toList();

    long begin = System.nanoTime();
    flood.forEach(each -> each.say(frame));
    for (int i = 0; i < 100; i++) {
      bob.say("m" + i);
    }
    bob.await("m99");
    await()
        .atMost(TestServer.PATIENCE)
        .until(() -> flood.stream().filter(each -> !each.isClosed()).count() <= 1);
    long tensOfSeconds = 1 + (System.nanoTime() - begin) / TimeUnit.SECONDS.toNanos(10);

    assertThat(flood.stream().filter(Client::isClosed).map(each -> each.closed().code()))
        .isSubsetOf(4008, 4009)
        .contains(4008);
    assertThat(flood.stream().filter(each -> !each.rest().isEmpty()).count())
        .as("as many as may come back in ten seconds")
        .isBetween(1L, 20 * tensOfSeconds);
    assertThat(bob.rest()).as("nobody has come or gone").isEmpty();
    // The last that has got through is the session's; it has missed nothing.
    Client last = flood.stream().filter(each -> !each.isClosed()).findFirst().orElseThrow();
    SessionClient goesOn = ann.onTo(last);
    goesOn.until(() -> said(goesOn).size() == 100);
    goesOn.say("here");
    bob.await("here");
    flood.forEach(Client::close);
  }

  @Test
  void aThousandSessionsWhoseSocketsBreakAtOnceAllGoOnAndMissNothing() {
    restart("rooms.grace", "2m", "server.awaySessions", "4000", "server.patience", "1m");
    Map<Client, List<SessionClient>> rooms = new LinkedHashMap<>();
    Map<SessionClient, String> places = new LinkedHashMap<>();
    for (int room = 0; room < 100; room++) {
      String name = "room" + room;
      List<SessionClient> members =
          Stream.generate(() -> SessionClient.join(socket(name))).limit(10).toList();
      rooms.put(server.join("echo", name), members);
      members.forEach(member -> places.put(member, name));
      members.forEach(member -> member.say("before " + members.indexOf(member)));
      members.forEach(member -> member.until(() -> member.untaken() == 0)); // so it may go away
    }

    places.keySet().forEach(member -> member.socket().vanish());
    await().atMost(TestServer.PATIENCE).until(() -> server.used("awaySessions") == 1_000);
    rooms.forEach(
        (witness, members) -> {
          members.forEach(member -> member.say("away " + members.indexOf(member)));
          for (int i = 0; i < 5; i++) {
            witness.say("missed " + i);
          }
        });
    Map<SessionClient, Client> sockets = new LinkedHashMap<>();
    places.forEach((member, room) -> sockets.put(member, socket(room)));
    sockets.forEach(SessionClient::askToResume);
    // Each then sends again what it has said meanwhile.
    places.keySet().forEach(member -> member.until(() -> member.resumes() == 1));

    rooms.forEach(
        (witness, members) -> {
          List<String> expected = new ArrayList<>();
          for (int i = 0; i < 10; i++) {
            expected.addAll(List.of("before " + i, "away " + i));
          }
          for (int i = 0; i < 5; i++) {
            expected.add("missed " + i);
          }
          members.forEach(member -> member.until(() -> said(member).size() == expected.size()));
          await().atMost(TestServer.PATIENCE).until(() -> witness.rest().size() >= expected.size());
          List<String> sequence = witness.rest().stream().map(Payload::text).toList();
          assertThat(sequence).as("nobody has left or joined").hasSameElementsAs(expected);
          assertThat(sequence).doesNotHaveDuplicates();
          for (SessionClient member : members) {
            assertThat(member.resumes()).as("goes on, and did not begin anew").isEqualTo(1);
            assertThat(said(member)).isEqualTo(sequence);
            assertThat(member.heard()).noneMatch(text -> text.startsWith("-"));
          }
        });
    assertThat(server.used("awaySessions")).isZero();
    places.keySet().forEach(SessionClient::close);
  }

  @Test
  void whatIsNoFrameEndsTheConnection() {
    byte[][] wrong = {
      {}, {9}, {1, 0}, {2}, {16, 1, 0, 0, 0, 0, 0, 0, 0, 'x'}, {3}, {2, -1, -1, -1, 127},
    };
    for (byte[] frame : wrong) {
      Client client = socket();
      client.say(frame);
      assertThat(client.closed().code()).isEqualTo(1002);
    }
    Client text = socket();
    text.say("hello");
    assertThat(text.closed().code()).isEqualTo(1002);
    SessionClient ann = session();
    ann.socket().say(new byte[] {1});
    assertThat(ann.socket().closed().code()).isEqualTo(1002);
    SessionClient bob = session();
    bob.socket().say(new byte[] {16, 1, 0, 0, 0, 0, 0, 0, 0, -1});
    assertThat(bob.socket().closed().code()).isEqualTo(1002);
  }

  @Test
  void moreSessionsThanMayBeAwayLeaveAtOnce() {
    restart("rooms.grace", "1m", "server.awaySessions", "1");
    Client witness = server.join("echo", "hall");
    SessionClient ann = session();
    SessionClient bob = session();
    witness.await("+" + bob.id());

    ann.socket().vanish();
    await().atMost(TestServer.PATIENCE).until(() -> server.used("awaySessions") == 1);
    bob.socket().vanish();

    assertThat(witness.next().text()).isEqualTo("-" + bob.id());
    assertThat(ann.resume(socket()).resumes()).isEqualTo(1);
  }

  @Test
  void withoutLogsThereAreNoSessions() {
    server.close();
    server = TestServer.start(store);
    server.publish("echo", Guests.wasm("echo"));

    Client client = server.offer("echo", "hall", V1, "cloudramp.join");

    assertThat(client.subprotocol()).isEqualTo("cloudramp.join");
    assertThat(client.next().text()).startsWith("+");
  }
}
