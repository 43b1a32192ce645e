package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.cloudramp.sandbox.api.Digest;
import org.cloudramp.sandbox.server.Client.Closed;
import org.cloudramp.sandbox.testkit.Guests;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What whoever looks after a server can ask and do. */
@Timeout(120)
class ApiTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path store;
  private TestServer server;

  @BeforeEach
  void start() {
    server =
        TestServer.start(store, "server.messageBytes", "1KiB", "server.metering.services", "2");
    server.publish("echo", Guests.wasm("echo"));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private HttpResponse<String> get(String path) {
    return server.send(server.request(path));
  }

  private JsonNode read(String path) throws Exception {
    return read(get(path), 200);
  }

  private static JsonNode read(HttpResponse<String> answer, int status) throws Exception {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    return JSON.readTree(answer.body());
  }

  private HttpResponse<String> delete(String path) {
    return server.send(server.request(path).DELETE());
  }

  private HttpResponse<String> say(String path, String type, String text) {
    return server.send(
        server.request(path).header("Content-Type", type).POST(BodyPublishers.ofString(text)));
  }

  private static List<String> texts(JsonNode list, String field) {
    List<String> texts = new ArrayList<>();
    list.forEach(each -> texts.add(each.get(field).asText()));
    return texts;
  }

  // Services and slots.

  @Test
  void servicesAreListedPieceByPiece() throws Exception {
    for (String service : new String[] {"alpha", "beta", "gamma"}) {
      server.publish(service, Guests.wasm("echo"));
    }

    JsonNode first = read("/api/services?limit=2");
    JsonNode second = read("/api/services?limit=2&after=" + first.get("next").asText());
    JsonNode third = read("/api/services?limit=2&after=" + second.get("next").asText());

    assertThat(first.get("services").toString()).isEqualTo("[\"alpha\",\"beta\"]");
    assertThat(second.get("services").toString()).isEqualTo("[\"echo\",\"gamma\"]");
    assertThat(third.get("services")).isEmpty();
    assertThat(third.has("next")).isFalse();
  }

  @Test
  void aServiceThatIsDeletedIsGoneAndItsRoomsSaySo() throws Exception {
    assertThat(read(delete("/api/services/echo"), 200).get("service").asText()).isEqualTo("echo");

    assertThat(get("/api/services/echo").statusCode()).isEqualTo(404);
    assertThat(server.connect("echo", "lobby").closed().code()).isEqualTo(4004);
  }

  @Test
  void whatAServiceMayTakeAndImportIsWhatTheSettingsSayOfIt(@TempDir Path otherStore)
      throws Exception {
    try (TestServer strict =
        TestServer.start(otherStore, "limits.timers", "7", "services.chat.limits.time", "50ms")) {
      JsonNode ofChat = read(strict.send(strict.request("/api/services/chat/limits")), 200);
      JsonNode ofOther = read(strict.send(strict.request("/api/services/other/limits")), 200);
      assertThat(ofChat.at("/limits/time").asLong()).isEqualTo(50);
      assertThat(ofOther.at("/limits/time").asLong()).isEqualTo(250);
      assertThat(ofChat.at("/limits/timers").asLong()).isEqualTo(7);
      assertThat(ofChat.at("/limits/kvServiceBytes").asLong()).isEqualTo(256L << 20);

      JsonNode chat = read(strict.send(strict.request("/api/services/chat/permissions")), 200);
      assertThat(chat.get("granted")).isEmpty();
      assertThat(chat.get("open").toString())
          .isEqualTo("[\"conn\",\"kv\",\"request\",\"room\",\"sandbox\",\"timer\"]");
    }
  }

  @Test
  void slotsAreListedWithWhatTheyHold() throws Exception {
    server.join("echo", "lobby");

    JsonNode table = read("/api/slots");

    assertThat(table.get("occupied").asInt()).isEqualTo(1);
    assertThat(table.at("/modules/0/service").asText()).isEqualTo("echo");
    assertThat(table.at("/modules/0/digest").asText())
        .isEqualTo(Digest.of(Guests.wasm("echo")).hex());
  }

  @Test
  void hooksAreCountedFromTheFirstAskOn() throws Exception {
    Client client = server.join("echo", "lobby");
    assertThat(read("/api/services/echo/hooks").get("hooks")).isEmpty();

    client.say("hello");
    client.await("hello");

    await()
        .atMost(TestServer.PATIENCE)
        .untilAsserted(
            () ->
                assertThat(read("/api/services/echo/hooks").get("hooks"))
                    .anySatisfy(
                        hook -> {
                          assertThat(hook.get("hook").asText()).isEqualTo("onMessage");
                          assertThat(hook.get("runs").asInt()).isEqualTo(1);
                          assertThat(hook.get("failed").asInt()).isZero();
                        }));
    JsonNode services = read("/api/hooks").get("services");
    assertThat(texts(services, "service")).containsExactly("echo");
  }

  // Quarantine.

  @Test
  void aVersionThatIsPutToRestRunsAgainWhenItIsLifted() throws Exception {
    String digest = Digest.of(Guests.wasm("echo")).hex();
    String path = "/api/services/echo/quarantine";

    JsonNode rested =
        read(
            server.send(
                server
                    .request(path + "/" + digest + "?seconds=3600")
                    .POST(BodyPublishers.noBody())),
            200);
    JsonNode resting = read(path);
    Closed closed = server.connect("echo", "lobby").closed();
    JsonNode lifted =
        read(
            server.send(server.request("/api/services/echo/lift").POST(BodyPublishers.noBody())),
            200);

    assertThat(rested.get("seconds").asInt()).isEqualTo(3600);
    assertThat(resting.at("/resting/0/digest").asText()).isEqualTo(digest);
    assertThat(resting.at("/resting/0/seconds").asInt()).isBetween(3500, 3600);
    assertThat(resting.at("/resting/0/lastFault").asText()).contains("operator");
    assertThat(closed.code()).isEqualTo(1013);
    assertThat(lifted.at("/lifted/0").asText()).isEqualTo(digest);
    assertThat(read(path).get("resting")).isEmpty();
    assertThat(server.join("echo", "lobby").id()).isNotEmpty();
  }

  @Test
  void whatThereIsNotCannotBePutToRest() throws Exception {
    String other = Digest.of(Guests.wasm("trap")).hex();
    for (String path : List.of("echo/quarantine/" + other, "nowhere/quarantine/" + other)) {
      JsonNode error =
          read(
              server.send(server.request("/api/services/" + path).POST(BodyPublishers.noBody())),
              404);
      assertThat(error.at("/error/kind").asText()).isEqualTo("not_found");
    }
  }

  // Rooms.

  @Test
  void roomsAreListedWithHowManyAreThereAndPieceByPiece() throws Exception {
    server.publish("other", Guests.wasm("echo"));
    Client ann = server.join("echo", "b");
    server.join("echo", "b");
    server.join("echo", "a");
    server.join("echo", "c");
    server.join("other", "d");

    JsonNode first = read("/api/services/echo/rooms?limit=2");
    JsonNode second = read("/api/services/echo/rooms?limit=2&after=b");

    assertThat(first.toString())
        .isEqualTo(
            "{\"service\":\"echo\",\"rooms\":[{\"room\":\"a\",\"members\":1},{\"room\":\"b\",\"members\":2}],\"next\":\"b\"}");
    assertThat(texts(second.get("rooms"), "room")).containsExactly("c");
    assertThat(read("/api/services/nowhere/rooms").get("rooms")).isEmpty();
    ann.leave(1000, "");
    await()
        .atMost(TestServer.PATIENCE)
        .until(() -> read("/api/services/echo/rooms").at("/rooms/1/members").asInt() == 1);
  }

  @Test
  void membersOfARoomAreListedPieceByPiece() throws Exception {
    List<String> ids =
        Stream.of(
                server.join("echo", "lobby"),
                server.join("echo", "lobby"),
                server.join("echo", "lobby"))
            .map(Client::id)
            .sorted()
            .toList();

    JsonNode first = read("/api/services/echo/rooms/lobby?limit=2");
    JsonNode second =
        read("/api/services/echo/rooms/lobby?limit=2&after=" + first.get("next").asText());

    assertThat(first.get("count").asInt()).isEqualTo(3);
    assertThat(texts(first.get("members"), "connection")).isEqualTo(ids.subList(0, 2));
    assertThat(texts(second.get("members"), "connection")).isEqualTo(ids.subList(2, 3));
    assertThat(get("/api/services/echo/rooms/empty").statusCode()).isEqualTo(404);
  }

  @Test
  void whatIsSaidIntoARoomReachesThoseWhoAreThere() throws Exception {
    Client ann = server.join("echo", "lobby");
    Client ben = server.join("echo", "kitchen");
    String path = "/api/services/echo/rooms/lobby/messages";

    JsonNode said = read(say(path, "text/plain; charset=utf-8", "tea is ready ☕"), 200);
    read(
        server.send(
            server
                .request(path)
                .header("Content-Type", "application/octet-stream")
                .POST(BodyPublishers.ofByteArray(new byte[] {1, 2, 3}))),
        200);

    assertThat(said.get("members").asInt()).isEqualTo(1);
    assertThat(ann.next().text()).isEqualTo("tea is ready ☕");
    assertThat(ann.next().bytes().size()).isEqualTo(3);
    assertThat(ben.rest()).isEmpty();
  }

  @Test
  void whatCannotBeSaidIsRefused() throws Exception {
    server.join("echo", "lobby");
    String path = "/api/services/echo/rooms/lobby/messages";

    assertThat(say(path, "image/png", "x").statusCode()).isEqualTo(400);
    assertThat(server.send(server.request(path).POST(BodyPublishers.ofString("x"))).statusCode())
        .isEqualTo(400);
    assertThat(say(path, "text/plain", "x".repeat(1_025)).statusCode()).isEqualTo(413);
    assertThat(
            server
                .send(
                    server
                        .request(path)
                        .header("Content-Type", "text/plain")
                        .POST(BodyPublishers.ofByteArray(new byte[] {(byte) 0xff})))
                .statusCode())
        .isEqualTo(400);
    assertThat(say("/api/services/echo/rooms/empty/messages", "text/plain", "x").statusCode())
        .isEqualTo(404);
  }

  @Test
  void oneConnectionIsClosedWithACodeAndTheOthersStay() throws Exception {
    Client ann = server.join("echo", "lobby");
    Client ben = server.join("echo", "lobby");
    String path = "/api/services/echo/rooms/lobby/connections/";

    JsonNode closed = read(delete(path + ann.id() + "?code=4123&reason=please+go"), 200);

    assertThat(closed.get("closed").asInt()).isEqualTo(1);
    assertThat(ann.closed()).isEqualTo(new Closed(4123, "please go"));
    ben.await("-" + ann.id());
    assertThat(delete(path + ann.id()).statusCode()).isEqualTo(404);
    assertThat(delete("/api/services/echo/rooms/kitchen/connections/" + ben.id()).statusCode())
        .as("it is in another room")
        .isEqualTo(404);
    assertThat(ben.isClosed()).isFalse();
  }

  @Test
  void aRoomIsClosedAndOthersStay() throws Exception {
    Client ann = server.join("echo", "lobby");
    Client ben = server.join("echo", "lobby");
    Client cleo = server.join("echo", "kitchen");

    JsonNode closed = read(delete("/api/services/echo/rooms/lobby/connections"), 200);

    assertThat(closed.get("closed").asInt()).isEqualTo(2);
    assertThat(ann.closed()).isEqualTo(new Closed(1000, "closed by the operator"));
    assertThat(ben.closed()).isEqualTo(ann.closed());
    cleo.say("here");
    cleo.await("here");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "code=1001",
        "code=1006",
        "code=99999",
        "code=x",
        "code=",
        "reason=%01%02",
        "why=no"
      })
  void aCloseThatCannotBeIsRefusedAndClosesNobody(String query) throws Exception {
    Client ann = server.join("echo", "lobby");
    String reason = query.startsWith("reason") ? "reason=" + "x".repeat(124) : query;

    JsonNode error = read(delete("/api/services/echo/rooms/lobby/connections?" + reason), 400);

    assertThat(error.at("/error/kind").asText()).isEqualTo("bad_request");
    ann.say("here");
    ann.await("here");
  }

  // Names.

  private static String all(RawSocket socket, String request) {
    return socket.ask(request) + socket.textToTheEnd();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/api/services/ECHO",
        "/api/services/-echo/rooms",
        "/api/services/echo/rooms/..",
        "/api/services/echo/rooms/%2e%2e",
        "/api/services/echo/rooms/a%2Fb",
        "/api/services/echo/rooms/%252e",
        "/api/services/echo/rooms/a%00b",
        "/api/services/echo/rooms/%1b%5b31m",
        "/api/services/echo/rooms/%3Cscript%3E",
        "/api/services/echo/rooms/lobby;x=y",
        "/api/services/echo/rooms/caf%C3%A9",
        "/api/services/echo/rooms/a%ff",
        "/api/services/echo%20/rooms/lobby"
      })
  void aNameThatCannotBeLeadsNowhereAndIsNotRepeated(String path) throws Exception {
    try (RawSocket socket = new RawSocket(server.uri())) {
      String answer =
          all(
              socket,
              "GET %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nConnection: close\r\n\r\n"
                  .formatted(path, TestTokens.ADMIN));

      assertThat(answer).matches("(?s)HTTP/1.1 40[04] .*");
      assertThat(answer).doesNotContain("\u001b", "<script>", "\u0000");
    }
  }

  @Test
  void anEncodedNameIsTheSameNameDecodedOnce() throws Exception {
    server.join("echo", "lobby");

    assertThat(read("/api/services/%65cho/rooms/l%6fbby").get("room").asText()).isEqualTo("lobby");
  }

  @ParameterizedTest
  @CsvSource({
    "/api/services?limit=0",
    "/api/services?limit=1001",
    "/api/services?limit=-1",
    "/api/services?limit=1e3",
    "/api/services?limit=99999999999999999999",
    "/api/services?after=..",
    "/api/services?page=2",
    "/api/services?limit=1&limit=2",
    "/api/services/echo?x=%zz",
    "/api/usage?x=1"
  })
  void aQueryThatCannotBeIsRefused(String path) throws Exception {
    try (RawSocket socket = new RawSocket(server.uri())) {
      String answer =
          all(
              socket,
              "GET %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nConnection: close\r\n\r\n"
                  .formatted(path, TestTokens.ADMIN));

      assertThat(answer).startsWith("HTTP/1.1 400").contains("bad_request");
    }
  }

  // The description.

  @Test
  void theServerDescribesItsApi() throws Exception {
    JsonNode description = read("/api/openapi.json");

    assertThat(description.get("openapi").asText()).startsWith("3.1");
    assertThat(description.at("/paths").size()).isGreaterThan(15);
  }

  static Stream<String> answers() {
    return Stream.of(
        "/api/functions",
        "/api/usage",
        "/api/loops",
        "/api/metering",
        "/api/hooks",
        "/api/slots",
        "/api/services",
        "/api/services/echo",
        "/api/services/trap",
        "/api/services/trap/quarantine",
        "/api/services/trap/faults",
        "/api/services/trap/hooks",
        "/api/services/echo/rooms",
        "/api/services/echo/rooms/lobby",
        "/api/services/auction/rooms/hall/keys",
        "/api/services/auction/rooms/hall/timers",
        "/api/services/auction/rooms/hall/log",
        "/api/services/nowhere");
  }

  @ParameterizedTest
  @MethodSource("answers")
  void anAnswerHasTheFieldsThatAreDescribedAndNoOthers(String path) throws Exception {
    server.join("echo", "lobby");
    server.publish("trap", Guests.wasm("trap"));
    if (path.contains("auction")) {
      server.publish("auction", TestServer.example("auction"));
      Client seller = server.connect("auction", "hall");
      seller.say("{\"type\":\"open\",\"item\":\"a vase\",\"price\":1,\"seconds\":9}");
      seller.next();
    }
    for (int room = 0; room < 5; room++) {
      Client client = server.connect("trap", "room-" + room);
      client.say("u");
      client.next();
    }
    JsonNode description = read("/api/openapi.json");

    HttpResponse<String> answer = get(path);

    JsonNode response =
        description
            .at("/paths")
            .get(
                path.replaceAll("services/[a-z]+", "services/{service}")
                    .replaceAll("rooms/[a-z]+", "rooms/{room}"))
            .at("/get/responses")
            .get(String.valueOf(answer.statusCode()));
    JsonNode schema = resolved(description, response).at("/content/application~1json/schema");
    Described described = new Described(description);
    described.check(JSON.readTree(answer.body()), schema, path);
    assertThat(described.wrong).isEmpty();
  }

  private static JsonNode resolved(JsonNode description, JsonNode node) {
    return node.has("$ref") ? description.at(node.get("$ref").asText().substring(1)) : node;
  }

  /** As much of JSON Schema as the description uses. */
  private static final class Described {
    private final JsonNode description;
    private final List<String> wrong = new ArrayList<>();

    Described(JsonNode description) {
      this.description = description;
    }

    void check(JsonNode value, JsonNode reference, String where) {
      JsonNode schema = resolved(description, reference);
      switch (schema.path("type").asText()) {
        case "object" -> object(value, schema, where);
        case "array" -> {
          expect(value.isArray(), where + " is no list");
          if (schema.has("items")) {
            value.forEach(each -> check(each, schema.get("items"), where + "[]"));
          }
        }
        case "boolean" -> expect(value.isBoolean(), where + " is neither true nor false");
        case "integer" -> expect(value.isIntegralNumber(), where + " is no number");
        case "string" -> {
          expect(value.isTextual(), where + " is no text");
          String pattern = schema.path("pattern").asText(".*");
          expect(value.asText().matches("(?s)" + pattern), where + " does not match " + pattern);
        }
        default -> wrong.add(where + " has no schema");
      }
    }

    private void object(JsonNode value, JsonNode schema, String where) {
      expect(value.isObject(), where + " is no object");
      schema
          .path("required")
          .forEach(name -> expect(value.has(name.asText()), where + " lacks " + name));
      boolean isOpen = !schema.has("properties");
      value
          .properties()
          .forEach(
              field -> {
                JsonNode of =
                    isOpen
                        ? schema.path("additionalProperties")
                        : schema.get("properties").path(field.getKey());
                if (!of.isMissingNode()) {
                  check(field.getValue(), of, where + "." + field.getKey());
                } else if (!isOpen) {
                  wrong.add(where + "." + field.getKey() + " is not described");
                }
              });
    }

    private void expect(boolean holds, String what) {
      if (!holds) {
        wrong.add(what);
      }
    }
  }

  @Test
  void everyErrorHasOneShape() throws Exception {
    for (HttpRequest.Builder request :
        List.of(
            server.strangersRequest("/api/nothing"),
            server.request("/api/nothing"),
            server.request("/api/services/..%2f"),
            server.request("/api/services/echo/rooms/lobby").DELETE(),
            server.request("/api/services/echo/rooms/empty"))) {
      JsonNode answer = JSON.readTree(server.send(request).body());

      assertThat(answer.at("/error/kind").asText()).isNotEmpty();
      assertThat(answer.at("/error/message").asText()).isNotEmpty();
      assertThat(answer).hasSize(1);
    }
  }
}
