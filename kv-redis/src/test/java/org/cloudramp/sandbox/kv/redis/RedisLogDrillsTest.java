package org.cloudramp.sandbox.kv.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.KillArgs;
import io.lettuce.core.cluster.SlotHash;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.kv.CommitResult;
import org.cloudramp.sandbox.api.kv.KvStore;
import org.cloudramp.sandbox.api.kv.KvTransaction;
import org.cloudramp.sandbox.api.kv.LogPosition;
import org.cloudramp.sandbox.api.kv.LogWindow;
import org.cloudramp.sandbox.testkit.kv.HeardLog;
import org.cloudramp.sandbox.testkit.servers.RedisCluster;
import org.cloudramp.sandbox.testkit.servers.RedisProcess;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What followers hear while servers and connections fail under load: each committed entry once, in
 * one order, on all servers.
 */
class RedisLogDrillsTest {
  private static final RoomAddress LOBBY = RoomAddress.of("chat", "lobby");
  private static final int ENTRIES = 600;
  private static final LogWindow WINDOW = new LogWindow(10 * ENTRIES, 8 << 20, Duration.ofHours(1));

  @RegisterExtension final Opened opened = new Opened();
  private final AtomicInteger committed = new AtomicInteger();

  @BeforeEach
  void requireAServer() {
    RedisProcess.requireInstalled();
  }

  private interface Trouble {
    void happen() throws Exception;
  }

  @Test
  void connectionsThatAreKilled() throws Exception {
    RedisProcess server = opened.add(RedisProcess.start());

    drill(
        server.uri(),
        () ->
            server.ask(
                redis -> {
                  redis.clientKill(KillArgs.Builder.typePubsub().skipme(true));
                  return redis.clientKill(KillArgs.Builder.typeNormal().skipme(true));
                }));
  }

  @Test
  void aServerThatStandsStill() throws Exception {
    RedisProcess server = opened.add(RedisProcess.start());

    drill(
        server.uri(),
        () -> {
          server.freeze();
          TimeUnit.SECONDS.sleep(3); // longer than the time-out of a command
          server.thaw();
        });
  }

  @Test
  void aServerThatDiesAndComesBackWithAllThatItHad() throws Exception {
    RedisProcess server =
        opened.add(RedisProcess.start("--appendonly", "yes", "--appendfsync", "always"));

    drill(
        server.uri(),
        () -> {
          server.kill();
          server.restart();
        });
  }

  @Test
  void aSlotThatMovesToAnotherMaster() throws Exception {
    RedisCluster cluster = opened.add(RedisCluster.start());
    Partitioning partitions = new Partitioning(256);
    int slot = SlotHash.getSlot(partitions.channelOf(partitions.partitionOf(LOBBY)));
    List<RedisProcess> owners = new ArrayList<>(cluster.masters());
    while (owners.get(0) != cluster.masterOf(slot)) {
      Collections.rotate(owners, 1);
    }

    drill(
        cluster.uri(),
        () -> {
          cluster.move(slot, owners.get(0), owners.get(1));
          Collections.rotate(owners, -1);
        });
  }

  @Test
  void aServerThatRestartsEmptyIsAGapAndWhatComesThenIsHeard() throws Exception {
    RedisProcess server = opened.add(RedisProcess.start());
    KvStore store = store(server.uri());
    KvStore other = store(server.uri());
    LogPosition start =
        store.log().orElseThrow().open(LOBBY).toCompletableFuture().get().position();
    HeardLog heard = new HeardLog(LOBBY, start);
    other.log().orElseThrow().follow(LOBBY, start, heard);
    append(store, "before");
    heard.await(1);

    server.kill();
    server.restart();

    LogPosition first = append(store, "after");
    assertThat(first.epoch()).isNotEqualTo(start.epoch());
    assertThat(first.offset()).isEqualTo(1);
    assertThat(heard.await(2)).isEqualTo(List.of("before", "after"));
    assertThat(heard.gaps()).isEqualTo(List.of(first.plus(-1)));
  }

