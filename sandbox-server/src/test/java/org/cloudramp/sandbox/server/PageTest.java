package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is served over plain HTTP besides the API. */
class PageTest {
  @TempDir Path store;
  private TestServer server;

  @BeforeEach
  void start() {
    server = TestServer.start(store);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @ParameterizedTest
  @CsvSource({
    "/, text/html",
    "/?service=chat&room=lobby, text/html",
    "/page.js, text/javascript",
    "/page.css, text/css",
    "/icon.svg, image/svg+xml"
  })
  void theFilesOfThePageAreServedWithTheirTypes(String path, String type) {
    HttpResponse<String> answer = server.send(server.request(path));

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Content-Type").orElse("")).startsWith(type);
  }

  @ParameterizedTest
  @CsvSource({"/, 200", "/healthz, 200", "/nothing, 404", "/api/services/none, 404"})
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
  @CsvSource({"/../pom.xml", "/%2e%2e/logback.xml", "/..%2flogback.xml", "/page/../logback.xml"})
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
