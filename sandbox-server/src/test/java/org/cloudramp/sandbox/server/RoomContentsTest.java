package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.cloudramp.sandbox.testkit.servers.RedisProcess;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What whoever looks after a server sees of what rooms hold. */
@Timeout(120)
class RoomContentsTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String HALL = "/api/services/auction/rooms/hall/";
  private static final String OPEN =
      "{\"type\":\"open\",\"item\":\"%s\",\"price\":1,\"seconds\":3600}";

  @TempDir Path store;

  private static JsonNode read(TestServer server, String path) throws Exception {
    HttpResponse<String> answer = server.send(server.request(path));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return JSON.readTree(answer.body());
  }

  private static List<String> texts(JsonNode list, String field) {
    List<String> texts = new ArrayList<>();
    list.forEach(each -> texts.add(each.path(field).asText()));
    return texts;
  }

  /** One who has opened an auction, and heard of it. */
  private static Client seller(TestServer server, String item) {
    server.publish("auction", TestServer.example("auction"));
    Client seller = server.connect("auction", "hall");
    seller.say(OPEN.formatted(item));
    seller.next();
    return seller;
  }

  @Test
  void ofARoomInMemoryKeysAndTimersAreToldAndThatItHasNoLog() throws Exception {
    try (TestServer server = TestServer.start(store);
        Client seller = seller(server, "a vase")) {
      JsonNode keys = read(server, HALL + "keys");
      JsonNode timers = read(server, HALL + "timers");
      JsonNode log = read(server, HALL + "log");

      assertThat(keys.get("count").asInt()).isEqualTo(1);
      assertThat(keys.at("/keys/0/key").asText()).isEqualTo("auction");
      assertThat(keys.at("/keys/0/value/text").asText()).contains("\"item\":\"a vase\"");
      assertThat(keys.at("/keys/0/value").has("cut")).isFalse();
      assertThat(keys.at("/keys/0").has("millisLeft")).isFalse();
      assertThat(keys.has("next")).isFalse();
      assertThat(timers.get("timers")).hasSize(1);
      assertThat(timers.at("/timers/0/name").asText()).isEqualTo("close");
      assertThat(timers.at("/timers/0/attempt").asInt()).isZero();
      assertThat(Instant.parse(timers.at("/timers/0/due").asText()))
          .isBetween(Instant.now().plusSeconds(3_000), Instant.now().plusSeconds(3_601));
      assertThat(log.has("epoch")).isFalse();
      assertThat(log.get("entries")).isEmpty();
      assertThat(seller.isClosed()).isFalse();
    }
  }

  @Test
  void onRedisTheLogIsToldAsWellAndByAServerWithoutMembersToo() throws Exception {
    try (RedisProcess redis = RedisProcess.start();
        TestServer server = TestServer.start(store, "kv", "redis", "kv.redis.uri", redis.uri());
        TestServer other = TestServer.start(store, "kv", "redis", "kv.redis.uri", redis.uri())) {
      String item = "ä".repeat(200);
      seller(server, item).close();
      await()
          .atMost(TestServer.PATIENCE)
          .until(() -> texts(read(other, HALL + "log").get("entries"), "what").contains("left"));

      JsonNode keys = read(other, HALL + "keys");
      JsonNode timers = read(other, HALL + "timers");
      JsonNode log = read(other, HALL + "log");

      JsonNode value = keys.at("/keys/0/value");
      assertThat(value.get("cut").asBoolean()).isTrue();
      assertThat(value.get("bytes").asInt()).isGreaterThan(400);
      assertThat(value.get("text").asText()).contains("ää").doesNotContain("\ufffd");
      assertThat(texts(timers.get("timers"), "name")).containsExactly("close");
      assertThat(texts(log.get("entries"), "what")).containsExactly("joined", "effect", "left");
      assertThat(log.at("/entries/1/function").asText()).isEqualTo("room.broadcast");
      assertThat(log.at("/entries/1/arguments/0/text").asText()).startsWith("{\"");
      assertThat(log.at("/entries/1/arguments/0/cut").asBoolean()).isTrue();
      assertThat(log.at("/entries/2/connection").asText())
          .isEqualTo(log.at("/entries/0/connection").asText())
          .isNotEmpty();
      assertThat(log.get("end").asInt()).isEqualTo(3);
      assertThat(texts(read(other, HALL + "log?limit=1").get("entries"), "what"))
          .containsExactly("left");
    }
  }

  @Test
  void whatIsNoTextIsToldInBase64() throws Exception {
    try (RedisProcess redis = RedisProcess.start();
        TestServer server = TestServer.start(store, "kv", "redis", "kv.redis.uri", redis.uri())) {
      server.publish("whiteboard", TestServer.example("whiteboard"));
      byte[] line = {1, 10, 0, 10, 0, 100, 0, 100, 0}; // well-formed UTF-8, and no text
      try (Client ann = server.connect("whiteboard", "hall");
          Client ben = server.connect("whiteboard", "hall")) {
        server.awaitConnections(2);
        ann.say(line);
        ben.next();

        JsonNode log = read(server, "/api/services/whiteboard/rooms/hall/log");

        JsonNode said = log.at("/entries/" + (log.get("entries").size() - 1));
        assertThat(said.at("/arguments/0/base64").binaryValue()).isEqualTo(line);
        assertThat(said.at("/arguments/0/bytes").asInt()).isEqualTo(9);
        JsonNode keys = read(server, "/api/services/whiteboard/rooms/hall/keys").get("keys");
        assertThat(keys.at("/1/value/base64").binaryValue()).isEqualTo(line);
        assertThat(keys.at("/0/value/text").asText()).isEqualTo("1");
      }
    }
  }

  @Test
  void whileRedisIsAwayItIsSaidThatItIs() throws Exception {
    try (RedisProcess redis = RedisProcess.start();
        TestServer server =
            TestServer.start(
                store, "kv", "redis", "kv.redis.uri", redis.uri(), "kv.redis.timeout", "200ms")) {
      redis.kill();

      for (String what : List.of("keys", "timers", "log")) {
        HttpResponse<String> answer = server.send(server.request(HALL + what));

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(503);
        assertThat(JSON.readTree(answer.body()).at("/error/message").asText())
            .contains("auction/hall", "redis");
      }
    }
  }
}
