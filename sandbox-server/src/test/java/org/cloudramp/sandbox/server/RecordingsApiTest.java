package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.cloudramp.sandbox.api.Digest;
import org.cloudramp.sandbox.core.recording.RecordedHook;
import org.cloudramp.sandbox.core.recording.Recording;
import org.cloudramp.sandbox.server.token.Token;
import org.cloudramp.sandbox.testkit.Guests;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Recordings of rooms, and the modules that ran there, over the API. */
@Timeout(120)
class RecordingsApiTest {
  private static final String ECHO = Digest.of(Guests.wasm("echo")).hex();
  private static final String MAP =
      "{\"version\":3,\"sources\":[\"assembly/index.ts\"],\"sourcesContent\":[\"secret\"],\"mappings\":\"AAAA\"}";
  private static final String READS = Token.generate();
  private static final String READS_OTHER = Token.generate();

  @TempDir Path store;
  private TestServer server;

  @BeforeEach
  void start() {
    server =
        TestServer.start(
            store,
            "record.echo",
            "on",
            "server.tokens",
            String.join(
                ";",
                TestTokens.adminEntry(),
                TestTokens.entry("reads", READS, null, "read:echo"),
                TestTokens.entry("other", READS_OTHER, null, "read:other")));
    server.publish("echo", Guests.wasm("echo"));
    server.publish("other", Guests.wasm("echo"));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private HttpRequest.Builder asking(String token, String path) {
    return server
        .strangersRequest("/api/services/" + path)
        .header("Authorization", TestTokens.bearer(token))
        .GET();
  }

  private static HttpResponse<byte[]> bytes(HttpRequest.Builder request) throws Exception {
    return HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofByteArray());
  }

  @Test
  void whoMayReadAServiceGetsTheRecordingOfARoom() throws Exception {
    Client ada = server.join("echo", "lobby");
    ada.say("hello");
    ada.await("hello");

    HttpResponse<byte[]> answer = bytes(asking(READS, "echo/rooms/lobby/recording"));

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/octet-stream");
    Recording recording = Recording.read(answer.body());
    assertThat(recording.service()).hasToString("echo");
    assertThat(recording.hooks())
        .extracting(hook -> hook.runs().get(0).hook())
        .startsWith("onJoin", "onMessage");
    assertThat(recording.hooks())
        .extracting(RecordedHook::module)
        .allMatch(module -> module.digest().hex().equals(ECHO));
    assertThat(server.used("recordedBytes")).isPositive();
  }

  @Test
  void whoMayReadAServiceGetsItsModule() throws Exception {
    HttpResponse<byte[]> answer = bytes(asking(READS, "echo/versions/" + ECHO));

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo(Guests.wasm("echo"));
    assertThat(server.send(asking(READS, "echo/versions/" + "0".repeat(64))).statusCode())
        .isEqualTo(404);
  }

  @Test
  void whoMayReadAServiceGetsTheSourceMapThatItsAuthorHasGiven() {
    String path = "echo/versions/" + ECHO + "/source-map";
    HttpResponse<String> before = server.send(asking(READS, path));

    HttpResponse<String> kept = keep(path, MAP);

    assertThat(before.statusCode()).isEqualTo(404);
    assertThat(before.body()).contains("no source map is kept of echo@", "'room deploy' sends it");
    assertThat(kept.statusCode()).as(kept.body()).isEqualTo(200);
    HttpResponse<String> answer = server.send(asking(READS, path));
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/json");
    assertThat(answer.body())
        .isEqualTo(
            "{\"version\":3,\"sources\":[\"assembly/index.ts\"],\"names\":[],\"mappings\":\"AAAA\"}");
    assertThat(server.send(asking(READS_OTHER, path)).statusCode()).isEqualTo(403);
    assertThat(
            server.send(asking(READS_OTHER, "other/versions/" + ECHO + "/source-map")).statusCode())
        .isEqualTo(404);
  }

