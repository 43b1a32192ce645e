package org.cloudramp.sandbox.examples.guests;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.examples.guests.Toolchain.Command;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The scripts of {@code src/test/conformance} give in a sandbox, on each engine, the lines that the
 * SDK's mock room gives: what passes in a unit test of a room is what a server does.
 */
@Timeout(300)
class ConformanceTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** So many scripts are told of when they differ; the rest would say the same. */
  private static final int MAX_TOLD = 5;

  @TempDir static Path scripts;
  @TempDir Path folder;

  @BeforeAll
  static void playInTheMockRoom() throws IOException {
    Path run = Path.of("src", "test", "conformance", "run.js");
    Toolchain.run(new Command("node", run.toString(), "all", scripts.toString()));
  }

  @ParameterizedTest
  @CsvSource({
    "CHICORY, functions",
    "CHICORY, class",
    "WASMTIME, functions",
    "WASMTIME, class",
  })
  void aScriptGivesTheLinesOfTheMockRoom(Engine engine, String guest) throws Exception {
    byte[] wasm = Files.readAllBytes(scripts.resolve(guest + ".wasm"));
    List<String> differences = new ArrayList<>();
    int played = 0;

    try (ScriptedSandbox sandbox =
        new ScriptedSandbox(engine, new ServiceId("conformance"), wasm, folder)) {
      for (JsonNode script : scriptsOf(guest)) {
        String seed = script.get("seed").asText();
        List<JsonNode> expected = lines(scripts.resolve(seed + ".mock.jsonl"));
        List<JsonNode> actual = ScriptedRoom.play(sandbox, script);
        firstDifference(script, expected, actual).ifPresent(differences::add);
        played++;
      }
    }

    assertThat(played).as("scripts of %s", guest).isGreaterThan(50);
    assertThat(differences.stream().limit(MAX_TOLD))
        .as("%d of %d scripts differ", differences.size(), played)
        .isEmpty();
  }

  private static Optional<String> firstDifference(
      JsonNode script, List<JsonNode> expected, List<JsonNode> actual) {
    for (int i = 0; i < expected.size(); i++) {
      if (i >= actual.size() || !expected.get(i).equals(actual.get(i))) {
        return Optional.of(
            "seed %s, line %d, %s%n  mock room %s%n  sandbox   %s%n"
                .formatted(
                    script.get("seed"),
                    i,
                    script.get("calls").path(i),
                    expected.get(i),
                    i < actual.size() ? actual.get(i) : "nothing"));
      }
    }
    return Optional.empty();
  }

  private static List<JsonNode> scriptsOf(String guest) throws IOException {
    List<JsonNode> chosen = new ArrayList<>();
    try (Stream<Path> files = Files.list(scripts)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".script.json")).sorted().toList()) {
        JsonNode script = JSON.readTree(Files.readString(file));
        if (script.get("guest").asText().equals(guest)) {
          chosen.add(script);
        }
      }
    }
    return chosen;
  }

  private static List<JsonNode> lines(Path file) throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      lines.add(JSON.readTree(line));
    }
    return lines;
  }
}
