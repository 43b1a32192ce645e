package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.cloudramp.sandbox.server.jointoken.Issuer;
import org.cloudramp.sandbox.server.jointoken.Issuer.Algorithm;
import org.cloudramp.sandbox.testkit.Guests;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Rooms that are asked by HTTP. */
@Timeout(120)
class RoomRequestsTest {
  private static final String NOTICES = "/rooms/board/lobby/notices";
  private static final String NOTICE = "{\"title\":\"sold\"}";

  @TempDir Path folder;

  @SuppressWarnings("NullAway.Init")
  private TestServer server;

  @BeforeEach
  void start() {
    server =
        TestServer.start(
            folder,
            "server.origins",
            "https://example.org",
            "server.messageBytes",
            "10KiB",
            "quarantine.faults",
            "0");
    server.publish("board", TestServer.example("noticeboard"));
    server.publish("chat", TestServer.example("chat"));
    server.publish("ask", Guests.wasm("ask"));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private HttpRequest.Builder ask(String path) {
    return server.strangersRequest(path);
  }

  private static HttpRequest.Builder post(HttpRequest.Builder request, String body) {
    return request.POST(BodyPublishers.ofString(body));
  }

  @Test
  void aWebhookShowsSomethingToThoseInTheRoomAndIsAnsweredAfterTheCommit() {
    Client ann = server.connect("board", "lobby");
    assertThat(ann.next().text()).isEqualTo("[]");

    HttpResponse<String> posted = server.send(post(ask(NOTICES), NOTICE));

    assertThat(posted.statusCode()).isEqualTo(201);
    assertThat(posted.body()).contains("\"title\":\"sold\"");
    assertThat(ann.next().text()).isEqualTo("[" + posted.body() + "]");
    HttpResponse<String> got = server.send(ask(NOTICES + "?from=0"));
    assertThat(got.statusCode()).isEqualTo(200);
    assertThat(got.body()).isEqualTo("[" + posted.body() + "]");
    assertThat(got.headers().firstValue("content-type")).contains("application/json");
    assertThat(got.headers().firstValue("cache-control")).contains("no-cache");
  }

  @Test
  void whatARoomAnswersIsOfNoOriginForABrowser() {
    HttpResponse<String> got = server.send(ask(NOTICES));

    assertThat(got.headers().allValues("content-security-policy"))
        .containsExactly("default-src 'none'; sandbox; frame-ancestors 'none'");
    assertThat(got.headers().firstValue("x-content-type-options")).contains("nosniff");
    assertThat(got.headers().firstValue("access-control-allow-origin")).isEmpty();
  }

  @Test
  void theRoomIsToldWhatWasSentButNoSecretsOfThisServer() {
    String told =
        server
            .send(
                ask("/rooms/ask/lobby/a/b%20c?d=e&f")
                    .method("PATCH", BodyPublishers.ofString("the body"))
                    .header("X-Signature", "sha256=1")
                    .header("Authorization", "Bearer secret")
                    .header("Cookie", "secret=1")
                    .header("X-Forwarded-For", "192.0.2.7"))
            .body();

    assertThat(told).contains("PATCH", "/a/b%20c?d=e&f", "the body", "x-signature", "sha256=1");
    assertThat(told).doesNotContain("secret", "authorization", "cookie", "192.0.2.7");
  }

  @Test
  void headIsAnsweredWithoutABody() {
    HttpResponse<String> head = server.send(ask(NOTICES).method("HEAD", BodyPublishers.noBody()));

    assertThat(head.statusCode()).isEqualTo(200);
    assertThat(head.body()).isEmpty();
  }

  @Test
  void whoAsksWhatIsNotThereIsToldSo() {
    assertThat(failure("/rooms/nobody/lobby/", 404)).contains("there is no service 'nobody'");
    assertThat(failure("/rooms/chat/lobby/", 404))
        .contains("rooms of service 'chat' answer no requests", "onRequest");
    assertThat(server.send(ask("/rooms/board/lobby")).statusCode()).isEqualTo(426);
    assertThat(server.send(ask("/rooms/Board/lobby/x")).statusCode()).isEqualTo(400);
    assertThat(server.send(ask("/rooms/board/a%20b/x")).statusCode()).isEqualTo(400);
  }

  private String failure(String path, int status) {
    HttpResponse<String> answer = server.send(ask(path));
    assertThat(answer.statusCode()).isEqualTo(status);
    assertThat(answer.headers().firstValue("content-type")).contains("application/json");
    return answer.body();
  }

  @Test
  void whoAsksServicesThatThereAreNotTakesNoPlaceFromThoseThatThereAre() {
    List<RawSocket> strangers = new ArrayList<>();
    try {
      for (int i = 0; i < 300; i++) {
        RawSocket stranger = new RawSocket(server.uri());
        strangers.add(stranger);
        stranger.send(
            "POST /rooms/unknown-%d/lobby/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000\r\n\r\nx"
                .formatted(i)
                .getBytes(StandardCharsets.US_ASCII));
      }
      assertThat(strangers.get(299).read()).as("is answered, for there is no place").isPositive();

      for (int i = 0; i < 20; i++) {
        assertThat(server.send(ask(NOTICES)).statusCode()).isEqualTo(200);
      }
    } finally {
      strangers.forEach(RawSocket::close);
    }
  }

  @Test
  void aHookThatFailsSaysNothingOfItsInsides() {
    HttpResponse<String> failed =
        server.send(ask("/rooms/ask/lobby/").method("TRAP", BodyPublishers.noBody()));

    assertThat(failed.statusCode()).isEqualTo(500);
    assertThat(failed.body()).contains("room 'lobby' of service 'ask' has failed");
    assertThat(failed.body()).doesNotContainIgnoringCase("trap").doesNotContain("unreachable");
    assertThat(
            server
                .send(ask("/rooms/ask/lobby/").method("REFUSE", BodyPublishers.noBody()))
                .statusCode())
        .isEqualTo(403);
  }

  @Test
  void aBodyThatIsTooLargeIsRefused() {
    HttpResponse<String> refused = server.send(post(ask(NOTICES), "x".repeat((10 << 10) + 1)));

    assertThat(refused.statusCode()).isEqualTo(413);
    assertThat(refused.body()).contains("sandbox.server.messageBytes");
  }

  @Test
  void pagesOfOtherOriginsAskOnlyIfTheyMay() {
    assertThat(
            server
                .send(post(ask(NOTICES), NOTICE).header("Origin", "https://evil.example"))
                .statusCode())
        .isEqualTo(403);
    assertThat(server.send(ask(NOTICES)).body()).isEqualTo("[]");

    HttpResponse<String> allowed =
        server.send(post(ask(NOTICES), NOTICE).header("Origin", "https://example.org"));
    assertThat(allowed.statusCode()).isEqualTo(201);
    assertThat(allowed.headers().firstValue("access-control-allow-origin"))
        .contains("https://example.org");
  }

  @Test
  void whatABrowserAsksBeforehandIsNoBusinessOfTheRoom() {
    HttpResponse<String> preflight =
        server.send(
            ask("/rooms/ask/lobby/")
                .method("OPTIONS", BodyPublishers.noBody())
                .header("Origin", "https://example.org")
                .header("Access-Control-Request-Method", "PUT")
                .header("Access-Control-Request-Headers", "x-signature"));

    assertThat(preflight.statusCode()).isEqualTo(204);
    assertThat(preflight.headers().firstValue("access-control-allow-methods")).contains("PUT");
    assertThat(preflight.headers().firstValue("access-control-allow-headers"))
        .contains("x-signature");
  }

  @Test
  void roomsThatNeedAJoinTokenNeedItForRequestsToo() throws Exception {
    Issuer issuer = new Issuer();
    try (TestServer closed =
        TestServer.start(
            folder.resolve("closed"),
            "server.join.keys",
            Files.writeString(folder.resolve("keys"), issuer.jwks(Algorithm.EdDSA)).toString(),
            "server.join.issuer",
            Issuer.NAME,
            "server.join.audience",
            Issuer.AUDIENCE,
            "server.join.rooms",
            "token")) {
      closed.publish("chat", Guests.wasm("ask"));
      Map<String, String> claims = Issuer.claims(Instant.now().getEpochSecond());
      claims.put("sub", "\"ann\"");
      String token = issuer.token(Algorithm.EdDSA, claims);

      HttpResponse<String> without = closed.send(closed.strangersRequest("/rooms/chat/lobby/"));
      HttpResponse<String> with =
          closed.send(
              closed
                  .strangersRequest("/rooms/chat/lobby/")
                  .header("Authorization", "Bearer " + token));
      HttpResponse<String> elsewhere =
          closed.send(
              closed
                  .strangersRequest("/rooms/chat/den/")
                  .header("Authorization", "Bearer " + token));

      assertThat(without.statusCode()).isEqualTo(401);
      assertThat(without.headers().firstValue("www-authenticate")).isPresent();
      assertThat(with.statusCode()).isEqualTo(202);
      assertThat(elsewhere.statusCode()).isEqualTo(401);
      assertThat(with.body()).contains("ann").doesNotContain(token);
    }
  }
}
