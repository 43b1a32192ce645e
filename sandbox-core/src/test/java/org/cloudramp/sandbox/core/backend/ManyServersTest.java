package org.cloudramp.sandbox.core.backend;

import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.KillArgs;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.cloudramp.sandbox.testkit.servers.RedisProcess;
import org.cloudramp.sandbox.testkit.servers.WatchedProcess;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Several servers, each a process of its own, and one room that all of them serve. {@code
 * -Ddrills=long} has them do more.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class ManyServersTest {
  private static final int SERVERS = 8;
  private static final int HOOKS = System.getProperty("drills", "").equals("long") ? 4_000 : 1_600;
  private static final int KILLED_CONNECTIONS = 4;

  @TempDir Path modules;
  private final List<WatchedProcess> servers = new ArrayList<>();

  @AfterEach
  void end() {
    servers.forEach(WatchedProcess::close);
  }

  @Test
  void everyIncrementIsCountedOnceAndToldInOrderByAllServersThoughRedisRestartsAndConnectionsBreak()
      throws Exception {
    try (RedisProcess redis =
        RedisProcess.start("--appendonly", "yes", "--appendfsync", "always")) {
      for (int i = 0; i < SERVERS; i++) {
        servers.add(start(redis));
      }
      for (WatchedProcess server : servers) {
        server.await("ready"::equals, Duration.ofMinutes(3));
      }

      for (WatchedProcess server : servers) {
        server.process().getOutputStream().write('\n');
        server.process().getOutputStream().flush();
      }
      for (int trouble = 1; trouble <= KILLED_CONNECTIONS; trouble++) {
        int due = HOOKS * trouble / (KILLED_CONNECTIONS + 2);
        Awaitility.await()
            .atMost(Duration.ofMinutes(5))
            .pollInterval(Duration.ofMillis(10))
            .until(() -> progress() >= due || lines("end").count() == SERVERS);
        redis.ask(asked -> asked.clientKill(KillArgs.Builder.typeNormal().skipme(true)));
        if (trouble == 2) {
          redis.kill();
          redis.restart();
        }
      }
      for (WatchedProcess server : servers) {
        server.await("end"::equals, Duration.ofMinutes(5));
      }

      assertThat(lines("").filter(line -> !line.matches("ready|end|progress \\d+|heard \\d+")))
          .as("hooks that failed otherwise than by not reading")
          .isEmpty();
      for (WatchedProcess server : servers) {
        assertThat(heard(server))
            .as("the numbers that were broadcast, as process %d heard them", server.process().pid())
            .containsExactlyElementsOf(LongStream.rangeClosed(1, HOOKS).boxed().toList());
      }
      String end = redis.ask(asked -> asked.get("sandbox:{56283}:counter/lobby:k:n"));
      assertThat(end).as("the counter").isEqualTo(String.valueOf(HOOKS));
    }
  }

  /** What all of them have done; fails if one of them is dead. */
  private int progress() {
    servers.forEach(WatchedProcess::requireWell);
    return 50 * (int) lines("progress ").count();
  }

  private static List<Long> heard(WatchedProcess server) {
    return server.output().stream()
        .filter(line -> line.startsWith("heard "))
        .map(line -> Long.valueOf(line.substring("heard ".length())))
        .toList();
  }

  private Stream<String> lines(String start) {
    return servers.stream()
        .flatMap(server -> server.output().stream())
        .filter(line -> line.startsWith(start));
  }

  private WatchedProcess start(RedisProcess redis) throws IOException {
    return WatchedProcess.start(
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx128m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1", // eight of them have to start on few processors
            "-cp",
            System.getProperty("java.class.path"),
            CountingServer.class.getName(),
            modules.toString(),
            redis.uri(),
            String.valueOf(HOOKS / SERVERS),
            String.valueOf(HOOKS)));
  }
}
