package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.testkit.Guests;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What services have taken, for whoever bills. */
@Timeout(120)
class MeteringTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path folder;

  private TestServer start(String... settings) {
    return TestServer.start(folder.resolve("modules"), settings);
  }

  private static JsonNode report(TestServer server) throws IOException {
    HttpResponse<String> answer = server.send(server.request("/api/metering"));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return JSON.readTree(answer.body());
  }

  private static JsonNode of(JsonNode report, String service) {
    for (JsonNode each : report.get("services")) {
      if (each.get("service").asText().equals(service)) {
        return each;
      }
    }
    throw new AssertionError(service + " is not in " + report);
  }

  @Test
  void whatAServiceTakesIsAddedUp() throws Exception {
    try (TestServer server = start("server.metering.services", "10")) {
      server.publish("counter", Guests.wasm("count"));
      try (Client ann = server.connect("counter", "lobby");
          Client ben = server.connect("counter", "lobby")) {
        server.awaitConnections(2);
        ann.say("12345");
        ann.say("123");
        ben.next();
        ben.next();
        ann.next();
        ann.next();
        ann.say("x"); // counts, and traps
        await()
            .atMost(TestServer.PATIENCE)
            .until(() -> of(report(server), "counter").at("/hooks/trapped").asInt() == 1);

        JsonNode counter = of(report(server), "counter");

        assertThat(counter.at("/hooks/completed").asInt()).isEqualTo(2);
        assertThat(counter.get("keysRead").asInt()).isEqualTo(3);
        assertThat(counter.get("keysWritten").asInt()).isEqualTo(2);
        assertThat(counter.get("bytesIn").asInt()).isEqualTo(5 + 3 + 1);
        assertThat(counter.get("messagesOut").asInt()).isEqualTo(4);
        assertThat(counter.get("bytesOut").asInt()).isEqualTo(4 * 8);
        assertThat(counter.get("guestMicros").asLong()).isPositive();
        assertThat(counter.get("uploads").asInt()).isEqualTo(1);
        assertThat(counter.get("uploadMicros").asLong()).isPositive();
      }
    }
  }

  @Test
  void requestsCountWithTheirBodiesAndAnswers() throws Exception {
    try (TestServer server = start("server.metering.services", "10")) {
      server.publish("board", TestServer.example("noticeboard"));
      HttpResponse<String> answer =
          server.send(
              server
                  .strangersRequest("/rooms/board/lobby/notices")
                  .header("Content-Type", "application/json")
                  .POST(BodyPublishers.ofString("{\"title\":\"hi\"}")));

      JsonNode board = of(report(server), "board");
      assertThat(board.get("bytesIn").asInt()).isEqualTo(14);
      assertThat(board.get("bytesOut").asInt()).isEqualTo(answer.body().length());
      assertThat(answer.body()).isNotEmpty();
    }
  }

  @Test
  void servicesBeyondTheBoundAndMadeUpOnesAreAddedUpTogether() throws Exception {
    try (TestServer server = start("server.metering.services", "1")) {
      server.publish("first", Guests.wasm("echo"));
      server.publish("second", Guests.wasm("echo"));
      try (Client ann = server.join("second", "lobby")) {
        ann.say("hello");
        ann.await("hello");
      }
      assertThat(server.connect("made-up", "lobby").closed().code()).isEqualTo(4004);

      JsonNode report = report(server);
      assertThat(report.get("services")).hasSize(1);
      assertThat(of(report, "first").get("bytesIn").asInt()).isZero();
      assertThat(report.at("/others/service").asText()).isEqualTo("_other");
      assertThat(report.at("/others/bytesIn").asInt()).isEqualTo(5);
      assertThat(report.at("/others/hooks/no_service").asInt()).isPositive();
    }
  }

  @Test
  void eachStartHasAFileOfItsOwnThatIsWholeAtAnyMomentAndFinalWhenTheServerHasStopped()
      throws Exception {
    Path bills = folder.resolve("bills");
    String[] settings = {
      "server.metering.services", "10",
      "server.metering.folder", bills.toString(),
      "server.metering.every", "20ms"
    };
    String first;
    try (TestServer server = start(settings)) {
      server.publish("echo", Guests.wasm("echo"));
      first = report(server).get("start").asText();
      long before = 0;
      try (Client ann = server.join("echo", "lobby")) {
        for (int i = 0; i < 50; i++) {
          ann.say("hello");
          ann.await("hello");
          JsonNode kept = only(bills);
          assertThat(kept.get("start").asText()).isEqualTo(first);
          assertThat(kept.get("final").asBoolean()).isFalse();
          long now = kept.at("/services/0/bytesIn").asLong(0);
          assertThat(now).isGreaterThanOrEqualTo(before);
          before = now;
        }
      }
    }
    assertThat(only(bills).get("final").asBoolean()).isTrue();
    assertThat(of(only(bills), "echo").get("bytesIn").asInt()).isEqualTo(250);

    try (TestServer server = start(settings)) {
      assertThat(report(server).get("start").asText()).isNotEqualTo(first);
      assertThat(report(server).get("services")).isEmpty();
    }

    assertThat(files(bills)).hasSize(2).allSatisfy(file -> assertThat(file).endsWith(".json"));
  }

  private static JsonNode only(Path bills) throws IOException {
    List<String> files = files(bills).stream().filter(name -> name.endsWith(".json")).toList();
    assertThat(files).hasSize(1);
    return JSON.readTree(bills.resolve(files.get(0)).toFile());
  }

  private static List<String> files(Path bills) throws IOException {
    try (Stream<Path> all = Files.list(bills)) {
      return all.map(file -> String.valueOf(file.getFileName())).toList();
    }
  }

  @Test
  void withoutTheSettingNothingIsAddedUpAndThatIsSaid() {
    try (TestServer server = start()) {
      HttpResponse<String> answer = server.send(server.request("/api/metering"));

      assertThat(answer.statusCode()).isEqualTo(404);
      assertThat(answer.body()).contains("sandbox.server.metering.services");
    }
  }

  @Test
  void aFolderThatCannotBeWrittenToOrHasNothingToKeepIsRefusedAtTheStart() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");

    assertThatThrownBy(
            () -> start("server.metering.services", "1", "server.metering.folder", file.toString()))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("sandbox.server.metering.folder");
    assertThatThrownBy(() -> start("server.metering.folder", folder.toString()))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("sandbox.server.metering.services is 0");
  }
}
