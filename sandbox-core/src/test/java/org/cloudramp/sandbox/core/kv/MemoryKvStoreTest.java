package org.cloudramp.sandbox.core.kv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.awaitility.Awaitility;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.kv.CommitResult;
import org.cloudramp.sandbox.api.kv.KvQuota;
import org.cloudramp.sandbox.api.kv.KvStore;
import org.cloudramp.sandbox.api.kv.KvWrite;
import org.cloudramp.sandbox.api.plugin.PluginContext;
import org.cloudramp.sandbox.api.plugin.PluginSettings;
import org.cloudramp.sandbox.testkit.kv.KvStoreContract;
import org.cloudramp.sandbox.testkit.kv.ManualClock;
import org.junit.jupiter.api.Test;

class MemoryKvStoreTest extends KvStoreContract {
  private static final int FEW_KEYS = 500;

  /** What a key of one character with a value of one counts. */
  private static final long SMALL = KvQuota.bytesOf("a", Bytes.utf8("1"));

  private final ManualClock clock = new ManualClock();

  @Override
  protected KvStore openStore() {
    return open(Map.of("keysPerRoom", String.valueOf(FEW_KEYS)));
  }

  @Override
  protected boolean isShared() {
    return false;
  }

  @Override
  protected void passTime(Duration duration) {
    clock.advance(duration);
  }

  @Test
  void isFoundByItsName() {
    assertThat(ServiceLoader.load(KvStore.class))
        .anySatisfy(found -> assertThat(found).isInstanceOf(MemoryKvStore.class));
    assertThat(new MemoryKvStore().name()).isEqualTo("memory");
  }

  @Test
  void aKeyIsGoneAtTheVeryMillisecond() throws Exception {
    write(LOBBY, put("a", "1", Duration.ofSeconds(1)));

    clock.advance(Duration.ofMillis(999));
    assertThat(read(LOBBY, "a")).containsKey("a");
    clock.advance(Duration.ofMillis(1));
    assertThat(read(LOBBY, "a")).isEmpty();
  }

  @Test
  void whatHasExpiredIsThrownAwayInAllRoomsThoughOnlyOneIsUsed() throws Exception {
    for (int room = 0; room < 100; room++) {
      RoomAddress address = RoomAddress.of("chat", "room-" + room);
      write(address, put("a", "1", Duration.ofSeconds(1)), put("b", "1", Duration.ofSeconds(2)));
    }

    clock.advance(Duration.ofHours(1));
    for (int i = 0; i < 100; i++) {
      assertThat(write(LOBBY, put("a", "1"))).isEqualTo(CommitResult.committed());
    }

    // one room with one key, and its latest transactions
    assertThat(((MemoryKvStore) store).held()).isEqualTo(1 + 1 + 100);
  }

  @Test
  void replacedAndDeletedKeysLeaveNothingBehind() throws Exception {
    for (int i = 0; i < 5_000; i++) {
      write(LOBBY, put("a", "1", Duration.ofDays(1)), put("b", "1", Duration.ofDays(1)));
    }
    write(LOBBY, new KvWrite.Delete("a"), new KvWrite.Delete("b"));

    clock.advance(Duration.ofHours(1));
    read(LOBBY, "a");

    assertThat(((MemoryKvStore) store).held()).isZero();
  }

  @Test
  void rememberedTransactionsAreBoundedThoughTimeStandsStill() throws Exception {
    for (int i = 0; i < 10_000; i++) {
      write(LOBBY, new KvWrite.Delete("a"));
    }

    assertThat(((MemoryKvStore) store).held()).isLessThan(2_100);
  }

