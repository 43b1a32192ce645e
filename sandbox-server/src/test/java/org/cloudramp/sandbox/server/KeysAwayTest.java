package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.cloudramp.sandbox.server.Client.Closed;
import org.cloudramp.sandbox.testkit.servers.RedisProcess;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What clients hear while the keys of rooms cannot be reached. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class KeysAwayTest {
  private static final byte[] A_LINE = new byte[9];

  @TempDir Path store;

  @Test
  void whoeverJoinsWhileRedisIsAwayIsToldToTryAgainLaterAndGetsInWhenItIsBack() throws Exception {
    try (RedisProcess redis = RedisProcess.start("--appendonly", "yes");
        TestServer server =
            TestServer.start(
                store,
                "kv",
                "redis",
                "kv.redis.uri",
                redis.uri(),
                "kv.redis.timeout",
                "200ms",
                "quarantine.faults",
                "1")) {
      server.publish("whiteboard", TestServer.example("whiteboard"));
      try (Client early = server.connect("whiteboard", "hall")) {
        await().atMost(TestServer.PATIENCE).until(() -> getsIn(server, early));
        redis.kill();

        for (int i = 0; i < 3; i++) {
          Closed later = server.connect("whiteboard", "hall").closed();
          assertThat(later.code()).isEqualTo(1013);
          // Its own hook could not read, or a leave before it could not be committed.
          assertThat(later.reason()).contains("service 'whiteboard' cannot be reached now");
        }

        assertThat(early.isClosed()).isFalse();

        redis.restart();

        // What was last in its log may be lost: then who was in the room has to come again.
        await()
            .atMost(TestServer.PATIENCE)
            .until(
                () -> {
                  try (Client again = server.connect("whiteboard", "hall")) {
                    return getsIn(server, again);
                  }
                });
      }
    }
  }

  /** Whether somebody who joins gets the lines that another draws. */
  private static boolean getsIn(TestServer server, Client other) {
    try (Client late = server.connect("whiteboard", "hall")) {
      await()
          .atMost(TestServer.PATIENCE)
          .until(
              () -> {
                other.say(A_LINE);
                return late.isClosed() || other.isClosed() || !late.rest().isEmpty();
              });
      return !late.isClosed() && !other.isClosed();
    }
  }
}