  @Test
  void aMasterThatDiesWhenAReplicaHasAllThatItHad() throws Exception {
    RedisProcess master = opened.add(RedisProcess.start());
    opened.add(RedisProcess.start("--replicaof", "127.0.0.1", String.valueOf(master.port())));
    RedisProcess sentinel = opened.add(RedisProcess.sentinel(master));
    Awaitility.await()
        .atMost(Duration.ofMinutes(1))
        .until(() -> sentinel.ask(redis -> redis.info("sentinel")).contains("slaves=1"));
    KvStore store = store("redis-sentinel://127.0.0.1:" + sentinel.port() + "#main");
    KvStore other = store("redis-sentinel://127.0.0.1:" + sentinel.port() + "#main");
    LogPosition start =
        store.log().orElseThrow().open(LOBBY).toCompletableFuture().get().position();
    HeardLog heard = new HeardLog(LOBBY, start);
    other.log().orElseThrow().follow(LOBBY, start, heard);
    LogPosition last = start;
    for (int i = 0; i < 50; i++) {
      last = append(store, String.valueOf(i));
    }
    Awaitility.await()
        .atMost(Duration.ofMinutes(1))
        .until(() -> master.count(redis -> redis.waitForReplication(1, 1_000)) == 1);

    master.kill();

    for (int i = 50; i < 100; i++) {
      LogPosition next = append(store, String.valueOf(i));
      assertThat(next).isEqualTo(last.plus(1));
      last = next;
    }
    assertThat(heard.await(100)).hasSize(100).startsWith("0").endsWith("99");
    assertThat(heard.gaps()).isEmpty();
  }

  /** Two servers append, two follow, and there is trouble four times. */
  private void drill(String uri, Trouble trouble) throws Exception {
    List<KvStore> stores = List.of(store(uri), store(uri));
    LogPosition start =
        stores.get(0).log().orElseThrow().open(LOBBY).toCompletableFuture().get().position();
    List<HeardLog> followers = new ArrayList<>();
    for (KvStore store : stores) {
      HeardLog heard = new HeardLog(LOBBY, start);
      store.log().orElseThrow().follow(LOBBY, start, heard);
      followers.add(heard);
    }
    ExecutorService threads = Executors.newFixedThreadPool(stores.size());
    opened.add(threads::shutdownNow);
    List<Future<?>> running = new ArrayList<>();
    for (KvStore store : stores) {
      String name = "server-" + running.size() + "-";
      running.add(
          threads.submit(
              () -> {
                for (int i = 0; i < ENTRIES / 2; i++) {
                  append(store, name + i);
                  committed.incrementAndGet();
                }
                return null;
              }));
    }
    for (int i = 1; i <= 4; i++) {
      int due = i * ENTRIES / 6;
      Awaitility.await()
          .atMost(Duration.ofMinutes(2))
          .pollInterval(Duration.ofMillis(2))
          .until(() -> committed.get() >= due || running.stream().anyMatch(Future::isDone));
      trouble.happen();
    }
    for (Future<?> each : running) {
      each.get(2, TimeUnit.MINUTES);
    }

    List<String> heard = followers.get(0).await(ENTRIES);
    assertThat(heard).hasSize(ENTRIES).doesNotHaveDuplicates();
    for (int server = 0; server < stores.size(); server++) {
      String name = "server-" + server + "-";
      List<String> own = heard.stream().filter(entry -> entry.startsWith(name)).toList();
      List<String> inOrder = new ArrayList<>();
      for (int i = 0; i < ENTRIES / 2; i++) {
        inOrder.add(name + i);
      }
      assertThat(own).isEqualTo(inOrder);
    }
    assertThat(followers.get(1).await(ENTRIES)).isEqualTo(heard);
    assertThat(followers.get(0).gaps()).isEmpty();
    assertThat(followers.get(1).gaps()).isEmpty();
  }

  /** As a hook does it: the same again under the same id when nobody answered. */
  private static LogPosition append(KvStore store, String text) throws Exception {
    KvTransaction transaction =
        KvTransaction.builder(UUID.randomUUID().toString())
            .appends(List.of(Bytes.utf8(text)))
            .build();
    long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
    while (true) {
      try {
        CommitResult result =
            store.commit(LOBBY, transaction).toCompletableFuture().get(1, TimeUnit.MINUTES);
        assertThat(result).isInstanceOf(CommitResult.Committed.class);
        return ((CommitResult.Committed) result).first().orElseThrow();
      } catch (ExecutionException e) {
        assertThat(e).cause().isInstanceOf(StoreException.class);
        assertThat(System.nanoTime()).as("not well again: %s", e).isLessThan(deadline);
      }
    }
  }

  private KvStore store(String uri) {
    return opened.add(RedisLogs.open(uri, WINDOW, "1s"));
  }
}
