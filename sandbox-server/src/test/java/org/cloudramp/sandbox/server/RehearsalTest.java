package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.cloudramp.sandbox.server.config.Settings;
import org.cloudramp.sandbox.testkit.servers.WatchedProcess;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RehearsalTest {
  private static final Duration A_WHILE = Duration.ofSeconds(2);

  @TempDir private Path folder;

  @Test
  void visitorsJoinSaySomethingAndLeave() {
    assertThat(Rehearsal.run(settings(Map.of()), A_WHILE)).isPositive();
  }

  @Test
  void hooksThatAlwaysRunOnWorkersAreRehearsedThere() {
    assertThat(Rehearsal.run(settings(Map.of("server.delivery", "workers")), A_WHILE)).isPositive();
  }

  @Test
  void withoutTimeThereIsNoRehearsal() {
    assertThat(Rehearsal.run(settings(Map.of()), Duration.ZERO)).isZero();
  }

  @Test
  void oneThatCannotBeginKeepsNoServerFromStarting() {
    assertThat(Rehearsal.run(settings(Map.of("engine", "nobody's")), A_WHILE)).isZero();
  }

  @Test
  void itLeavesNoThreadBehind() {
    List<String> before = threads();

    Rehearsal.run(settings(Map.of()), A_WHILE);

    Awaitility.await()
        .untilAsserted(() -> assertThat(threads()).hasSizeLessThanOrEqualTo(before.size() + 1));
  }

  @Test
  void aServerThatHasRehearsedHasNothingOfItInItsStoreItsLogOrItsFolders() throws Exception {
    Path temporary = Files.createDirectory(folder.resolve("temporary"));
    try (WatchedProcess process =
        ServerProcess.launch(
            folder,
            temporary,
            Map.of(
                "SANDBOX_SERVER_REHEARSAL",
                "500ms",
                "SANDBOX_STORE_FILESYSTEM_FOLDER",
                folder.resolve("modules").toString()),
            "--port",
            "0")) {
      ServerProcess.awaitReady(process);

      assertThat(process.output()).noneMatch(line -> line.contains("rehearsal"));
      try (Stream<Path> left = Files.list(temporary)) {
        assertThat(left).noneMatch(path -> path.toString().contains("sandbox-rehearsal"));
      }
      assertThat(folder.resolve("modules").resolve("rehearsal")).doesNotExist();
    }
  }

  private static List<String> threads() {
    return Thread.getAllStackTraces().keySet().stream().map(Thread::getName).sorted().toList();
  }

  private static Settings settings(Map<String, String> values) {
    Map<String, String> all = new TreeMap<>(values);
    all.put("server.tokens", TestTokens.adminEntry());
    return Settings.of(all, Map.of(), Map.of());
  }
}
