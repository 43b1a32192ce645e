package org.cloudramp.sandbox.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.cloudramp.sandbox.server.websocket.CloseStatus;
import org.junit.jupiter.api.Test;

/** The codes that a server closes with: in the code, in docs/operations.md, and as labels. */
class ConnectionMetricsTest {
  private static final Path PAGE = Path.of("../docs/operations.md");

  /** What the server is made of, as far as it can close a connection. */
  private static final List<Path> SOURCES =
      Stream.of("sandbox-api", "sandbox-core", "host-rooms", "sandbox-server")
          .map(module -> Path.of("..", module, "src", "main", "java"))
          .toList();

  /** A row of the table "Why a connection was closed" that is about one code. */
  private static final Pattern ROW = Pattern.compile("(?m)^\\| (\\d{4}) \\|");

  /** Where something that says how to close is made, with the first argument. */
  private static final Pattern MADE =
      Pattern.compile(
          "new (?:CloseReason|CloseStatus|CloseFrame|ProtocolException)\\(\\s*([\\w.]+)");

  private static final Pattern CONSTANT = Pattern.compile("int ([A-Z_]+) = (\\d{4});");

  private static Set<Integer> documented() throws IOException {
    String page = Files.readString(PAGE);
    int begin = page.indexOf("## Why a connection was closed");
    return ROW.matcher(page.substring(begin, page.indexOf("\n## ", begin)))
        .results()
        .map(row -> Integer.valueOf(row.group(1)))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void eachCodeThatAServerClosesWithHasALabelOfItsOwn() throws IOException {
    Set<Integer> labels = new TreeSet<>(ConnectionMetrics.KNOWN);
    labels.remove(CloseStatus.NORMAL); // a room's code has closed, or the client
    labels.remove(CloseStatus.NO_CODE); // never sent
    labels.remove(CloseStatus.ABNORMAL); // never sent

    assertThat(labels).isEqualTo(documented());
  }

  @Test
  void eachCodeThatTheCodeClosesWithIsInTheTableAndNoOtherIs() throws IOException {
    Set<Integer> used = new TreeSet<>();
    for (Path folder : SOURCES) {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
          used.addAll(codesIn(Files.readString(file)));
        }
      }
    }
    used.removeAll(Set.of(CloseStatus.NO_CODE, CloseStatus.ABNORMAL));

    assertThat(used).isEqualTo(documented());
  }

  private static Collection<Integer> codesIn(String source) throws IOException {
    Set<Integer> codes = new TreeSet<>();
    for (MatchResult made : MADE.matcher(source).results().toList()) {
      String argument = made.group(1);
      if (argument.matches("\\d+")) {
        codes.add(Integer.valueOf(argument));
      } else if (argument.matches("(?:\\w+\\.)?[A-Z_]+")) {
        codes.add(constant(argument, source));
      } // else it is another's, from a guest, a client or one of these
    }
    return codes;
  }

  private static int constant(String name, String source) throws IOException {
    int dot = name.indexOf('.');
    assertThat(name.substring(0, Math.max(0, dot))).as(name).isIn("", "CloseStatus");
    String declaring =
        dot < 0
            ? source
            : Files.readString(
                Path.of("src/main/java")
                    .resolve(CloseStatus.class.getName().replace('.', '/') + ".java"));
    Matcher constants = CONSTANT.matcher(declaring);
    while (constants.find()) {
      if (constants.group(1).equals(name.substring(dot + 1))) {
        return Integer.parseInt(constants.group(2));
      }
    }
    throw new AssertionError("the value of " + name + " was not found");
  }
}
