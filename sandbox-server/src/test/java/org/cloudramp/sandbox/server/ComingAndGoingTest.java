package org.cloudramp.sandbox.server;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.cloudramp.sandbox.server.Client.Closed;
import org.cloudramp.sandbox.testkit.Guests;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who gets into a room, who does not and is told why, and how people leave it. */
class ComingAndGoingTest {
  @TempDir Path store;
  private TestServer server;

  @BeforeEach
  void start() {
    server = TestServer.start(store);
    server.publish("echo", Guests.wasm("echo"));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void everybodyHearsWhoComesAndWhoGoes() {
    Client ada = server.join("echo", "lobby");
    Client ben = server.join("echo", "lobby");
    assertThat(ada.next().text()).isEqualTo("+" + ben.id());

    ben.leave(1000, "bye");

    assertThat(ada.next().text()).isEqualTo("-" + ben.id());
    assertThat(ben.closed().code()).isEqualTo(1000);
  }

  @Test
  void whoVanishesHasLeft() {
    Client ada = server.join("echo", "lobby");
    Client ben = server.join("echo", "lobby");

    ben.vanish();

    ada.await("-" + ben.id());
    server.awaitConnections(1);
  }

  @Test
  void nothingIsHeardFromOtherRoomsOrServices() {
    server.publish("other", Guests.wasm("echo"));
    Client here = server.join("echo", "lobby");
    Client nextDoor = server.join("echo", "kitchen");
    Client abroad = server.join("other", "lobby");

    nextDoor.say("from next door");
    abroad.say("from abroad");
    nextDoor.await("from next door");
    abroad.await("from abroad");
    here.say("from here");

    assertThat(here.next().text()).isEqualTo("from here");
  }

  @Test
  void connectionsHaveIdsThatNobodyCanGuess() {
    List<String> ids =
        IntStream.range(0, 20).mapToObj(i -> server.join("echo", "lobby").id()).toList();

    assertThat(ids).doesNotHaveDuplicates().allMatch(id -> id.matches("[A-Za-z0-9_-]{22}"));
  }

  @Test
  void anUnknownServiceIsSaidToBeUnknownAndNothingComesIntoBeing() {
    Client lost = server.connect("nowhere", "lobby");

    assertThat(lost.closed()).isEqualTo(new Closed(4004, "there is no service 'nowhere'"));
    server.awaitConnections(0);
    assertThat(store.resolve("nowhere")).doesNotExist();
  }

  @Test
  void whoIsRefusedByTheRoomIsToldSo() {
    server.publish("private", refusesEverybody());

    Client client = server.connect("private", "lobby");

    assertThat(client.closed()).isEqualTo(new Closed(4003, "the room refused the connection"));
    server.awaitConnections(0);
  }

  @Test
  void aMessageThatBreaksTheHookLeavesTheRoomGoingOn() {
    server.publish("trap", Guests.wasm("trap"));
    Client ada = server.connect("trap", "lobby");
    Client ben = server.connect("trap", "lobby");
    ada.say("u");
    ada.await("!onMessage");
    ben.say("b breaks after its broadcast");
    String afterThat = ada.next().text();
    ada.say("still here");

    assertThat(afterThat).isEqualTo("!onMessage");
    assertThat(ada.next().text()).isEqualTo("still here");
  }

  @Test
  void whoeverSpeaksToAServiceInQuarantineIsToldToTryAgainLater(@TempDir Path otherStore) {
    try (TestServer strict = TestServer.start(otherStore, "quarantine.faults", "2")) {
      strict.publish("trap", Guests.wasm("trap"));
      Client ada = strict.connect("trap", "lobby");
      for (int room = 0; room < 2; room++) {
        Client someone = strict.connect("trap", "room-" + room);
        someone.say("u");
        someone.await("!onMessage");
        someone.close();
      }

      ada.say("hello?");

      Closed later =
          new Closed(
              1013, "service 'trap' rests, after repeated faults or by order of its operator");
      assertThat(ada.closed()).isEqualTo(later);
      assertThat(strict.connect("trap", "lobby").closed()).isEqualTo(later);
      strict.awaitConnections(0);
    }
  }

  @Test
  void whoeverMakesARoomFailAgainAndAgainHarmsOnlyThemselves() {
    server.publish("trap", Guests.wasm("trap"));
    Client ada = server.connect("trap", "lobby");
    Client elsewhere = server.connect("trap", "elsewhere");

    for (int attempt = 0; attempt < 20; attempt++) {
      Client hostile = server.connect("trap", "lobby");
      for (int fault = 0; fault < 5; fault++) {
        hostile.say("u");
      }
      hostile.say("once more");
      assertThat(hostile.closed())
          .isEqualTo(
              new Closed(
                  4029, "messages of this connection have made the room's code fail repeatedly"));
      ada.say("still here " + attempt);
      ada.await("still here " + attempt);
    }

    elsewhere.say("and here");
    elsewhere.await("and here");
    assertThat(ada.isClosed()).isFalse();
  }

  @Test
  void aRoomThatFailsForEverybodyRestsAndOtherRoomsGoOn(@TempDir Path otherStore) {
    try (TestServer strict = TestServer.start(otherStore, "quarantine.faults", "2")) {
      strict.publish("trap", Guests.wasm("trap"));
      Client elsewhere = strict.connect("trap", "elsewhere");
      Client ada = strict.connect("trap", "lobby");
      Client ben = strict.connect("trap", "lobby");
      ben.say("I am in");
      ben.await("I am in");
      for (Client client : List.of(ada, ben)) {
        client.say("u");
        ada.await("!onMessage");
        ben.await("!onMessage");
      }

      ada.say("hello?");

      Closed later = new Closed(1013, "room 'lobby' rests after repeated faults");
      assertThat(ada.closed()).isEqualTo(later);
      assertThat(strict.connect("trap", "lobby").closed()).isEqualTo(later);
      elsewhere.say("not here");
      elsewhere.await("not here");
    }
  }

  @Test
  void aMessageOverTheLimitClosesItsSenderOnly() {
    Client ada = server.join("echo", "lobby");
    Client ben = server.join("echo", "lobby");

    ben.say("x".repeat((65 << 10) + 1));

    assertThat(ben.closed().code()).isEqualTo(1009);
    ada.await("-" + ben.id());
    assertThat(ada.isClosed()).isFalse();
  }

  @Test
  void aMessageOverTheLimitInManyFramesIsOverTheLimit() {
    Client ada = server.join("echo", "lobby");

    ada.sayInTwo("x".repeat(66 << 10), 33 << 10);

    assertThat(ada.closed().code()).isEqualTo(1009);
  }

  @ParameterizedTest
  @CsvSource({
    "/rooms/echo/%6Cobby",
    "/rooms/%65cho/lobby",
    "/%72ooms/echo/lobby",
    "/rooms/echo/lobby;x=1",
    "/rooms/echo//lobby",
    "//rooms/echo/lobby",
    "/rooms/echo/lobby/",
    "/rooms/echo/./lobby",
    "/rooms/echo/%2e/lobby",
    "/rooms/other/../echo/lobby"
  })
  void noOtherSpellingOfAPathLeadsToTheRoom(String path) {
    try (RawSocket socket = new RawSocket(server.uri())) {
      String answer =
          socket.ask(
              """
              GET %s HTTP/1.1
              Host: localhost
              Connection: Upgrade
              Upgrade: websocket
              Sec-WebSocket-Version: 13
              Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==

              """
                  .formatted(path)
                  .replace("\n", "\r\n"));

      if (answer.startsWith("HTTP/1.1 101")) { // where a page can read why not
        assertThat(socket.read()).as("close frame").isEqualTo(0x88);
        assertThat(socket.read()).as("its length").isGreaterThan(2);
        assertThat(socket.read() << 8 | socket.read()).isEqualTo(4021);
      } else {
        assertThat(answer).startsWith("HTTP/1.1 4");
      }
      assertThat(server.connections()).isZero();
    }
  }

  @Test
  void aPageOfAnotherOriginIsRefusedAtTheDoor() {
    assertThat(server.refusal("echo", "lobby", "Origin", "http://evil.example")).isEqualTo(403);
    assertThat(server.refusal("echo", "lobby", "Origin", "null")).isEqualTo(403);
    assertThat(server.refusal("echo", "lobby", "Origin", "http://localhost:1")).isEqualTo(403);
  }

  @Test
  void theServersOwnPageMayComeIn() {
    String own = server.uri().toString().replaceFirst("/$", "");

    assertThat(server.refusal("echo", "lobby", "Origin", own)).isEqualTo(101);
  }

  @Test
  void aPageThatTheOperatorAllowsMayComeIn(@TempDir Path otherStore) {
    try (TestServer open =
        TestServer.start(otherStore, "server.origins", "https://a.example, https://b.example")) {
      assertThat(open.refusal("echo", "lobby", "Origin", "https://b.example")).isEqualTo(101);
      assertThat(open.refusal("echo", "lobby", "Origin", "https://c.example")).isEqualTo(403);
    }
  }

  @Test
  void aMessageThatDoesNotEndClosesItsSender(@TempDir Path otherStore) {
    try (TestServer impatient = TestServer.start(otherStore, "server.patience", "1s")) {
      impatient.publish("echo", Guests.wasm("echo"));
      Client ada = impatient.join("echo", "lobby");
      Client bob = impatient.join("echo", "lobby");

      ada.begin("a message without an end");

      assertThat(ada.closed().code()).isEqualTo(1008);
      assertThat(ada.closed().reason()).contains("not ended within 1 s");
      bob.say("undisturbed");
      bob.await("undisturbed");
    }
  }

  @Test
  void aMessageOfTooManyFramesClosesItsSender() {
    Client ada = server.join("echo", "lobby");

    for (int i = 0; i < 2_000; i++) {
      ada.begin("x");
    }

    assertThat(ada.closed().code()).isEqualTo(1009);
  }

  @Test
  void unfinishedMessagesOfOneServiceTakeNoPlaceFromAnother(@TempDir Path otherStore) {
    try (TestServer tight = TestServer.start(otherStore, "server.unfinishedBytes", "64KiB")) {
      tight.publish("crowded", Guests.wasm("echo"));
      tight.publish("quiet", Guests.wasm("echo"));
      Client quiet = tight.join("quiet", "lobby");
      quiet.begin("x".repeat(10_000));
      List<Client> crowd =
          IntStream.range(0, 4)
              .mapToObj(
                  i -> {
                    Client client = tight.join("crowded", "room-" + i);
                    client.begin("x".repeat(30_000));
                    return client;
                  })
              .toList();

      assertThat(crowd.get(0).closed().code()).isEqualTo(1013);
      assertThat(crowd.get(0).closed().reason()).contains("unfinished");
      quiet.say("y");
      quiet.await("x".repeat(10_000) + "y");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"evil.example", "evil.example:8080", "localhost.evil.example"})
  void aPageWhoseNameHasBeenMadeToLeadHereIsRefusedAtTheDoor(String host) {
    try (RawSocket socket = new RawSocket(server.uri())) {
      String answer =
          socket.ask(
              "GET /rooms/echo/lobby HTTP/1.1\r\nHost: %s\r\nOrigin: http://%s\r\n"
                      .formatted(host, host)
                  + "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                  + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");

      assertThat(answer).startsWith("HTTP/1.1 403");
    }
  }

  @Test
  void namesThatTheOperatorHasGivenTheServerAreItsOwn(@TempDir Path otherStore) {
    try (TestServer open =
        TestServer.start(
            otherStore,
            "server.hosts",
            "rooms.example",
            "server.origins",
            "https://pages.example:8443")) {
      for (String host : List.of("rooms.example", "ROOMS.example:99", "pages.example", "[::1]")) {
        assertThat(askForThePage(open, host)).as(host).startsWith("HTTP/1.1 200");
      }
      assertThat(askForThePage(open, "b.rooms.example")).startsWith("HTTP/1.1 403");
    }
  }

  @Test
  void aServerForEverybodyIsKnownByAnyNameUntilItIsGivenOne(@TempDir Path otherStore) {
    try (TestServer open = TestServer.start(otherStore, "server.host", "0.0.0.0")) {
      assertThat(askForThePage(open, "anything.example")).startsWith("HTTP/1.1 200");
    }
    try (TestServer open =
        TestServer.start(otherStore, "server.host", "0.0.0.0", "server.hosts", "rooms.example")) {
      assertThat(askForThePage(open, "anything.example")).startsWith("HTTP/1.1 403");
      assertThat(askForThePage(open, "rooms.example")).startsWith("HTTP/1.1 200");
      assertThat(askForThePage(open, "127.0.0.1")).startsWith("HTTP/1.1 200");
    }
  }

  private static String askForThePage(TestServer server, String host) {
    try (RawSocket socket = new RawSocket(server.uri())) {
      return socket.ask("GET /monitor HTTP/1.1\r\nHost: %s\r\n\r\n".formatted(host));
    }
  }

  @Test
  void compressionIsNotOffered() {
    try (RawSocket socket = new RawSocket(server.uri())) {
      String answer =
          socket.upgrade("echo", "lobby", "Sec-WebSocket-Extensions: permessage-deflate");

      assertThat(answer).startsWith("HTTP/1.1 101").doesNotContain("Sec-WebSocket-Extensions");
    }
  }

  @Test
  void aTextThatIsNotUtf8ClosesItsSender() {
    server.publish("trap", Guests.wasm("trap")); // says nothing about who comes
    try (RawSocket socket = new RawSocket(server.uri())) {
      socket.upgrade("trap", "lobby");

      socket.send(new byte[] {(byte) 0x81, (byte) 0x82, 0, 0, 0, 0, (byte) 0xC3, 0x28});

      assertThat(socket.read()).as("close frame").isEqualTo(0x88);
      assertThat(socket.read()).as("its length").isGreaterThanOrEqualTo(2);
      assertThat(socket.read() << 8 | socket.read()).isEqualTo(1007);
    }
  }

  @Test
  void whoeverGivesNoSignOfLifeHasLeft(@TempDir Path otherStore) {
    try (TestServer impatient = TestServer.start(otherStore, "server.ping", "500ms");
        RawSocket dead = new RawSocket(impatient.uri())) {
      impatient.publish("echo", Guests.wasm("echo"));
      dead.upgrade("echo", "lobby"); // and never answers a ping
      Client alive = impatient.join("echo", "lobby");

      alive.await("-" + firstId(dead));

      assertThat(alive.isClosed()).isFalse();
      impatient.awaitConnections(1);
    }
  }

  @Test
  void whoeverFallsSilentAfterAsMuchAsOneReadBringsHasLeft(@TempDir Path otherStore) {
    try (TestServer impatient = TestServer.start(otherStore, "server.ping", "2s");
        RawSocket dead = new RawSocket(impatient.uri())) {
      impatient.publish("echo", Guests.wasm("echo"));
      dead.upgrade("echo", "lobby");
      Client alive = impatient.join("echo", "lobby");
      byte[] pongs = new byte[8 << 10]; // a loop reads so much at a time, and nobody answers them
      for (int at = 0; at < pongs.length; at += 128) {
        pongs[at] = (byte) 0x8a;
        pongs[at + 1] = (byte) (0x80 + 122);
      }

      dead.send(pongs);

      alive.await("-" + firstId(dead));
      impatient.awaitConnections(1);
    }
  }

  @Test
  void halfOpenConnectionsInABusyRoomAreGone(@TempDir Path otherStore) {
    List<RawSocket> dead = new ArrayList<>();
    ScheduledExecutorService threads = Executors.newScheduledThreadPool(4);
    try (TestServer impatient = TestServer.start(otherStore, "server.ping", "1s")) {
      impatient.publish("echo", Guests.wasm("echo"));
      Client alive = impatient.join("echo", "lobby");
      for (int i = 0; i < 3; i++) {
        RawSocket socket = new RawSocket(impatient.uri());
        socket.upgrade("echo", "lobby");
        dead.add(socket);
        threads.execute(socket::readToTheEnd); // takes all that comes, and says nothing
      }
      impatient.awaitConnections(4);
      var unused =
          threads.scheduleAtFixedRate(() -> alive.say("busy"), 0, 50, TimeUnit.MILLISECONDS);

      impatient.awaitConnections(1);

      assertThat(alive.isClosed()).isFalse();
    } finally {
      threads.shutdownNow();
      dead.forEach(RawSocket::close);
    }
  }

  @Test
  void whoeverIsGivenUpIsToldWhy(@TempDir Path otherStore) {
    try (TestServer impatient = TestServer.start(otherStore, "server.ping", "100ms");
        RawSocket mute = new RawSocket(impatient.uri())) {
      impatient.publish("trap", Guests.wasm("trap")); // says nothing about who comes
      mute.upgrade("trap", "lobby");

      assertThat(mute.read()).as("ping").isEqualTo(0x89);
      assertThat(mute.read()).as("its length").isZero();
      assertThat(mute.read()).as("close frame").isEqualTo(0x88);
      assertThat(mute.read()).as("its length").isGreaterThan(2);
      assertThat(mute.read() << 8 | mute.read()).isEqualTo(1001);
    }
  }

  @Test
  void whoeverGoesOnTalkingAfterACloseHasLeftAllTheSame(@TempDir Path otherStore) {
    ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
    try (TestServer impatient = TestServer.start(otherStore, "server.patience", "400ms");
        RawSocket deaf = new RawSocket(impatient.uri())) {
      impatient.publish("close", Guests.wasm("close"));
      deaf.upgrade("close", "lobby");
      impatient.awaitConnections(1);
      byte[] close = {(byte) 0x81, (byte) 0x81, 0, 0, 0, 0, 'c'};
      var unused = thread.scheduleAtFixedRate(() -> deaf.send(close), 0, 50, TimeUnit.MILLISECONDS);

      impatient.awaitConnections(0);
    } finally {
      thread.shutdownNow();
    }
  }

  /** The id in the first message of a raw socket: "+" and the id. */
  private static String firstId(RawSocket socket) {
    assertThat(socket.read()).as("text frame").isEqualTo(0x81);
    int length = socket.read();
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.append((char) socket.read());
    }
    return text.substring(1);
  }

