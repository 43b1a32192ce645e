package org.cloudramp.sandbox.testkit.servers;

import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.RestoreArgs;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.output.StatusOutput;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;

/** A real server, on a free port of this machine, with a folder of its own. */
public final class RedisProcess implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** Longer than any test. */
  private static final Duration HELD = Duration.ofMinutes(5);

  private static final Pattern MASTERS_OFFSET = Pattern.compile("master_repl_offset:(\\d+)");
  private static final Pattern REPLICAS_OFFSET =
      Pattern.compile("slave\\d+:\\S*state=online,offset=(\\d+)");

  private static final int NOBODYS_PORT = 1;

  private final int port;
  private final Path folder;
  private final List<String> command;
  private Process process;

  private RedisProcess(int port, Path folder, List<String> command) throws IOException {
    this.port = port;
    this.folder = folder;
    this.command = command;
    this.process = launch();
  }

  /**
   * Starts a server without persistence and waits until it answers.
   *
   * @param options as on the command line, such as {@code --maxmemory 1mb}
   */
  public static RedisProcess start(String... options) {
    requireInstalled();
    try {
      int port = Ports.free();
      Path folder = Files.createTempDirectory("redis-");
      List<String> command = new ArrayList<>();
      command.addAll(List.of("redis-server", "--port", String.valueOf(port)));
      command.addAll(List.of("--bind", "127.0.0.1", "--dir", folder.toString(), "--save", ""));
      command.addAll(List.of(options));
      RedisProcess server = new RedisProcess(port, folder, command);
      server.awaitAnswer();
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts a Sentinel that watches {@code master} alone, under the name {@code main}. */
  public static RedisProcess sentinel(RedisProcess master) {
    requireInstalled();
    try {
      int port = Ports.free();
      Path folder = Files.createTempDirectory("redis-");
      Path settings = folder.resolve("sentinel.conf");
      Files.writeString(
          settings,
          """
          port %d
          bind 127.0.0.1
          dir %s
          sentinel monitor main 127.0.0.1 %d 1
          sentinel down-after-milliseconds main 500
          sentinel failover-timeout main 3000
          """
              .formatted(port, folder, master.port));
      RedisProcess sentinel =
          new RedisProcess(
              port, folder, List.of("redis-server", settings.toString(), "--sentinel"));
      sentinel.awaitAnswer();
      return sentinel;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Skips the test, saying so, where there is no server; fails where there must be one. */
  public static void requireInstalled() {
    boolean installed =
        Stream.of(System.getenv("PATH").split(File.pathSeparator, -1))
            .anyMatch(folder -> Files.isExecutable(Path.of(folder, "redis-server")));
    if (!installed) {
      String reason = "redis-server is not installed: nothing of the store 'redis' is tested";
      assertThat(System.getenv("SANDBOX_REQUIRE_REDIS")).as(reason).isNotEqualTo("1");
      System.err.println("SKIPPED: " + reason);
      Assumptions.abort(reason);
    }
  }

  public int port() {
    return port;
  }

  public String uri() {
    return "redis://127.0.0.1:" + port;
  }

  /** Asks the server, on a connection of its own. */
  public <T> T ask(Function<RedisCommands<String, String>, T> question) {
    RedisClient client = RedisClient.create(RedisURI.create(uri()));
    try (StatefulRedisConnection<String, String> connection = client.connect()) {
      return question.apply(connection.sync());
    } finally {
      client.shutdown(Duration.ZERO, Duration.ofSeconds(1));
    }
  }

  /** Asks the server for a number. */
  public long count(Function<RedisCommands<String, String>, Long> question) {
    return ask(question);
  }

  /** Throws all keys away. */
  public void empty() {
    ask(RedisCommands::flushall);
  }

  /**
   * Remembers all that it holds.
   *
   * @return has it hold just that again, what is of one slot at one moment; nobody who is connected
   *     is told
   */
  public Runnable remember() {
    Map<Integer, List<Kept>> slots = new HashMap<>();
    withBytes(
        redis -> {
          for (byte[] key : redis.keys("*")) {
            Kept kept = new Kept(key, redis.dump(key), Math.max(0, redis.pttl(key)));
            slots.computeIfAbsent(SlotHash.getSlot(key), slot -> new ArrayList<>()).add(kept);
          }
        });
    return () -> withBytes(redis -> bringBack(redis, slots));
  }

  /** A key, what it holds, and for how long it lives in milliseconds; 0 for ever. */
  private static final class Kept {
    private final byte[] key;
    private final byte[] dump;
    private final long life;

    Kept(byte[] key, byte[] dump, long life) {
      this.key = key;
      this.dump = dump;
      this.life = life;
    }
  }

  private static void bringBack(
      RedisCommands<byte[], byte[]> redis, Map<Integer, List<Kept>> slots) {
    Map<Integer, List<byte[]>> now = new HashMap<>();
    for (byte[] key : redis.keys("*")) {
      now.computeIfAbsent(SlotHash.getSlot(key), slot -> new ArrayList<>()).add(key);
    }
    Set<Integer> all = new TreeSet<>(slots.keySet());
    all.addAll(now.keySet());
    for (int slot : all) {
      redis.multi();
      now.getOrDefault(slot, List.of()).forEach(redis::del);
      for (Kept kept : slots.getOrDefault(slot, List.of())) {
        redis.restore(kept.key, kept.dump, RestoreArgs.Builder.ttl(kept.life));
      }
      assertThat(redis.exec().wasDiscarded()).isFalse();
    }
  }

  /** Tells a sharded channel something, as anybody who may can. */
  public void publish(String channel, List<byte[]> messages) {
    byte[] name = channel.getBytes(StandardCharsets.UTF_8);
    withBytes(redis -> messages.forEach(message -> redis.spublish(name, message)));
  }

  private void withBytes(Consumer<RedisCommands<byte[], byte[]>> use) {
    RedisClient client = RedisClient.create(RedisURI.create(uri()));
    try (StatefulRedisConnection<byte[], byte[]> connection =
        client.connect(ByteArrayCodec.INSTANCE)) {
      use.accept(connection.sync());
    } finally {
      client.shutdown(Duration.ZERO, Duration.ofSeconds(1));
    }
  }

  /** Lets writes wait from now on, so that nothing is answered any more that it does not have. */
  public void holdWrites() {
    ask(
        redis ->
            redis.dispatch(
                CommandType.CLIENT,
                new StatusOutput<>(StringCodec.UTF8),
                new CommandArgs<>(StringCodec.UTF8)
                    .add("PAUSE")
                    .add(HELD.toMillis())
                    .add("WRITE")));
  }

  /** Waits until its replicas, of which there are so many, have all that it has by now. */
  public void awaitReplicas(int number) {
    long wanted = offset(MASTERS_OFFSET, ask(redis -> redis.info("replication")));
    Awaitility.await()
        .atMost(PATIENCE)
        .until(
            () -> {
              String info = ask(redis -> redis.info("replication"));
              return REPLICAS_OFFSET
                      .matcher(info)
                      .results()
                      .filter(each -> Long.parseLong(each.group(1)) >= wanted)
                      .count()
                  >= number;
            });
  }

  private static long offset(Pattern shape, String info) {
    Matcher matcher = shape.matcher(info);
    assertThat(matcher.find()).as(info).isTrue();
    return Long.parseLong(matcher.group(1));
  }

  /** Has a replica hear nothing more of its master, as one does that lags. */
  public void followNobody() {
    ask(redis -> redis.replicaof("127.0.0.1", NOBODYS_PORT));
  }

  /** Ends it as a power cut does. */
  public void kill() throws InterruptedException {
    process.destroyForcibly();
    assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
  }

  /** Starts it again after {@link #kill}, on the same port and folder. */
  public void restart() throws IOException {
    process = launch();
    awaitAnswer();
  }

  /** Stops it in its tracks: connections stay open, nothing is answered. */
  public void freeze() throws Exception {
    signal("STOP");
  }

  /** Undoes {@link #freeze}. */
  public void thaw() throws Exception {
    signal("CONT");
  }

  private void signal(String signal) throws Exception {
    Process kill = new ProcessBuilder("kill", "-" + signal, String.valueOf(process.pid())).start();
    assertThat(kill.waitFor()).isZero();
  }

  @Override
  public void close() {
    process.destroyForcibly();
    try (Stream<Path> files = Files.walk(folder)) {
      process.waitFor();
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Process launch() throws IOException {
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("server.log").toFile())
        .start();
  }

  private void awaitAnswer() {
    Awaitility.await().atMost(PATIENCE).pollInterval(Duration.ofMillis(20)).until(this::answers);
  }

  private boolean answers() {
    if (!process.isAlive()) {
      throw new IllegalStateException("redis-server ended: " + log());
    }
    try {
      return ask(RedisCommands::ping).equals("PONG");
    } catch (RedisException notYet) {
      return false;
    }
  }

  private String log() {
    try {
      return Files.readString(folder.resolve("server.log"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
