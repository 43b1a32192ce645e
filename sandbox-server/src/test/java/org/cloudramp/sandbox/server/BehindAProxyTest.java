package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
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

  @Test
  void aNamedProxysConnectionsCountForItsClients(@TempDir Path otherStore) {
    try (TestServer behind =
            TestServer.start(
                otherStore,
                "server.proxies",
                "127.0.0.1, ::1",
                "server.connectionsPerAddress",
                "2");
        RawSocket first = new RawSocket(behind.uri());
        RawSocket second = new RawSocket(behind.uri());
        RawSocket third = new RawSocket(behind.uri());
        RawSocket other = new RawSocket(behind.uri());
        RawSocket again = new RawSocket(behind.uri())) {
      behind.publish("echo", Guests.wasm("echo"));
      String client = "X-Forwarded-For: 192.0.2.1, 203.0.113.7";

      assertThat(first.upgrade("echo", "lobby", client)).startsWith("HTTP/1.1 101");
      assertThat(second.upgrade("echo", "lobby", client)).startsWith("HTTP/1.1 101");
      // Whatever it says it was before the proxy: that is the part that it can make up.
      assertThat(third.upgrade("echo", "lobby", "X-Forwarded-For: 192.0.2.9, 203.0.113.7"))
          .startsWith("HTTP/1.1 429");
      assertThat(other.upgrade("echo", "lobby", "X-Forwarded-For: 203.0.113.8"))
          .startsWith("HTTP/1.1 101");

      first.hangUp();

      behind.awaitConnections(2);
      assertThat(again.upgrade("echo", "lobby", client)).startsWith("HTTP/1.1 101");
    }
  }

  @Test
  void oneConnectionOfAProxyBringsManyClients(@TempDir Path otherStore) {
    try (TestServer behind =
            TestServer.start(
                otherStore,
                "server.proxies",
                "127.0.0.1, ::1",
                "server.connectionsPerAddress",
                "1");
        RawSocket pooled = new RawSocket(behind.uri());
        RawSocket another = new RawSocket(behind.uri())) {
      for (RawSocket connection : List.of(pooled, another, pooled)) {
        // What was answered does not count any more, a moment after the answer has left.
        await()
            .atMost(TestServer.PATIENCE)
            .until(
                () ->
                    connection
                        .ask(
                            "HEAD /healthz HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 203.0.113.7\r\n\r\n")
                        .startsWith("HTTP/1.1 200"));
      }
    }
  }

  @Test
  void whoIsNoNamedProxyCannotSayWhereItComesFrom(@TempDir Path otherStore) {
    try (TestServer behind =
            TestServer.start(
                otherStore, "server.proxies", "10.0.0.0/8", "server.connectionsPerAddress", "1");
        RawSocket first = new RawSocket(behind.uri());
        RawSocket second = new RawSocket(behind.uri())) {
      behind.publish("echo", Guests.wasm("echo"));
      String somebody = "X-Forwarded-For: 203.0.113.7";

      // They come from this machine, and that does not count: see ConnectionLimits.
      assertThat(first.upgrade("echo", "lobby", somebody)).startsWith("HTTP/1.1 101");
      assertThat(second.upgrade("echo", "lobby", somebody)).startsWith("HTTP/1.1 101");
    }
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
