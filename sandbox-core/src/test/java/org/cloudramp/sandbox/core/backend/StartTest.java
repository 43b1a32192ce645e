package org.cloudramp.sandbox.core.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lettuce.core.AclSetuserArgs;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.core.Sandbox;
import org.cloudramp.sandbox.testkit.servers.Ports;
import org.cloudramp.sandbox.testkit.servers.RedisProcess;
import org.cloudramp.sandbox.testkit.servers.S3Bucket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A sandbox that is started before what it needs. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class StartTest {
  /** Whoever waits for this has waited in vain: the test fails by its own time-out. */
  private static final String FOR_EVER = "1h";

  @RegisterExtension static final S3Bucket S3 = new S3Bucket("modules");

  @TempDir Path modules;
  private final PrintStream errorOutput = System.err;
  private final ByteArrayOutputStream logged = new ByteArrayOutputStream();

  @BeforeEach
  void listen() {
    System.setErr(new PrintStream(logged, true, StandardCharsets.UTF_8));
  }

  @AfterEach
  void listenNoMore() {
    System.setErr(errorOutput);
    errorOutput.print(logged.toString(StandardCharsets.UTF_8));
  }

  @Test
  void waitsForRedisThatComesLater() throws Exception {
    RedisProcess redis = RedisProcess.start();
    try {
      redis.kill();
      CompletableFuture<Sandbox> starting = start(redis(redis.uri(), FOR_EVER));
      awaitThatItWaits(starting, "kv 'redis'", "127.0.0.1:" + redis.port());

      redis.restart();

      starting.get().close();
    } finally {
      redis.close();
    }
  }

  @Test
  void waitsForRedisThatIsThereAndDoesNotServeYet() throws Exception {
    try (RedisProcess redis = RedisProcess.start()) {
      redis.freeze();
      CompletableFuture<Sandbox> starting = start(redis(redis.uri(), FOR_EVER));
      awaitThatItWaits(starting, "kv 'redis'", "127.0.0.1:" + redis.port());

      redis.thaw();

      starting.get().close();
    }
  }

  @Test
  void waitsForABucketThatComesLater() throws Exception {
    Map<String, String> settings = new HashMap<>();
    settings.put("store", "s3");
    settings.put("store.s3.bucket", "modules");
    settings.put("store.s3.endpoint", S3.front().endpoint().toString());
    settings.put("startTimeout", FOR_EVER);
    S3.front().goAway();
    CompletableFuture<Sandbox> starting = start(settings);
    awaitThatItWaits(starting, "store 's3'", S3.front().endpoint().toString());

    S3.front().comeBack();

    starting.get().close();
  }

  @Test
  void givesUpAfterTheTimeThatIsSetAndNamesWhatItWaitedForAndTheSetting() {
    String address = "127.0.0.1:" + Ports.free();

    assertThatThrownBy(() -> build(redis("redis://" + address, "300ms")))
        .isInstanceOfSatisfying(
            StoreException.class,
            e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.UNAVAILABLE))
        .hasMessageContainingAll("redis", address, "'startTimeout'", "Connection refused");
  }

  @Test
  void doesNotWaitWhereThatCannotHelp() {
    try (RedisProcess redis = RedisProcess.start()) {
      redis.ask(
          asked ->
              asked.aclSetuser(
                  "app", new AclSetuserArgs().on().addPassword("right").allKeys().allCommands()));
      String address = "127.0.0.1:" + redis.port();

      assertFailsAtOnce("redis://app:hunter2@" + address, "user or password");
      assertFailsAtOnce("redis://" + address + "/99", "DB index is out of range");
      assertFailsAtOnce("rediss//" + address, "kv.redis.uri");
    }
  }

  private void assertFailsAtOnce(String uri, String reason) {
    assertThatThrownBy(() -> build(redis(uri, FOR_EVER)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(reason)
        .hasMessageNotContaining("hunter2");
  }

  private Map<String, String> redis(String uri, String startTimeout) {
    return Map.of(
        "store.filesystem.folder",
        modules.toString(),
        "kv",
        "redis",
        "kv.redis.uri",
        uri,
        "startTimeout",
        startTimeout);
  }

  private static Sandbox build(Map<String, String> settings) {
    return Sandbox.builder().settings(settings).build();
  }

  private static CompletableFuture<Sandbox> start(Map<String, String> settings) {
    CompletableFuture<Sandbox> starting = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                starting.complete(build(settings));
              } catch (Throwable e) {
                starting.completeExceptionally(e);
              }
            },
            "starting");
    thread.setDaemon(true);
    thread.start();
    return starting;
  }

  /** Until it says so; one that does not wait has ended before. */
  private void awaitThatItWaits(CompletableFuture<Sandbox> starting, String... named) {
    Awaitility.await()
        .until(
            () ->
                starting.isDone()
                    || logged.toString(StandardCharsets.UTF_8).contains("start: waiting for "));
    assertThat(starting).as("a start that waits").isNotDone();
    assertThat(logged.toString(StandardCharsets.UTF_8)).contains(named).contains("'startTimeout'");
  }
}
