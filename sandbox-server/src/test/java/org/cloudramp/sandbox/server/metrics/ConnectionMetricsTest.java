package org.cloudramp.sandbox.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ConnectionMetricsTest {
  /** A row of the table "Why a connection was closed" that is about one code. */
  private static final Pattern ROW = Pattern.compile("(?m)^\\| (\\d{4}) \\|");

  @Test
  void eachCodeThatAServerClosesWithHasALabelOfItsOwn() throws IOException {
    String page = Files.readString(Path.of("../docs/operations.md"));
    String table = page.substring(page.indexOf("## Why a connection was closed"));

    Set<Integer> documented =
        ROW.matcher(table)
            .results()
            .map(row -> Integer.valueOf(row.group(1)))
            .collect(Collectors.toSet());

    assertThat(documented).hasSizeGreaterThan(10);
    assertThat(ConnectionMetrics.KNOWN).containsAll(documented);
  }
}
