package org.cloudramp.sandbox.server;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.cloudramp.sandbox.api.Digest;
import org.cloudramp.sandbox.testkit.Guests;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Uploading modules, and being kept from it. */
class ServicesApiTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final String UPLOAD_OF_A_THOUSAND_BYTES =
      "PUT /api/services/slow HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nContent-Length: 1000\r\n\r\n"
          .formatted(TestTokens.ADMIN);

  @TempDir Path store;
  private TestServer server;

  @BeforeEach
  void start() {
    server = TestServer.start(store, "server.uploadBytes", "64KiB");
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void anUploadIsLiveAtOnce() throws IOException {
    byte[] echo = Guests.wasm("echo");

    HttpResponse<String> answer = put("fresh", BodyPublishers.ofByteArray(echo));

    assertThat(answer.statusCode()).isEqualTo(200);
    JsonNode body = JSON.readTree(answer.body());
    assertThat(body.get("service").asText()).isEqualTo("fresh");
    assertThat(body.get("digest").asText()).isEqualTo(Digest.of(echo).hex());
    Client ada = server.join("fresh", "lobby");
    ada.say("hello");
    ada.await("hello");
  }

  @Test
  void aServiceTellsWhichVersionsItHasAndWhichIsLive() throws IOException {
    put("two", BodyPublishers.ofByteArray(Guests.wasm("echo")));
    put("two", BodyPublishers.ofByteArray(Guests.wasm("trap")));

    JsonNode body = JSON.readTree(server.send(server.request("/api/services/two").GET()).body());

    assertThat(body.get("live").asText()).isEqualTo(Digest.of(Guests.wasm("trap")).hex());
    assertThat(body.get("versions")).hasSize(2);
  }

  @Test
  void aVersionIsMadeLiveByItsDigest() throws IOException {
    String echo = Digest.of(Guests.wasm("echo")).hex();
    put("two", BodyPublishers.ofByteArray(Guests.wasm("echo")));
    put("two", BodyPublishers.ofByteArray(Guests.wasm("trap")));

    HttpResponse<String> answer = post("two/activate/" + echo);

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(JSON.readTree(answer.body()).get("digest").asText()).isEqualTo(echo);
    assertThat(liveOf("two")).isEqualTo(echo);
    server.join("two", "lobby").say("it runs");
  }

  @Test
  void aRollbackMakesLiveWhatWasLiveBeforeOnce() throws IOException {
    String echo = Digest.of(Guests.wasm("echo")).hex();
    put("two", BodyPublishers.ofByteArray(Guests.wasm("echo")));
    put("two", BodyPublishers.ofByteArray(Guests.wasm("trap")));

    HttpResponse<String> answer = post("two/rollback");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(JSON.readTree(answer.body()).get("service").asText()).isEqualTo("two");
    assertThat(JSON.readTree(answer.body()).get("digest").asText()).isEqualTo(echo);
    assertFailure(post("two/rollback"), 404, "not_found");
    assertThat(liveOf("two")).isEqualTo(echo);
  }

  @Test
  void whatWasNeverPublishedIsNotMadeLive() throws IOException {
    put("one", BodyPublishers.ofByteArray(Guests.wasm("echo")));
    String other = Digest.of(Guests.wasm("trap")).hex();

    assertFailure(post("one/activate/" + other), 404, "not_found");
    assertFailure(post("one/rollback"), 404, "not_found");
    assertFailure(post("nowhere/rollback"), 404, "not_found");
    assertThat(liveOf("one")).isEqualTo(Digest.of(Guests.wasm("echo")).hex());
  }

  @ParameterizedTest
  @ValueSource(strings = {"one/activate", "one/rollback/", "one/lift/", "one/other"})
  void whatThereIsNotToPostToIsNotFound(String path) throws IOException {
    assertFailure(post(path), 404, "not_found");
  }

  @ParameterizedTest
  @ValueSource(strings = {"one/activate/", "one/activate/123", "ONE/rollback"})
  void aNameThatCannotBeIsRefused(String path) throws IOException {
    assertFailure(post(path), 400, "bad_request");
  }

  @Test
  void whoeverUploadsAgainWhatRestsIsToldSoAndCanLiftIt() throws IOException {
    byte[] trap = Guests.wasm("trap");
    put("trap", BodyPublishers.ofByteArray(trap));
    for (int room = 0; room < 5; room++) {
      Client someone = server.connect("trap", "room-" + room);
      someone.say("u");
      someone.await("!onMessage");
    }

    JsonNode again = JSON.readTree(put("trap", BodyPublishers.ofByteArray(trap)).body());
    JsonNode described = JSON.readTree(server.send(server.request("/api/services/trap")).body());
    assertThat(server.connect("trap", "lobby").closed().code()).isEqualTo(1013);
    JsonNode lifted = JSON.readTree(post("trap/lift").body());
    JsonNode lively = JSON.readTree(put("trap", BodyPublishers.ofByteArray(trap)).body());

    assertThat(again.at("/digest").asText()).isEqualTo(Digest.of(trap).hex());
    assertThat(again.at("/resting/seconds").asLong()).isBetween(1L, 10L);
    assertThat(again.at("/resting/lastFault").asText()).contains("unreachable");
    assertThat(again.at("/resting/message").asText())
        .contains("in quarantine", "POST /api/services/trap/lift");
    assertThat(described.at("/resting/message").asText()).contains("/lift");
    assertThat(lifted.at("/lifted/0").asText()).isEqualTo(Digest.of(trap).hex());
    assertThat(lively.has("resting")).isFalse();
    Client ben = server.connect("trap", "lobby");
    ben.say("it runs");
    ben.await("it runs");
  }

  @Test
  void aLiftOfWhatDoesNotRestChangesNothing() throws IOException {
    put("one", BodyPublishers.ofByteArray(Guests.wasm("echo")));

    HttpResponse<String> answer = post("one/lift");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(JSON.readTree(answer.body()).at("/lifted")).isEmpty();
  }

  @Test
  void pagesOfOtherOriginsDoNotGoBack() throws IOException {
    put("two", BodyPublishers.ofByteArray(Guests.wasm("echo")));
    put("two", BodyPublishers.ofByteArray(Guests.wasm("trap")));
    String live = liveOf("two");
    for (String action :
        List.of("rollback", "lift", "activate/" + Digest.of(Guests.wasm("echo")).hex())) {
      String path = "/api/services/two/" + action;
      assertFailure(
          server.send(
              server
                  .request(path)
                  .header("Origin", "http://evil.example")
                  .POST(BodyPublishers.noBody())),
          403,
          "denied");
      HttpResponse<String> get = server.send(server.request(path).GET());
      assertFailure(get, 405, "method");
      assertThat(get.headers().firstValue("Allow")).hasValue("POST");
    }

    assertThat(liveOf("two")).isEqualTo(live);
  }

  @Test
  void anUnknownServiceIsNotFound() throws IOException {
    assertFailure(server.send(server.request("/api/services/nowhere").GET()), 404, "not_found");
  }

  @Test
  void whatIsNoModuleIsRefusedByName() throws IOException {
    HttpResponse<String> answer = put("bad", BodyPublishers.ofString("not a module"));

    assertFailure(answer, 400, "malformed");
    assertFailure(server.send(server.request("/api/services/bad").GET()), 404, "not_found");
  }

  @Test
  void aModuleThatDoesNotSpeakTheAbiIsRefusedByName() throws IOException {
    HttpResponse<String> answer =
        put("bad", BodyPublishers.ofByteArray(Guests.wasm("engine/imports")));

    assertFailure(answer, 422, "unlinkable");
  }

  @ParameterizedTest
  @ValueSource(strings = {"CHAT", "a_b", "", "..%5Cx", "%3Cscript%3E", "a%0Ab"})
  void aNameOfAnotherShapeIsRefused(String service) {
    assertThat(put(service, BodyPublishers.ofByteArray(Guests.wasm("echo"))).statusCode())
        .isEqualTo(400);
  }

  @Test
  void aBodyOverTheLimitIsRefused() throws IOException {
    assertFailure(put("big", BodyPublishers.ofByteArray(new byte[(64 << 10) + 1])), 413, "limit");
  }

  @Test
  void aBodyOfUnknownLengthOverTheLimitIsRefused() throws IOException {
    BodyPublisher chunked =
        BodyPublishers.fromPublisher(BodyPublishers.ofByteArray(new byte[(64 << 10) + 1]));

    assertFailure(put("big", chunked), 413, "limit");
  }

  @Test
  void aBodyThatIsAnnouncedAsTooLargeIsRefusedBeforeItComes() {
    try (RawSocket socket = new RawSocket(server.uri())) {
      String answer =
          socket.ask(
              """
              PUT /api/services/big HTTP/1.1\r
              Host: localhost\r
              Authorization: Bearer %s\r
              Content-Length: 99999999999\r
              \r
              """
                  .formatted(TestTokens.ADMIN));

      assertThat(answer).startsWith("HTTP/1.1 413");
    }
  }

  @Test
  void aCompressedBodyIsRefused() throws IOException {
    HttpResponse<String> answer =
        server.send(
            server
                .request("/api/services/zip")
                .header("Content-Encoding", "gzip")
                .PUT(BodyPublishers.ofByteArray(new byte[] {31, -117})));

    assertFailure(answer, 415, "encoding");
  }

  @Test
  void otherMethodsAreRefused() throws IOException {
    HttpResponse<String> answer =
        server.send(server.request("/api/services/any").POST(BodyPublishers.noBody()));

    assertFailure(answer, 405, "method");
    assertThat(answer.headers().firstValue("Allow")).hasValue("DELETE, GET, PUT");
  }

  @Test
  void pagesOfOtherOriginsAreRefused() throws IOException {
    HttpResponse<String> answer =
        server.send(
            server
                .request("/api/services/any")
                .header("Origin", "http://evil.example")
                .PUT(BodyPublishers.ofByteArray(Guests.wasm("echo"))));

    assertFailure(answer, 403, "denied");
  }

  @ParameterizedTest
  @ValueSource(strings = {"evil.example", "localhost.evil.example", "127.0.0.1.evil.example:80"})
  void aNameThatHasBeenMadeToLeadHereIsRefused(String host) {
    try (RawSocket socket = new RawSocket(server.uri())) {
      String answer =
          socket.ask("GET /api/services/any HTTP/1.1\r\nHost: %s\r\n\r\n".formatted(host));

      assertThat(answer).startsWith("HTTP/1.1 403");
    }
  }

  @Test
  void anUploadThatComesTooSlowlyIsGivenUp(@TempDir Path otherStore) {
    try (TestServer impatient = TestServer.start(otherStore, "server.patience", "1s");
        RawSocket slow = new RawSocket(impatient.uri())) {
      String answer = slow.ask(UPLOAD_OF_A_THOUSAND_BYTES + "only some of them");

      assertThat(answer).startsWith("HTTP/1.1 408").contains("Connection: close");
    }
  }

  @Test
  void uploadsThatNeverEndHoldNobodyUp() throws IOException {
    List<RawSocket> endless =
        IntStream.range(0, 300).mapToObj(i -> new RawSocket(server.uri())).toList();
    endless.forEach(socket -> socket.send((UPLOAD_OF_A_THOUSAND_BYTES + "x").getBytes(US_ASCII)));

    assertThat(put("quick", BodyPublishers.ofByteArray(Guests.wasm("echo"))).statusCode())
        .isIn(200, 503);
    await()
        .untilAsserted(
            () ->
                assertThat(
                        put("quick", BodyPublishers.ofByteArray(Guests.wasm("echo"))).statusCode())
                    .isEqualTo(200));
    Client ada = server.join("quick", "lobby");
    ada.say("in time");
    ada.await("in time");
    endless.forEach(RawSocket::close);
  }

  @Test
  void saysWhichFunctionsRoomsCanImport() throws IOException {
    HttpResponse<String> answer = server.send(server.request("/api/functions").GET());

    assertThat(answer.statusCode()).isEqualTo(200);
    JsonNode modules = JSON.readTree(answer.body()).get("modules");
    assertThat(modules.findValuesAsText("name")).contains("room", "broadcast", "users", "conn");
  }

  @Test
  void tellsPagesOfOthersNothingOfItsFunctions() {
    HttpResponse<String> answer =
        server.send(server.request("/api/functions").GET().header("Origin", "http://evil.example"));

    assertThat(answer.statusCode()).isEqualTo(403);
  }

  private HttpResponse<String> post(String path) {
    return server.send(server.request("/api/services/" + path).POST(BodyPublishers.noBody()));
  }

  private String liveOf(String service) throws IOException {
    HttpResponse<String> answer = server.send(server.request("/api/services/" + service).GET());
    return JSON.readTree(answer.body()).get("live").asText();
  }

  private HttpResponse<String> put(String service, BodyPublisher body) {
    return server.send(server.request("/api/services/" + service).PUT(body));
  }

  private static void assertFailure(HttpResponse<String> answer, int status, String kind)
      throws IOException {
    assertThat(answer.statusCode()).isEqualTo(status);
    JsonNode error = JSON.readTree(answer.body()).get("error");
    assertThat(error.get("kind").asText()).isEqualTo(kind);
    assertThat(error.get("message").asText()).isNotBlank();
  }
}
