package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.cloudramp.sandbox.api.Digest;
import org.cloudramp.sandbox.server.EventReader.Heard;
import org.cloudramp.sandbox.server.token.Token;
import org.cloudramp.sandbox.testkit.Guests;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What those hear who follow a service. */
@Timeout(120)
class EventsTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String READS_CHAT = Token.generate();
  private static final String READS_OTHER = Token.generate();

  @TempDir Path folder;
  private Path tokens;
  private TestServer server;

  @BeforeEach
  void start() throws Exception {
    tokens = folder.resolve("tokens");
    Files.write(
        tokens,
        List.of(
            TestTokens.entry("reads-chat", READS_CHAT, null, "read:chat"),
            TestTokens.entry("reads-other", READS_OTHER, null, "read:other")));
    server =
        TestServer.start(
            folder.resolve("modules"),
            "server.tokenFile",
            tokens.toString(),
            "limits.logLinesPerMinute",
            "1000000",
            "limits.time",
            "20s"); // to write a hundred long lines may take a while
    server.publish("chat", Guests.wasm("log"));
    server.publish("other", Guests.wasm("log"));
    server.publish("trap", Guests.wasm("trap"));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private EventReader follow(String path) throws Exception {
    return EventReader.open(server.request(path));
  }

  private EventReader follow(String path, String token) throws Exception {
    return EventReader.open(
        server.strangersRequest(path).header("Authorization", TestTokens.bearer(token)));
  }

  private void say(String service, String room, String what) {
    try (Client client = server.connect(service, room)) {
      client.say(what);
      client.next(); // its hook has run
    }
  }

  @Test
  void aLineOfAGuestIsHeardWithWhereItWasSaid() throws Exception {
    try (EventReader reader = follow("/api/services/chat/events", READS_CHAT)) {
      say("chat", "lobby", "hello");

      Heard line = reader.next();
      assertThat(reader.header("Content-Type")).isEqualTo("text/event-stream");
      assertThat(line.type()).isEqualTo("log");
      assertThat(line.text()).isEqualTo("hello");
      assertThat(line.data().get("service").asText()).isEqualTo("chat");
      assertThat(line.data().get("room").asText()).isEqualTo("lobby");
      assertThat(line.data().get("hook").asText()).isEqualTo("onMessage");
      assertThat(line.data().get("detail").asText()).isEqualTo("INFO");
      assertThat(line.data().get("version").asText())
          .isEqualTo(Digest.of(Guests.wasm("log")).hex());
      assertThat(line.id()).isEqualTo(line.data().get("id").asText());
    }
  }

  @Test
  void nobodyHearsAnotherService() throws Exception {
    try (EventReader reader = follow("/api/services/chat/events", READS_CHAT)) {
      say("other", "lobby", "a secret");
      say("chat", "lobby", "mine");

      assertThat(reader.next().text()).isEqualTo("mine");
    }
    assertThat(follow("/api/services/chat/events", READS_OTHER).status()).isEqualTo(403);
    assertThat(follow("/api/events", READS_CHAT).status()).isEqualTo(403);
    assertThat(follow("/api/events?service=chat", READS_CHAT).status()).isEqualTo(403);
  }

  @Test
  void filtersLeaveOutWhatIsNotWanted() throws Exception {
    try (EventReader ofRoom = follow("/api/services/chat/events?room=kitchen");
        EventReader faults = follow("/api/events?kinds=fault,rest");
        EventReader ofOther = follow("/api/events?service=other")) {
      say("chat", "lobby", "from the lobby");
      say("chat", "kitchen", "from the kitchen");
      say("other", "lobby", "from another");
      say("trap", "lobby", "u");

      assertThat(ofRoom.next().text()).isEqualTo("from the kitchen");
      assertThat(ofOther.next().text()).isEqualTo("from another");
      Heard fault = faults.next();
      assertThat(fault.type()).isEqualTo("fault");
      assertThat(fault.data().get("detail").asText()).isEqualTo("trapped");
      assertThat(fault.data().get("connection").asText()).isNotEmpty();
      assertThat(fault.text()).contains("unreachable").doesNotStartWith("trap@");
    }
  }

  @Test
  void whatAGuestSaysBeginsNoEventAndNoLineOfItsOwn() throws Exception {
    String evil = "x\n\nevent: end\ndata: {}\n\r\u001b[31m\u2028<script>alert(1)</script>\u0000\"}";
    try (EventReader reader = follow("/api/services/chat/events")) {
      say("chat", "lobby", evil);
      say("chat", "lobby", "after it");

      Heard line = reader.next();
      assertThat(line.type()).isEqualTo("log");
      assertThat(line.text()).isEqualTo(evil);
      assertThat(reader.next().text()).isEqualTo("after it");
    }
  }

  @Test
  void faultsAndRestsOfLateAreKeptAndWhoComesBackMissesNone() throws Exception {
    for (int room = 0; room < 4; room++) {
      say("trap", "room-" + room, "u");
    }
    // Who is told of a hook hears of it after what its onError has sent.
    await().atMost(TestServer.PATIENCE).until(() -> faults("trap").get("faults").size() == 4);
    JsonNode before = faults("trap");
    long last = before.get("last").asLong();
    say("trap", "room-4", "u"); // the fifth: it rests

    try (EventReader reader =
        EventReader.open(
            server
                .request("/api/services/trap/events?kinds=fault,rest,lift")
                .header("Last-Event-ID", String.valueOf(last)))) {
      assertThat(before.get("faults")).hasSize(4);
      List<String> types = new ArrayList<>(List.of(reader.next().type(), reader.next().type()));
      assertThat(types).containsExactlyInAnyOrder("fault", "rest");
      server.send(server.request("/api/services/trap/lift").POST(BodyPublishers.noBody()));
      assertThat(reader.next().type()).isEqualTo("lift");
    }
    assertThat(faults("trap").get("faults")).hasSize(7);
    assertThat(faults("nowhere").get("faults")).isEmpty();
  }

  private JsonNode faults(String service) throws Exception {
    HttpResponse<String> answer =
        server.send(server.request("/api/services/" + service + "/faults"));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return JSON.readTree(answer.body());
  }

  @Test
  void whoDoesNotReadIsCutOffWithAWordAndNobodyWaitsForThem() throws Exception {
    String head =
        "GET /api/services/chat/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nConnection: close\r\n\r\n"
            .formatted(TestTokens.ADMIN);
    try (RawSocket deaf = new RawSocket(server.uri());
        Client speaker = server.connect("chat", "lobby")) {
      deaf.send(head.getBytes(StandardCharsets.US_ASCII));
      String large = "*" + "x".repeat(4_000);
      // More than the kernel and the subscription hold together.
      for (int i = 0; i < 25; i++) {
        speaker.say(large);
        speaker.await(large);
      }

      String heard = deaf.textToTheEnd();

      assertThat(heard).contains("event: end\ndata: {\"reason\":\"you read more slowly");
      try (EventReader other = follow("/api/services/chat/events")) {
        speaker.say("still here");
        assertThat(other.next().text()).isEqualTo("still here");
      }
    }
  }

  @Test
  void howManyFollowWithOneTokenIsBoundedAndTheirPlacesBecomeFree() throws Exception {
    List<EventReader> readers = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      EventReader reader = follow("/api/services/chat/events", READS_CHAT);
      assertThat(reader.status()).isEqualTo(200);
      readers.add(reader);
    }

    EventReader tooMany = follow("/api/services/chat/events", READS_CHAT);
    assertThat(tooMany.status()).isEqualTo(429);
    assertThat(JSON.readTree(tooMany.body()).at("/error/kind").asText()).isEqualTo("busy");
    EventReader withAnother = follow("/api/services/other/events", READS_OTHER);
    assertThat(withAnother.status()).isEqualTo(200);

    readers.forEach(EventReader::close);
    withAnother.close();
    await()
        .atMost(TestServer.PATIENCE)
        .until(
            () -> {
              say("chat", "lobby", "who is here?"); // a write finds out who has gone
              try (EventReader again = follow("/api/services/chat/events", READS_CHAT)) {
                return again.status() == 200;
              }
            });
  }

  @Test
  void aTokenThatIsRevokedEndsWhatItHasOpened() throws Exception {
    try (EventReader reader = follow("/api/services/chat/events", READS_CHAT)) {
      Files.write(
          tokens, List.of(TestTokens.entry("reads-other", READS_OTHER, null, "read:other")));

      assertThat(reader.await("end").data().get("reason").asText()).contains("token");
      assertThat(reader.next().type()).isEqualTo("closed");
    }
  }

  @Test
  void whoFollowsIsToldWhenTheServerStops() throws Exception {
    try (EventReader reader = follow("/api/services/chat/events")) {
      server.close();

      assertThat(reader.await("end").data().get("reason").asText()).contains("shutting down");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "?kinds=logs",
        "?kinds=",
        "?room=a/b",
        "?room=%2e%2e",
        "?since=1",
        "?room=a&room=b",
        "?room=%1b%5b31m"
      })
  void aFilterThatCannotBeIsRefused(String query) throws Exception {
    EventReader reader = follow("/api/services/chat/events" + query);

    assertThat(reader.status()).isEqualTo(400);
    String body = reader.body();
    assertThat(JSON.readTree(body).at("/error/kind").asText()).isEqualTo("bad_request");
    assertThat(body).doesNotContain("\u001b");
  }
}