  @Test
  void whatIsNoSourceMapIsRefusedAndChangesNothing() {
    String path = "echo/versions/" + ECHO + "/source-map";
    keep(path, MAP);

    assertThat(keep(path, "{\"version\":3}").statusCode()).isEqualTo(400);
    assertThat(keep(path, "no JSON").body()).contains("this is no source map of version 3");
    HttpResponse<String> tooLarge = keep(path, " ".repeat((4 << 20) + 1));
    assertThat(tooLarge.statusCode()).isEqualTo(413);
    assertThat(tooLarge.body()).contains("a source map takes at most 4194304 bytes", "uploadBytes");
    HttpResponse<String> unknown = keep("echo/versions/" + "0".repeat(64) + "/source-map", MAP);
    assertThat(unknown.statusCode()).isEqualTo(404);
    assertThat(unknown.body()).contains("not_found", "echo@000000");

    assertThat(server.send(asking(READS, path)).body()).contains("\"mappings\":\"AAAA\"");
  }

  @Test
  void aSourceMapGoesWithItsService() {
    String path = "echo/versions/" + ECHO + "/source-map";
    keep(path, MAP);

    server.send(server.request("/api/services/echo").DELETE());
    server.publish("echo", Guests.wasm("echo"));

    assertThat(server.send(asking(READS, path)).statusCode()).isEqualTo(404);
  }

  @Test
  void aServiceHasNoMoreSourceMapsAMinuteThanModules() {
    String path = "/versions/" + ECHO + "/source-map";
    List<Integer> statuses =
        IntStream.range(0, 40).mapToObj(i -> keep("echo" + path, MAP).statusCode()).toList();

    assertThat(statuses.subList(0, 30)).containsOnly(200);
    assertThat(statuses.subList(30, 40)).as("uploadsPerMinute is 30").containsOnly(422);
    assertThat(keep("other" + path, MAP).statusCode()).as("another service").isEqualTo(200);
  }

  private HttpResponse<String> keep(String path, String map) {
    return server.send(server.request("/api/services/" + path).PUT(BodyPublishers.ofString(map)));
  }

  @Test
  void whatIsNotRecordedIsSaidWithTheSettingThatIsMissing() {
    HttpResponse<String> off = server.send(asking(READS_OTHER, "other/rooms/lobby/recording"));
    HttpResponse<String> none = server.send(asking(READS, "echo/rooms/nowhere/recording"));

    assertThat(off.statusCode()).isEqualTo(409);
    assertThat(off.body()).contains("\"kind\":\"not_recorded\"", "can set record.other = on");
    assertThat(none.statusCode()).isEqualTo(404);
    assertThat(none.body())
        .contains("\"kind\":\"not_found\"", "room 'nowhere' of service 'echo'", "recording.*");
  }

  @Test
  void whoMayNotReadAServiceGetsNeither() {
    assertThat(server.send(asking(READS_OTHER, "echo/rooms/lobby/recording")).statusCode())
        .isEqualTo(403);
    assertThat(server.send(asking(READS_OTHER, "echo/versions/" + ECHO)).statusCode())
        .isEqualTo(403);
    assertThat(
            server
                .send(server.strangersRequest("/api/services/echo/rooms/lobby/recording").GET())
                .statusCode())
        .isEqualTo(401);
  }

  /** A file that has left makes place for the next, whatever became of it. */
  @Test
  void asManyAreSentAsAreAskedForOneAfterTheOther() throws Exception {
    Client ada = server.join("echo", "lobby");
    ada.say("hello");
    ada.await("hello");

    for (int i = 0; i < 10; i++) {
      assertThat(bytes(asking(READS, "echo/rooms/lobby/recording")).statusCode()).isEqualTo(200);
      assertThat(server.send(asking(READS, "echo/rooms/nowhere/recording")).statusCode())
          .isEqualTo(404);
    }
  }
}
