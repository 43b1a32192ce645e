package org.cloudramp.sandbox.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Collections;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is kept of the source map that a stranger has sent. */
class SourceMapTest {
  private static final String PLAIN =
      "{\"version\":3,\"sources\":[\"a.ts\",\"~lib/b.ts\"],\"names\":[],\"mappings\":\"AAAA,CACA;EAC+/\"}";

  private static String read(String json) {
    return new String(
        SourceMap.read(json.getBytes(StandardCharsets.UTF_8)).toJson(), StandardCharsets.UTF_8);
  }

  @Test
  void whatPositionsNeedIsKeptAndNothingElse() {
    assertThat(read(PLAIN)).isEqualTo(PLAIN);
    assertThat(
            read(
                "{\"sourceRoot\":\"./chat.wasm\",\"sourcesContent\":[\"secret\",null],\"x_more\":{\"a\":[1,{}]},"
                    + "\"names\":[\"hidden\"],"
                    + PLAIN.substring(1)))
        .isEqualTo(PLAIN);
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        "|no JSON object",
        "[]|no JSON object",
        "3|no JSON object",
        "{|it is no JSON",
        "{\"version\":3,|it is no JSON",
        "<html>|it is no JSON",
        "{}|'version' is not 3",
        "{\"version\":\"3\",\"sources\":[],\"mappings\":\"\"}|'version' is not 3",
        "{\"version\":2,\"sources\":[],\"mappings\":\"\"}|'version' is not 3",
        "{\"version\":3,\"mappings\":\"\"}|'sources' is missing",
        "{\"version\":3,\"sources\":[]}|'mappings' is missing",
        "{\"version\":3,\"sources\":{},\"mappings\":\"\"}|'sources' is no list",
        "{\"version\":3,\"sources\":[1],\"mappings\":\"\"}|'sources' is not a list of at most",
        "{\"version\":3,\"sources\":[[\"a\"]],\"mappings\":\"\"}|'sources' is not a list of at most",
        "{\"version\":3,\"sources\":[],\"mappings\":\"AA!A\"}|'mappings' is not what",
        "{\"version\":3,\"sources\":[],\"mappings\":7}|'mappings' is not what",
        "{\"version\":3,\"sections\":[]}|a map of maps",
        "{\"version\":3,\"sources\":[],\"mappings\":\"\"} {}|more behind its end",
      })
  void whatIsNoSourceMapIsRefusedWithTheReason(String json, String reason) {
    assertThatThrownBy(() -> read(json == null ? "" : json))
        .isInstanceOf(BadRequestException.class)
        .hasMessageStartingWith("this is no source map of version 3: ")
        .hasMessageContaining(reason);
  }

  @ParameterizedTest
  @ValueSource(ints = {5, 100_000})
  void whatIsTooDeepIsRefused(int depth) {
    String deep = "{\"more\":" + "[".repeat(depth) + "]".repeat(depth) + "," + PLAIN.substring(1);

    assertThatThrownBy(() -> read(deep)).hasMessageContaining("deeper than 4");
  }

  @Test
  void thereAreNotMoreAndNotLongerNamesOfFilesThanPrograms() {
    String many = String.join(",", Collections.nCopies(10_001, "\"a\""));
    String longer = "\"" + "a".repeat(1_025) + "\"";
    for (String sources : new String[] {many, longer}) {
      assertThatThrownBy(
              () -> read("{\"version\":3,\"sources\":[" + sources + "],\"mappings\":\"\"}"))
          .hasMessageContaining("at most 10000 names of at most 1024 characters");
    }
  }
}
