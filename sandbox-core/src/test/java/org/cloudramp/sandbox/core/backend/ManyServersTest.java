package org.cloudramp.sandbox.core.backend;

import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.KillArgs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.cloudramp.sandbox.testkit.servers.RedisProcess;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Several servers, each a process of its own, and one room that all of them serve. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class ManyServersTest {
  private static final int SERVERS = 8;
  private static final int HOOKS = 10_000;
  private static final int KILLED_CONNECTIONS = 4;

  @TempDir Path modules;
  private final List<Process> servers = new ArrayList<>();

  @AfterEach
  void end() throws InterruptedException {
    for (Process server : servers) {
      server.destroyForcibly().waitFor();
    }
  }

  @Test
  void everyIncrementIsCountedAndToldOnceThoughRedisRestartsAndConnectionsBreak() throws Exception {
    try (RedisProcess redis =
        RedisProcess.start("--appendonly", "yes", "--appendfsync", "always")) {
      CountDownLatch ready = new CountDownLatch(SERVERS);
      CountDownLatch ended = new CountDownLatch(SERVERS);
      AtomicInteger progress = new AtomicInteger();
      ConcurrentLinkedQueue<Long> heard = new ConcurrentLinkedQueue<>();
      ConcurrentLinkedQueue<String> rest = new ConcurrentLinkedQueue<>();
      for (int i = 0; i < SERVERS; i++) {
        Process server = start(redis);
        Thread reader =
            new Thread(
                () ->
                    lines(server)
                        .forEach(
                            line -> {
                              if (line.equals("ready")) {
                                ready.countDown();
                              } else if (line.equals("end")) {
                                ended.countDown();
                              } else if (line.startsWith("progress")) {
                                progress.addAndGet(50);
                              } else if (line.startsWith("heard ")) {
                                heard.add(Long.valueOf(line.substring("heard ".length())));
                              } else {
                                rest.add(line);
                              }
                            }));
        reader.setDaemon(true);
        reader.start();
      }
      assertThat(ready.await(3, TimeUnit.MINUTES)).as("all are ready: %s", rest).isTrue();

      for (Process server : servers) {
        server.getOutputStream().write('\n');
        server.getOutputStream().flush();
      }
      for (int trouble = 1; trouble <= KILLED_CONNECTIONS; trouble++) {
        int due = HOOKS * trouble / (KILLED_CONNECTIONS + 2);
        Awaitility.await()
            .atMost(Duration.ofMinutes(5))
            .pollInterval(Duration.ofMillis(10))
            .until(() -> progress.get() >= due || ended.getCount() == 0);
        redis.ask(asked -> asked.clientKill(KillArgs.Builder.typeNormal().skipme(true)));
        if (trouble == 2) {
          redis.kill();
          redis.restart();
        }
      }
      assertThat(ended.await(5, TimeUnit.MINUTES))
          .as("all have ended: %d of %d, %s", progress.get(), HOOKS, rest)
          .isTrue();

      assertThat(rest).as("hooks that failed otherwise than by not reading").isEmpty();
      assertThat(heard)
          .as("the numbers that were broadcast")
          .containsExactlyInAnyOrderElementsOf(LongStream.rangeClosed(1, HOOKS).boxed().toList());
      String end = redis.ask(asked -> asked.get("sandbox:{counter/lobby}:k:n"));
      assertThat(end).as("the counter").isEqualTo(String.valueOf(HOOKS));
    }
  }

  private Process start(RedisProcess redis) throws IOException {
    Process server =
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
                String.valueOf(HOOKS / SERVERS))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    servers.add(server);
    return server;
  }

  private static Stream<String> lines(Process server) {
    return server.inputReader(StandardCharsets.UTF_8).lines();
  }
}
