package org.cloudramp.sandbox.kv.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lettuce.core.AclSetuserArgs;
import io.lettuce.core.KillArgs;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.kv.CommitResult;
import org.cloudramp.sandbox.api.kv.KvTransaction;
import org.cloudramp.sandbox.api.kv.KvWrite;
import org.cloudramp.sandbox.api.plugin.PluginContext;
import org.cloudramp.sandbox.testkit.servers.Ports;
import org.cloudramp.sandbox.testkit.servers.RedisProcess;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What happens when the server is not well. Every test has a server of its own. */
class RedisFaultsTest {
  private static final RoomAddress LOBBY =
      new RoomAddress(new ServiceId("chat"), new RoomId("lobby"));
  private static final String SHORT = "300ms";
  private static final String LONG = "60s";

  @RegisterExtension final Opened opened = new Opened();

  @BeforeEach
  void requireAServer() {
    RedisProcess.requireInstalled();
  }

  @Test
  void aServerThatIsDownAtTheStartIsNamed() {
    int port = Ports.free();
    RedisKvStore store = new RedisKvStore();

    assertThatThrownBy(
            () -> store.start(PluginContext.of(Map.of("uri", "redis://127.0.0.1:" + port))))
        .isInstanceOfSatisfying(
            StoreException.class,
            e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.UNAVAILABLE))
        .hasMessageContaining("redis")
        .hasMessageContaining("127.0.0.1:" + port);
    store.close();
  }

  @Test
  void aClusterThatIsDownAtTheStartIsNamed() {
    int port = Ports.free();

    assertThatThrownBy(() -> store("redis-cluster://127.0.0.1:" + port, SHORT))
        .isInstanceOfSatisfying(
            StoreException.class,
            e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.UNAVAILABLE))
        .hasMessageContaining("127.0.0.1:" + port);
  }

  @Test
  void aWrongPasswordIsASettingToPutRightAndIsNotShown() throws Exception {
    RedisProcess server = opened.add(RedisProcess.start());
    server.ask(
        redis ->
            redis.aclSetuser(
                "app", new AclSetuserArgs().on().addPassword("right").allKeys().allCommands()));
    String address = "127.0.0.1:" + server.port();

    assertThatThrownBy(() -> store("redis://app:hunter2@" + address, LONG))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(address)
        .hasMessageNotContaining("hunter2");

    assertThat(put(store("redis://app:right@" + address, LONG), "a", "1"))
        .isEqualTo(CommitResult.committed());
  }

  @Test
  void aPasswordOfAnyCharactersIsTakenWhenItIsPercentEncoded() throws Exception {
    RedisProcess server = opened.add(RedisProcess.start());
    String password = "@#/?%:[] ü+&";
    server.ask(
        redis ->
            redis.aclSetuser(
                "app", new AclSetuserArgs().on().addPassword(password).allKeys().allCommands()));
    String encoded = URLEncoder.encode(password, StandardCharsets.UTF_8).replace("+", "%20");

    RedisKvStore store = store("redis://app:" + encoded + "@127.0.0.1:" + server.port(), LONG);

    assertThat(put(store, "a", "1")).isEqualTo(CommitResult.committed());
  }

  @Test
  void aClusterNodeBehindAPlainAddressIsASettingToPutRight() {
    RedisProcess server =
        opened.add(
            RedisProcess.start(
                "--cluster-enabled", "yes", "--cluster-port", String.valueOf(Ports.free())));

    assertThatThrownBy(() -> store(server.uri(), LONG))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("redis-cluster:");
  }

  @Test
  void aFrozenServerIsATimeoutAndTheCommitIsFoundOutLater() throws Exception {
    RedisProcess server = opened.add(RedisProcess.start());
    RedisKvStore store = store(server.uri(), SHORT);
    assertThat(put(store, "a", "0")).isEqualTo(CommitResult.committed());
    KvTransaction increment = increment("a", "0", "1");
    server.freeze();

    assertFails(StoreException.Kind.TIMEOUT, store.commit(LOBBY, increment));
    assertFails(StoreException.Kind.TIMEOUT, store.read(LOBBY, List.of("a")));
    server.thaw();

    // Whether the first was carried out after the thaw or not: there is one increment.
    assertThat(eventually(() -> store.commit(LOBBY, increment)))
        .isEqualTo(CommitResult.committed());
    assertThat(get(store, "a")).isEqualTo("1");
  }

  @Test
  void aServerThatDiesInMidCommitAndComesBackLosesNoCaller() throws Exception {
    RedisProcess server =
        opened.add(RedisProcess.start("--appendonly", "yes", "--appendfsync", "always"));
    RedisKvStore store = store(server.uri(), LONG);
    put(store, "a", "0");
    server.freeze();
    CompletionStage<CommitResult> commit = store.commit(LOBBY, increment("a", "0", "1"));
    CompletionStage<Map<String, Bytes>> read = store.read(LOBBY, List.of("a"));

    server.kill();
    CompletionStage<CommitResult> whileDown = store.commit(LOBBY, write("b", "1"));
    server.restart();

    assertThat(await(commit)).isEqualTo(CommitResult.committed());
    assertThat(await(whileDown)).isEqualTo(CommitResult.committed());
    assertThat(await(read)).containsKey("a");
    assertThat(get(store, "a")).isEqualTo("1");
  }

  @Test
  void aServerThatDiesAndStaysAwayIsATypedErrorUntilItIsBack() throws Exception {
    RedisProcess server = opened.add(RedisProcess.start());
    RedisKvStore store = store(server.uri(), SHORT);
    put(store, "a", "1");
    server.kill();

    assertFails(StoreException.Kind.TIMEOUT, store.commit(LOBBY, write("a", "2")));
    assertFails(StoreException.Kind.TIMEOUT, store.read(LOBBY, List.of("a")));
    server.restart();

    // It came back empty, without the script too: the store works with what there is.
    assertThat(eventually(() -> store.read(LOBBY, List.of("a")))).isEmpty();
    assertThat(put(store, "a", "3")).isEqualTo(CommitResult.committed());
    assertThat(get(store, "a")).isEqualTo("3");
  }

  @Test
  void killedConnectionsAreMadeAnew() throws Exception {
    RedisProcess server = opened.add(RedisProcess.start());
    RedisKvStore store = store(server.uri(), LONG);

    for (int i = 0; i < 20; i++) {
      CompletionStage<CommitResult> commit =
          store.commit(
              LOBBY,
              i == 0 ? write("a", "0") : increment("a", String.valueOf(i - 1), String.valueOf(i)));
      server.ask(redis -> redis.clientKill(KillArgs.Builder.typeNormal().skipme(true)));
      assertThat(await(commit)).isEqualTo(CommitResult.committed());
    }

    assertThat(get(store, "a")).isEqualTo("19");
  }

  @Test
  void incrementsAddUpWhileConnectionsAreKilledAndTheServerRestarts() throws Exception {
    int people = 4;
    int each = 150;
    RedisProcess server =
        opened.add(RedisProcess.start("--appendonly", "yes", "--appendfsync", "always"));
    AtomicInteger done = new AtomicInteger();
    ExecutorService threads = Executors.newFixedThreadPool(people);
    opened.add(threads::shutdownNow);
    List<Future<?>> running = new ArrayList<>();
    for (int p = 0; p < people; p++) {
      RedisKvStore store = store(server.uri(), "5s");
      running.add(
          threads.submit(
              () -> {
                for (int i = 0; i < each; i++) {
                  increment(store);
                  done.incrementAndGet();
                }
                return null;
              }));
    }

    int troubles = 0;
    while (done.get() < people * each && running.stream().noneMatch(Future::isDone)) {
      int before = done.get();
      if (troubles++ == 3) {
        server.kill();
        server.restart();
      } else {
        server.ask(redis -> redis.clientKill(KillArgs.Builder.typeNormal().skipme(true)));
      }
      Awaitility.await()
          .atMost(Duration.ofMinutes(1))
          .pollInterval(Duration.ofMillis(5))
          .until(() -> done.get() > before || running.stream().anyMatch(Future::isDone));
    }
    for (Future<?> person : running) {
      person.get(1, TimeUnit.MINUTES);
    }

    assertThat(troubles).isGreaterThan(3);
    assertThat(get(store(server.uri(), LONG), "count")).isEqualTo(String.valueOf(people * each));
  }

  /** As a hook does it: again after a conflict, and the same again when nobody answered. */
  private static void increment(RedisKvStore store) throws Exception {
    CommitResult result;
    do {
      Map<String, Bytes> held = eventually(() -> store.read(LOBBY, List.of("count")));
      Optional<Bytes> before = Optional.ofNullable(held.get("count"));
      int next = before.map(Bytes::utf8).map(Integer::parseInt).orElse(0) + 1;
      KvTransaction transaction =
          new KvTransaction(
              UUID.randomUUID().toString(),
              Map.of("count", before),
              List.of(
                  new KvWrite.Put("count", Bytes.utf8(String.valueOf(next)), Optional.empty())));
      result = eventually(() -> store.commit(LOBBY, transaction));
    } while (result.equals(CommitResult.conflict()));
  }

  @Test
  void aReadOnlyReplicaReadsAndSaysWhatToDoAboutWrites() throws Exception {
    RedisProcess master = opened.add(RedisProcess.start());
    put(store(master.uri(), LONG), "a", "1");
    RedisProcess replica =
        opened.add(RedisProcess.start("--replicaof", "127.0.0.1", String.valueOf(master.port())));
    RedisKvStore store = store(replica.uri(), LONG);
    Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> holds(store, "a"));

    StoreException failure =
        assertFails(StoreException.Kind.UNAVAILABLE, store.commit(LOBBY, write("a", "2")));

    assertThat(failure).hasMessageContainingAll("chat/lobby", "READONLY", "replica", "master");
    assertThat(get(store, "a")).isEqualTo("1");

    replica.ask(redis -> redis.replicaofNoOne());
    assertThat(put(store, "a", "2")).isEqualTo(CommitResult.committed());
  }

  @Test
  void aMasterThatDiesIsReplacedByTheOneThatSentinelNames() throws Exception {
    RedisProcess master = opened.add(RedisProcess.start());
    opened.add(RedisProcess.start("--replicaof", "127.0.0.1", String.valueOf(master.port())));
    RedisProcess sentinel = opened.add(RedisProcess.sentinel(master));
    Awaitility.await()
        .atMost(Duration.ofMinutes(1))
        .until(() -> sentinel.ask(redis -> redis.info("sentinel")).contains("slaves=1"));
    RedisKvStore store = store("redis-sentinel://127.0.0.1:" + sentinel.port() + "#main", "2s");
    put(store, "a", "1");
    Awaitility.await()
        .atMost(Duration.ofMinutes(1))
        .until(() -> master.count(redis -> redis.waitForReplication(1, 1_000)) == 1);

    master.kill();

    KvTransaction increment = increment("a", "1", "2");
    assertThat(eventually(() -> store.commit(LOBBY, increment)))
        .isEqualTo(CommitResult.committed());
    assertThat(get(store, "a")).isEqualTo("2");
  }

  @Test
  void aServerWithoutMemoryRefusesAllOfATransaction() throws Exception {
    RedisProcess server = opened.add(RedisProcess.start());
    RedisKvStore store = store(server.uri(), LONG);
    put(store, "a", "1");
    server.ask(redis -> redis.configSet("maxmemory", "1"));
    KvTransaction both =
        new KvTransaction(
            UUID.randomUUID().toString(),
            Map.of(),
            List.of(
                new KvWrite.Delete("a"), new KvWrite.Put("b", Bytes.utf8("1"), Optional.empty())));

    StoreException failure =
        assertFails(StoreException.Kind.UNAVAILABLE, store.commit(LOBBY, both));

    assertThat(failure).hasMessageContainingAll("chat/lobby", "OOM", "memory");
    assertThat(get(store, "a")).isEqualTo("1");

    server.ask(redis -> redis.configSet("maxmemory", "0"));
    assertThat(await(store.commit(LOBBY, both))).isEqualTo(CommitResult.committed());
  }

  @Test
  void anEncryptedConnectionIsTrustedByTheCertificateThatIsSet() throws Exception {
    Certificate certificate = Certificate.selfSigned();
    opened.add(certificate);
    int port = Ports.free();
    opened.add(
        RedisProcess.start(
            "--tls-port",
            String.valueOf(port),
            "--tls-cert-file",
            certificate.file().toString(),
            "--tls-key-file",
            certificate.key().toString(),
            "--tls-auth-clients",
            "no"));
    String uri = "rediss://localhost:" + port;

    assertThatThrownBy(() -> store(uri, LONG))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("localhost:" + port)
        .hasMessageContaining("certi");

    RedisKvStore store = new RedisKvStore();
    opened.add(store);
    store.start(
        PluginContext.of(Map.of("uri", uri, "trustedCertificates", certificate.file().toString())));
    assertThat(put(store, "a", "1")).isEqualTo(CommitResult.committed());
  }

  private RedisKvStore store(String uri, String timeout) {
    RedisKvStore store = opened.add(new RedisKvStore());
    store.start(PluginContext.of(Map.of("uri", uri, "timeout", timeout)));
    return store;
  }

  private static KvTransaction write(String key, String value) {
    return new KvTransaction(
        UUID.randomUUID().toString(),
        Map.of(),
        List.of(new KvWrite.Put(key, Bytes.utf8(value), Optional.empty())));
  }

  private static KvTransaction increment(String key, String from, String to) {
    return new KvTransaction(
        UUID.randomUUID().toString(),
        Map.of(key, Optional.of(Bytes.utf8(from))),
        List.of(new KvWrite.Put(key, Bytes.utf8(to), Optional.empty())));
  }

  private static CommitResult put(RedisKvStore store, String key, String value) throws Exception {
    return await(store.commit(LOBBY, write(key, value)));
  }

  private static String get(RedisKvStore store, String key) throws Exception {
    Bytes held = await(store.read(LOBBY, List.of(key))).get(key);
    assertThat(held).isNotNull();
    return held.utf8();
  }

  private static boolean holds(RedisKvStore store, String key) throws Exception {
    return await(store.read(LOBBY, List.of(key))).containsKey(key);
  }

  private static <T> T await(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(1, TimeUnit.MINUTES);
  }

  private interface Attempt<T> {
    CompletionStage<T> begin();
  }

  /** The answer, when the store is well again; typed errors until then. */
  private static <T> T eventually(Attempt<T> attempt) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
    while (true) {
      try {
        return await(attempt.begin());
      } catch (ExecutionException e) {
        assertThat(e).cause().isInstanceOf(StoreException.class);
        assertThat(System.nanoTime()).as("not well again: %s", e).isLessThan(deadline);
      }
    }
  }

  private static StoreException assertFails(StoreException.Kind kind, CompletionStage<?> stage) {
    try {
      Object answer = await(stage);
      throw new AssertionError("answered " + answer);
    } catch (ExecutionException e) {
      assertThat(e.getCause()).isInstanceOf(StoreException.class);
      StoreException failure = (StoreException) e.getCause();
      assertThat(failure.kind()).as(failure.getMessage()).isEqualTo(kind);
      assertThat(failure).hasMessageContainingAll("redis", "127.0.0.1", "chat/lobby");
      return failure;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