  @Test
  void aRoomThatIsFullMayChangeAndDeleteButNotGrow() throws Exception {
    KvWrite[] all = new KvWrite[FEW_KEYS];
    for (int i = 0; i < FEW_KEYS; i++) {
      all[i] = put("key-" + i, "1");
    }
    write(LOBBY, all);

    assertThatThrownBy(() -> write(LOBBY, put("key-0", "2"), put("one more", "1")))
        .cause()
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.QUOTA))
        .hasMessageContaining("chat/lobby")
        .hasMessageContaining("keysPerRoom");
    assertThat(read(LOBBY, "key-0").get("key-0")).hasToString("1 bytes");
    assertThat(read(LOBBY, "one more")).isEmpty();

    assertThat(write(LOBBY, put("key-0", "2"))).isEqualTo(CommitResult.committed());
    assertThat(write(LOBBY, new KvWrite.Delete("key-1"), put("one more", "1")))
        .isEqualTo(CommitResult.committed());
    assertThat(write(RoomAddress.of("chat", "another"), all)).isEqualTo(CommitResult.committed());
  }

  @Test
  void whatHasExpiredIsThrownAwayThoughNobodyAsksTheStore() throws Exception {
    write(LOBBY, put("a", "1", Duration.ofSeconds(1)), put("b", "1"));

    clock.advance(Duration.ofSeconds(1));

    MemoryKvStore memory = (MemoryKvStore) store;
    Awaitility.await().untilAsserted(() -> assertThat(memory.bytes()).isEqualTo(SMALL));
  }

  @Test
  void aStoreThatIsStartedAgainHasItsKeysAndTheNewLimits() throws Exception {
    write(LOBBY, put("a", "1"));
    store.close();

    ((MemoryKvStore) store)
        .start(PluginContext.of(new PluginSettings("kv.", Map.of("bytes", "10")), clock));

    assertThat(read(LOBBY, "a")).isEqualTo(Map.of("a", Bytes.utf8("1")));
    assertThat(isCommitted(LOBBY, 0)).isFalse();
  }

  @Test
  void oneServiceGetsHalfOfTheStoreAndOthersGetTheirShareOfTheRest() throws Exception {
    store = open(Map.of("bytes", String.valueOf(120 * SMALL)));

    assertThat(fill("first")).isEqualTo(60);
    assertThat(fill("second")).isEqualTo(30);
    assertThat(fill("third")).isEqualTo(15);
    assertThat(((MemoryKvStore) store).bytes()).isEqualTo(105 * SMALL);
    assertThat(isCommitted(RoomAddress.of("first", "new"), 0)).isFalse();

    assertThatThrownBy(() -> write(RoomAddress.of("first", "lobby"), put("one", "more")))
        .cause()
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.QUOTA))
        .hasMessageContaining("first/lobby")
        .hasMessageContaining("kv.memory.bytes");
  }

  @Test
  void servicesThatGrowTogetherShareTheStoreAlike() throws Exception {
    store = open(Map.of("bytes", String.valueOf(120 * SMALL)));
    int[] taken = new int[5];

    for (int key = 0; key < 50; key++) {
      for (int service = 0; service < 5; service++) {
        taken[service] += isCommitted(RoomAddress.of("service-" + service, "r"), key) ? 1 : 0;
      }
    }

    assertThat(taken).containsExactly(20, 20, 20, 20, 20);
    assertThat(isCommitted(RoomAddress.of("another", "r"), 0)).isTrue();
  }

  @Test
  void servicesAtOnceNeverTakeMoreThanTheStoreHas() throws Exception {
    long bytes = 300 * SMALL;
    store = open(Map.of("bytes", String.valueOf(bytes)));
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Future<Integer>> fills = new ArrayList<>();
      for (int service = 0; service < 8; service++) {
        String name = "service-" + service;
        fills.add(threads.submit(() -> fill(name)));
      }
      int keys = 0;
      for (Future<Integer> fill : fills) {
        keys += fill.get();
      }

      assertThat(((MemoryKvStore) store).bytes()).isEqualTo(keys * SMALL).isLessThan(bytes);
    } finally {
      threads.shutdownNow();
    }
  }

  /**
   * Writes small keys into many rooms of a service until one is refused; gives how many it took.
   */
  private int fill(String service) throws Exception {
    for (int taken = 0; ; taken++) {
      if (!isCommitted(RoomAddress.of(service, "room-" + taken % 7), taken / 7)) {
        return taken;
      }
    }
  }

  private boolean isCommitted(RoomAddress address, int key) throws Exception {
    try {
      return write(address, put(String.valueOf((char) ('0' + key)), "1")).isCommitted();
    } catch (ExecutionException e) {
      assertThat(e).hasMessageContaining("kv.memory.bytes");
      return false;
    }
  }

  @Test
  void aWrongQuotaIsRefusedAtTheStart() {
    assertThatThrownBy(() -> open(Map.of("keysPerRoom", "0")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("kv.keysPerRoom");
  }

  private MemoryKvStore open(Map<String, String> settings) {
    MemoryKvStore opened = new MemoryKvStore();
    opened.start(PluginContext.of(new PluginSettings("kv.", settings), clock));
    return opened;
  }
}
