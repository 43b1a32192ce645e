package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Requests that the HTTP library refuses before any handler sees them: at each port they are
 * answered as all others are, in JSON, and say nothing of what the server is made of.
 */
class UnreadableRequestsTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static TestServer server;

  @BeforeAll
  static void start(@TempDir Path store) {
    server = TestServer.start(store, "server.management.port", "0");
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @ParameterizedTest
  @CsvSource({
    "400, GET /%00 HTTP/1.1",
    "400, GET /api/%00 HTTP/1.1",
    "400, GET /livez%00 HTTP/1.1",
    "400, GET /% HTTP/1.1",
    "400, GET /api/services/%zz HTTP/1.1",
    "400, GET /api/..;/services HTTP/1.1",
    "400, GET /%2e%2e/x HTTP/1.1",
    "400, GET /../x HTTP/1.1",
    "400, GET nowhere HTTP/1.1",
    "400, G<script>T / HTTP/1.1",
    "400, GET / HTTP/1.1 more",
    "400, GET",
    "505, GET / HTTP/9.9",
  })
  void aLineThatCannotBeReadIsAnsweredLikeEveryError(int status, String line) throws Exception {
    for (URI port : ports()) {
      assertThatErrorIsAnswered(
          port, status, line + "\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "400, ''",
    "400, 'Host: localhost|Host: localhost'",
    "400, 'Host: '",
    "400, 'Host: localhost:x'",
    "400, 'Host: localhost|Content-Length: many'",
    "400, 'Host: localhost|Content-Length: 1|Transfer-Encoding: chunked'",
    "400, 'Host: localhost|X-<b>: 1| folded'",
    "417, 'Host: localhost|Expect: everything'",
  })
  void headersThatCannotBeReadAreAnsweredLikeEveryError(int status, String headers)
      throws Exception {
    String lines = headers.replace("|", "\r\n");
    for (URI port : ports()) {
      assertThatErrorIsAnswered(
          port, status, "GET /livez HTTP/1.1\r\nConnection: close\r\n" + lines + "\r\n\r\n");
    }
  }

  @ParameterizedTest
  @CsvSource({"414, /%s, x", "431, /, %s"})
  void whatIsTooLongIsAnsweredLikeEveryError(int status, String path, String header)
      throws Exception {
    String request = "GET %s HTTP/1.1\r\nHost: localhost\r\nX: %s\r\n\r\n".formatted(path, header);
    for (URI port : ports()) {
      assertThatErrorIsAnswered(port, status, request.formatted("x".repeat(20_000)));
    }
  }

  private static List<URI> ports() {
    return List.of(server.uri(), server.management().orElseThrow());
  }

  private static void assertThatErrorIsAnswered(URI port, int status, String request)
      throws Exception {
    try (RawSocket socket = new RawSocket(port)) {
      String head = socket.ask(request);
      String body = socket.textToTheEnd();

      assertThat(head)
          .startsWith("HTTP/1.1 " + status)
          .containsIgnoringCase("Content-Type: application/json")
          .contains("X-Content-Type-Options: nosniff")
          .doesNotContainIgnoringCase("jetty");
      JsonNode answer = JSON.readTree(body);
      assertThat(answer.fieldNames()).toIterable().containsExactly("error");
      JsonNode error = answer.get("error");
      assertThat(error.fieldNames()).toIterable().containsExactlyInAnyOrder("kind", "message");
      assertThat(error.get("kind").asText()).isEqualTo("bad_request");
      assertThat(error.get("message").asText()).isNotBlank().hasSizeLessThan(250);
      assertThat(body).doesNotContainIgnoringCase("jetty", "Exception", "\tat ");
    }
  }
}