  @Test
  void requestsThatNeverEndHoldNobodyUp() {
    List<RawSocket> loris =
        IntStream.range(0, 300).mapToObj(i -> new RawSocket(server.uri())).toList();
    loris.forEach(socket -> socket.send("GET /rooms/echo/lobby HTTP/1.1\r\nHo".getBytes(US_ASCII)));

    Client ada = server.join("echo", "lobby");
    ada.say("in time");

    ada.await("in time");
    loris.forEach(RawSocket::close);
  }

  @Test
  void aServerThatStopsSaysSoToEverybodyAndLetsThemLeave() {
    List<Client> clients =
        IntStream.range(0, 20).mapToObj(i -> server.join("echo", "room-" + i % 3)).toList();

    server.close();

    assertThat(clients)
        .allSatisfy(
            client ->
                assertThat(client.closed())
                    .isEqualTo(new Closed(1001, "the server is shutting down")));
    assertThat(server.connections()).isZero();
  }

  /** The guest that refuses ids from "x" on, with its comparison turned: refuses ids up to DEL. */
  private static byte[] refusesEverybody() {
    byte[] wasm = Guests.wasm("refuse");
    byte[] equals120 = {0x41, (byte) 0xF8, 0x00, 0x46};
    byte[] atMost127 = {0x41, (byte) 0xFF, 0x00, 0x4D};
    for (int i = 0; i + 4 <= wasm.length; i++) {
      if (Arrays.equals(wasm, i, i + 4, equals120, 0, 4)) {
        System.arraycopy(atMost127, 0, wasm, i, 4);
        return wasm;
      }
    }
    throw new AssertionError("the guest does not compare as it did");
  }
}
