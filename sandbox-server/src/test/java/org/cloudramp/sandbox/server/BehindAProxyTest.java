package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.cloudramp.sandbox.api.Digest;
import org.cloudramp.sandbox.testkit.Guests;
import org.cloudramp.sandbox.testkit.servers.PlainProxy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What reaches the server through a proxy of this machine comes from a loopback address, whoever
 * has sent it: once, that made everybody the operator.
 */
class BehindAProxyTest {
  private static final byte[] ECHO = Guests.wasm("echo");

  @TempDir Path store;
  private TestServer server;

  @BeforeEach
  void start() {
    server = TestServer.start(store, "server.hosts", "*");
    server.publish("chat", Guests.wasm("trap"));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  /** What proxies add to the requests that they pass on. */
  static Stream<Map<String, String>> additions() {
    return Stream.of(
        Map.of(),
        Map.of("Host", "localhost"),
        Map.of("Host", "rooms.example.org", "X-Forwarded-For", "203.0.113.7"),
        Map.of("Host", "127.0.0.1", "X-Forwarded-For", "127.0.0.1", "X-Real-IP", "127.0.0.1"),
        Map.of("Forwarded", "for=127.0.0.1;host=localhost", "Via", "1.1 proxy"));
  }

  @ParameterizedTest
  @MethodSource("additions")
  void aStrangersUploadIsRefusedWhateverTheProxyAdds(Map<String, String> adds) throws Exception {
    try (PlainProxy proxy = PlainProxy.before(server.uri(), adds)) {
      HttpResponse<String> answer = put(proxy.uri(), "");

      assertThat(answer.statusCode()).isEqualTo(401);
      assertThat(answer.headers().firstValue("WWW-Authenticate").orElse("")).startsWith("Bearer");
    }
    assertThat(live()).contains(Digest.of(Guests.wasm("trap")).hex());
  }

  @Test
  void whoHasATokenUploadsThroughAProxy() throws Exception {
    try (PlainProxy proxy = PlainProxy.before(server.uri(), Map.of())) {
      HttpResponse<String> answer = put(proxy.uri(), TestTokens.ADMIN);

      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    }
    assertThat(live()).contains(Digest.of(ECHO).hex());
  }

  private String live() {
    return server.send(server.request("/api/services/chat")).body();
  }

  private static HttpResponse<String> put(URI proxy, String token)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(proxy.resolve("/api/services/chat"))
            .PUT(BodyPublishers.ofByteArray(ECHO));
    if (!token.isEmpty()) {
      request.header("Authorization", TestTokens.bearer(token));
    }
    return HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofString());
  }
}
