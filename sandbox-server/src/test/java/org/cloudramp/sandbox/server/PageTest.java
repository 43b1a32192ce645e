package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is served over plain HTTP besides the API. */
class PageTest {
  private static final Pattern ASSET =
      Pattern.compile("/(?:playground|monitor)/[\\w.-]+-[A-Z0-9]{8}\\.\\w+");

  @TempDir Path store;
  private TestServer server;

  @BeforeEach
  void start() {
    server = TestServer.start(store, "server.pages", "playground");
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/?service=chat&room=lobby", "/monitor"})
  void aPageIsSentAnewEachTimeAndWhatItIsMadeOfIsKept(String page) {
    HttpResponse<String> html = server.send(server.request(page));

    assertThat(html.statusCode()).isEqualTo(200);
    assertThat(html.headers().firstValue("Content-Type").orElse("")).startsWith("text/html");
    assertThat(html.headers().firstValue("Cache-Control")).hasValue("no-store");
    List<String> assets = ASSET.matcher(html.body()).results().map(MatchResult::group).toList();
    assertThat(assets).hasSizeGreaterThanOrEqualTo(3);
    for (String asset : assets) {
      HttpResponse<String> answer = server.send(server.request(asset));
      assertThat(answer.statusCode()).as(asset).isEqualTo(200);
      assertThat(answer.headers().firstValue("Cache-Control").orElse(""))
          .contains("immutable", "max-age=31536000");
      assertThat(answer.headers().firstValue("Content-Type").orElse("")).startsWith(typeOf(asset));
    }
  }

  private static String typeOf(String asset) {
    if (asset.endsWith(".js")) {
      return "text/javascript";
    }
    return asset.endsWith(".css") ? "text/css" : "image/svg+xml";
  }

  @Test
  void theCompilerComesCompressedAndMayRunWebAssemblyAndReachNothing() {
    String script =
        find("/playground/main-[A-Z0-9]{8}\\.js", server.send(server.request("/")).body());
    String compiler =
        find("/playground/compiler-[A-Z0-9]{8}\\.js", server.send(server.request(script)).body());

    for (String encoding : List.of("br", "gzip")) {
      HttpResponse<String> answer =
          server.send(server.request(compiler).header("Accept-Encoding", encoding));

      assertThat(answer.headers().firstValue("Content-Encoding")).hasValue(encoding);
      assertThat(answer.headers().firstValueAsLong("Content-Length").orElse(0))
          .isBetween(1L, 4L << 20);
      assertThat(answer.headers().allValues("Content-Security-Policy"))
          .containsExactly("default-src 'none'; script-src 'wasm-unsafe-eval'; connect-src data:");
    }
  }

  private static String find(String pattern, String text) {
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    assertThat(matcher.find()).as(pattern).isTrue();
    return matcher.group();
  }

  @Test
  void withoutAPlaygroundThereIsTheMonitor(@TempDir Path other) {
    try (TestServer plain = TestServer.start(other)) {
      HttpResponse<String> root = plain.send(plain.request("/"));
      assertThat(root.statusCode()).isEqualTo(302);
      assertThat(root.headers().firstValue("Location").orElse("")).endsWith("/monitor");
      assertThat(plain.send(plain.request("/monitor")).statusCode()).isEqualTo(200);
      String script =
          find("/playground/main-[A-Z0-9]{8}\\.js", server.send(server.request("/")).body());
      assertThat(plain.send(plain.request(script)).statusCode()).isEqualTo(404);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/monitor", "/monitor/", "/playground/", "/monitor/index.html"})
  void whereNoPageIsWantedThereIsNone(String path, @TempDir Path other) {
    try (TestServer plain = TestServer.start(other, "server.pages", "none")) {
      assertThat(plain.send(plain.request(path)).statusCode()).isEqualTo(404);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/, 200",
    "/monitor, 200",
    "/healthz, 200",
    "/nothing, 404",
    "/api/services/none, 404"
  })
  void everyAnswerTellsBrowsersToRunOnlyWhatThisServerServes(String path, int status) {
    HttpResponse<String> answer = server.send(server.request(path));

    assertThat(answer.statusCode()).isEqualTo(status);
    assertThat(answer.headers().firstValue("Content-Security-Policy").orElse(""))
        .contains("default-src 'none'", "script-src 'self'")
        .doesNotContain("unsafe");
    assertThat(answer.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
    assertThat(answer.headers().firstValue("Server")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "/../pom.xml",
    "/%2e%2e/logback.xml",
    "/..%2flogback.xml",
    "/monitor/../logback.xml",
    "/monitor/%2e%2e/%2e%2e/logback.xml",
    "/playground/",
    "/pages/playground/index.html",
    "/monitor/main.js"
  })
  void nothingButThePageIsServed(String path) {
    try (RawSocket socket = new RawSocket(server.uri())) {
      String answer = socket.ask("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");

      assertThat(answer).startsWith("HTTP/1.1 4");
    }
  }

  @Test
  void aRoomThatIsAskedForWithoutAWebSocketSaysWhatItIsFor() {
    HttpResponse<String> answer = server.send(server.request("/rooms/chat/lobby"));

    assertThat(answer.statusCode()).isEqualTo(426);
    assertThat(answer.body()).isEqualTo("rooms are for WebSockets\n");
  }
}
