package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.cloudramp.sandbox.server.Client.Closed;
import org.cloudramp.sandbox.testkit.Guests;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client learns that does not get what it wants. */
class RefusedClientTest {
  private static final Closed BAD_ROOM =
      new Closed(
          4021,
          "a room's name is 1 to 128 of A-Z a-z 0-9 . _ -, begins with a letter or digit, and is not percent-encoded");
  private static final Closed BAD_SERVICE =
      new Closed(
          4021,
          "a service's name is 1 to 63 of a-z 0-9 -, begins with a letter or digit, and is not percent-encoded");
  private static final Closed BAD_PATH =
      new Closed(4021, "a room is at /rooms/{service}/{room}, spelled like that, and nowhere else");

  @TempDir Path store;
  private TestServer server;

  @BeforeEach
  void start() {
    server =
        TestServer.start(
            store, "server.subprotocols", "json.v1, chat/json.v2", "server.patience", "2s");
    server.publish("chat", TestServer.example("chat"));
    server.publish("echo", Guests.wasm("echo"));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void theCodeAndTheReasonOfARoomThatRefuses() {
    server.publish("game", TestServer.example("tic-tac-toe"));
    Client ada = server.connect("game", "table");
    assertThat(ada.next().text()).isEqualTo("you are X");
    Client ben = server.connect("game", "table");
    assertThat(ben.next().text()).isEqualTo("you are O");

    Client eve = server.connect("game", "table");

    assertThat(eve.closed()).isEqualTo(new Closed(4010, "two are playing here already"));
    assertThat(eve.rest()).isEmpty();
    server.awaitConnections(2);
  }

  @Test
  void thatARoomTakesTextOnly() {
    Client ada = server.connect("chat", "lobby");
    String adaJoined = ada.next().text();
    Client ben = server.connect("chat", "lobby");
    ada.await(ben.next().text()); // "… joined"

    ben.say(new byte[] {1, 2, 3});

    assertThat(ben.closed())
        .isEqualTo(new Closed(1003, "this room takes text messages, and no binary ones"));
    assertThat(ada.next().text()).endsWith(" left");
    ada.say("undisturbed");
    assertThat(ada.next().text()).endsWith(": undisturbed");
    assertThat(adaJoined).endsWith(" joined");
  }

  @Test
  void thatARoomTakesBinaryMessagesOnly() {
    server.publish("binary", Guests.wasm("binary-only"));
    Client ada = server.connect("binary", "lobby");

    ada.say(new byte[] {1, 2, 3});
    ada.say("text");

    assertThat(ada.closed())
        .isEqualTo(new Closed(1003, "this room takes binary messages, and no text"));
    server.awaitConnections(0);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a:b",
        "ann@example.org",
        "caf%C3%A9",
        "a%20b",
        ".hidden",
        "-",
        "%3Cscript%3E",
        "%6Cobby",
        "lobby;x=1",
        "a~b",
        "a%2Fb",
        "100%25",
        "caf%E9",
        "a%5Cb",
        "a,b"
      })
  void whatARoomMayBeCalled(String room) {
    assertThat(server.connect("chat", room).closed()).isEqualTo(BAD_ROOM);
    assertThat(server.connections()).isZero();
  }

  @Test
  void howLongTheNameOfARoomMayBe() {
    Client longest = server.connect("chat", "x".repeat(128));

    assertThat(longest.next().text()).endsWith(" joined");
    assertThat(server.connect("chat", "x".repeat(129)).closed()).isEqualTo(BAD_ROOM);
  }

  @ParameterizedTest
  @ValueSource(strings = {"CHAT", "chat_", "-chat", "caf%C3%A9", "%63hat"})
  void whatAServiceMayBeCalled(String service) {
    assertThat(server.connect(service, "lobby").closed()).isEqualTo(BAD_SERVICE);
  }

  @ParameterizedTest
  @CsvSource({"chat, lobby/more", "chat, lobby/", "chat/lobby, more"})
  void whatThePathOfARoomIs(String service, String room) {
    assertThat(server.connect(service, room).closed()).isEqualTo(BAD_PATH);
  }

