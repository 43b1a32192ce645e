package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The BOM has no parent, so it repeats what the root pom says. */
class BomTest {
  @Test
  void pluginsLogWithTheVersionOfSlf4jThatTheHostHas() throws IOException {
    String host = first(Path.of("../pom.xml"), "<slf4j.version>([^<]+)</slf4j.version>");
    String bom =
        first(
            Path.of("../sandbox-bom/pom.xml"),
            "<artifactId>slf4j-api</artifactId>\\s*<version>([^<]+)</version>");

    assertThat(bom).isEqualTo(host);
  }

  private static String first(Path file, String pattern) throws IOException {
    Matcher matcher = Pattern.compile(pattern).matcher(Files.readString(file));
    assertThat(matcher.find()).as("%s in %s", pattern, file).isTrue();
    return matcher.group(1);
  }
}
