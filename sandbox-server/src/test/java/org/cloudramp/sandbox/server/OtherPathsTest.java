package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The paths that are not the API's: in docs/operations.md, in the code and at the port that the
 * page names. Those of the API are described in its own document, which has a test of its own.
 */
class OtherPathsTest {
  private static final Path PAGE = Path.of("../docs/operations.md");
  private static final Path CODE = Path.of("src/main/java/org/cloudramp/sandbox/server");
  private static final Pattern ROW =
      Pattern.compile("^\\| `(/[^`]*)` \\| (public|management) \\|", Pattern.MULTILINE);
  private static final Pattern PATH_OF_HANDLER = Pattern.compile("\"(/[a-z]+/?)\"");

  @TempDir Path store;

  @Test
  void whatThePageNamesIsAnsweredAtItsPortAndAtNoOther() throws Exception {
    try (TestServer server =
        TestServer.start(store, "server.management.port", "0", "server.pages", "playground")) {
      server.publish("chat", TestServer.example("chat"));
      Map<String, URI> ports =
          Map.of("public", server.uri(), "management", server.management().orElseThrow());

      documented()
          .forEach(
              (path, port) -> {
                String asked = path.replace("{service}", "chat").replace("{room}", "lobby");
                if (!asked.endsWith("…")) {
                  ports.forEach(
                      (name, uri) ->
                          assertThat(status(server, uri.resolve(asked)) == 404)
                              .as("%s at the %s port is not there", path, name)
                              .isEqualTo(!name.equals(port)));
                }
              });
    }
  }

  @Test
  void whatHandlersAnswerIsOnThePage() throws IOException {
    TreeSet<String> unknown = new TreeSet<>();
    for (String kind : new String[] {"http", "management", "rooms"}) {
      try (Stream<Path> files = Files.list(CODE.resolve(kind))) {
        for (Path file : files.filter(each -> !each.toString().endsWith("Api.java")).toList()) {
          Matcher path = PATH_OF_HANDLER.matcher(Files.readString(file));
          while (path.find()) {
            unknown.add(path.group(1));
          }
        }
      }
    }
    assertThat(unknown).contains("/healthz", "/livez", "/metrics", "/monitor", "/rooms/");

    documented().keySet().forEach(path -> unknown.removeIf(path::startsWith));

    assertThat(unknown).isEmpty();
  }

  private static int status(TestServer server, URI uri) {
    return server.send(HttpRequest.newBuilder(uri).timeout(TestServer.PATIENCE)).statusCode();
  }

  private static Map<String, String> documented() throws IOException {
    Map<String, String> documented = new TreeMap<>();
    Matcher row = ROW.matcher(Files.readString(PAGE));
    while (row.find()) {
      documented.put(row.group(1), row.group(2));
    }
    assertThat(documented).hasSizeGreaterThan(8);
    return documented;
  }
}