  /** What is no URI does not get as far. */
  @ParameterizedTest
  @ValueSource(strings = {"a%00b", "100%", "%u00e9", "a[b]", "a^b", "%2e%2e"})
  void nothingButAStatusForAPathThatIsNone(String room) {
    try (RawSocket socket = new RawSocket(server.uri())) {
      assertThat(socket.upgrade("chat", room)).startsWith("HTTP/1.1 400");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/a%2Fb",
        "/api//services",
        "/rooms/../a%2Fb",
        "/rooms/..//page.css",
        "/rooms/%2e%2e/page.css",
        "/api/services/%25"
      })
  void nothingButAStatusForAPathThatHasTwoMeaningsElsewhere(String path) {
    try (RawSocket socket = new RawSocket(server.uri())) {
      assertThat(socket.ask("GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n".formatted(path)))
          .startsWith("HTTP/1.1 400");
    }
  }

  @Test
  void theSameByPlainHttp() {
    HttpResponse<String> room = server.send(server.request("/rooms/chat/caf%C3%A9"));
    HttpResponse<String> service = server.send(server.request("/rooms/CHAT/lobby"));
    HttpResponse<String> path = server.send(server.request("/rooms/chat"));
    HttpResponse<String> fine = server.send(server.request("/rooms/chat/lobby"));

    assertThat(room.statusCode()).isEqualTo(400);
    assertThat(room.body()).isEqualTo(BAD_ROOM.reason() + "\n");
    assertThat(service.statusCode()).isEqualTo(400);
    assertThat(service.body()).isEqualTo(BAD_SERVICE.reason() + "\n");
    assertThat(path.statusCode()).isEqualTo(400);
    assertThat(path.body()).isEqualTo(BAD_PATH.reason() + "\n");
    assertThat(fine.statusCode()).isEqualTo(426);
  }

  @Test
  void whoDoesNotTakeTheAnswerIsDropped() {
    ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
    try (RawSocket deaf = new RawSocket(server.uri());
        RawSocket mute = new RawSocket(server.uri())) {
      assertThat(deaf.upgrade("chat", "a:b")).startsWith("HTTP/1.1 101");
      assertThat(mute.upgrade("chat", "a:b")).startsWith("HTTP/1.1 101");
      byte[] text = {(byte) 0x81, (byte) 0x81, 0, 0, 0, 0, 'x'};
      var unused = thread.scheduleAtFixedRate(() -> deaf.send(text), 0, 50, TimeUnit.MILLISECONDS);

      deaf.readToTheEnd();
      mute.readToTheEnd();

      assertThat(server.connections()).isZero();
    } finally {
      thread.shutdownNow();
    }
  }

  @Test
  void aServerThatStopsDoesNotWaitForWhoDoesNotTakeTheAnswer(@TempDir Path otherStore) {
    TestServer patient =
        TestServer.start(otherStore, "server.patience", "1h", "server.shutdown", "1h");
    try (RawSocket mute = new RawSocket(patient.uri())) {
      assertThat(mute.upgrade("chat", "a:b")).startsWith("HTTP/1.1 101");

      patient.close();

      mute.readToTheEnd();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "chat, json.v1, json.v1",
    "chat, json.v2 json.v1, json.v2",
    "chat, xml json.v1 json.v2, json.v1",
    "echo, json.v2 json.v1, json.v1",
    "echo, json.v2, ''",
    "echo, JSON.V1, ''"
  })
  void whichSubprotocolIsSpoken(String service, String offered, String spoken) {
    Client client = server.offer(service, "lobby", offered.split(" "));

    assertThat(client.next().text()).isNotEmpty(); // it is in the room
    assertThat(client.subprotocol()).isEqualTo(spoken);
  }

  @Test
  void theAnswerToABadNameInTheSubprotocolThatItOffers() {
    Client client = server.offer("chat", "a:b", "json.v2");

    assertThat(client.closed()).isEqualTo(BAD_ROOM);
    assertThat(client.subprotocol()).isEqualTo("json.v2");
  }

  @Test
  void theAnswerToABadNameThoughItOffersSessionsAndNothingElse() {
    Client client = server.offer("chat", "a:b", "sandbox.v1");

    assertThat(client.closed()).isEqualTo(BAD_ROOM);
    assertThat(client.subprotocol()).isEqualTo("sandbox.v1");
  }

  @Test
  void nothingOfSubprotocolsWhereNoneIsSpoken() {
    try (RawSocket socket = new RawSocket(server.uri())) {
      String answer = socket.upgrade("echo", "lobby", "Sec-WebSocket-Protocol: xml, json.v2");

      assertThat(answer).startsWith("HTTP/1.1 101").doesNotContain("Sec-WebSocket-Protocol");
    }
  }
}
