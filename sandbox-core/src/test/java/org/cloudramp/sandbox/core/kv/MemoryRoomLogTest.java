package org.cloudramp.sandbox.core.kv;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.kv.KvStore;
import org.cloudramp.sandbox.api.kv.KvTransaction;
import org.cloudramp.sandbox.api.kv.KvWrite;
import org.cloudramp.sandbox.api.kv.LogPosition;
import org.cloudramp.sandbox.api.kv.LogSubscription;
import org.cloudramp.sandbox.api.kv.LogWindow;
import org.cloudramp.sandbox.api.plugin.PluginContext;
import org.cloudramp.sandbox.api.plugin.PluginSettings;
import org.cloudramp.sandbox.testkit.kv.HeardLog;
import org.cloudramp.sandbox.testkit.kv.ManualClock;
import org.cloudramp.sandbox.testkit.kv.RoomLogContract;
import org.junit.jupiter.api.Test;

class MemoryRoomLogTest extends RoomLogContract {
  private final ManualClock clock = new ManualClock();

  @Override
  protected KvStore openStore(LogWindow window) {
    MemoryKvStore opened = new MemoryKvStore();
    opened.start(
        PluginContext.of(
            new PluginSettings(
                "kv.",
                Map.of(
                    "logEntries", String.valueOf(window.entries()),
                    "logBytes", String.valueOf(window.bytes()),
                    "logAge", window.age().toMillis() + "ms")),
            clock));
    return opened;
  }

  @Override
  protected boolean isShared() {
    return false;
  }

  /** What is lost with the process is lost with its followers. */
  @Override
  protected boolean canLose() {
    return false;
  }

  @Override
  protected void loseEverything() {
    throw new UnsupportedOperationException();
  }

  @Override
  protected Runnable remember() {
    throw new UnsupportedOperationException();
  }

  @Override
  protected void passTime(Duration duration) {
    clock.advance(duration);
  }

  @Test
  void entriesCountForTheStoreAndGiveTheirBytesBack() throws Exception {
    append(store, LOBBY, "a".repeat(1_000));
    append(store, RoomAddress.of("chat", "garden"), "b".repeat(500));
    assertThat(memory().bytes()).isEqualTo(1_500 + 2 * LogWindow.BYTES_PER_ENTRY);

    clock.advance(Duration.ofHours(1));
    await(store.read(LOBBY, List.of("a")));
    await(store.read(RoomAddress.of("chat", "garden"), List.of("a")));

    assertThat(memory().bytes()).isZero();
  }

  @Test
  void roomsThatAreQuietLeaveNothingBehind() throws Exception {
    for (int room = 0; room < 200; room++) {
      append(store, RoomAddress.of("chat", "room-" + room), "a", "b");
      open(store, RoomAddress.of("chat", "opened-" + room));
    }

    clock.advance(Duration.ofHours(1));
    for (int room = 0; room < 200; room++) {
      await(store.read(RoomAddress.of("chat", "room-" + room), List.of("a")));
    }

    assertThat(memory().held()).isZero();
    assertThat(memory().bytes()).isZero();
  }

  @Test
  void ofRoomsThatSomebodyHasAskedForAndLeftOnlySomeAreRemembered() throws Exception {
    LogPosition followed = open(store, LOBBY);
    LogSubscription following = log(store).follow(LOBBY, followed, heardOfTheLobby());
    for (int room = 0; room < 40_000; room++) {
      open(store, RoomAddress.of("chat", "room-" + room));
    }

    assertThat(memory().held()).isLessThan(20_000);
    assertThat(open(store, LOBBY)).isEqualTo(followed);
    following.close();
  }

  @Test
  void aQuietRoomThatIsFollowedKeepsNoEntriesAndIsForgottenWhenNobodyFollows() throws Exception {
    LogSubscription following = log(store).follow(LOBBY, open(store, LOBBY), heardOfTheLobby());
    append(store, LOBBY, "a", "b");
    clock.advance(Duration.ofHours(1));
    await(store.read(LOBBY, List.of("a")));
    assertThat(memory().bytes()).isZero();
    assertThat(memory().held()).isEqualTo(1);

    following.close();
    clock.advance(Duration.ofHours(1));
    await(store.read(LOBBY, List.of("a")));

    assertThat(memory().held()).isZero();
  }

  @Test
  void theLogOfAServiceIsNeverLargerThanWhatTheStoreLeavesIt() throws Exception {
    MemoryKvStore small = new MemoryKvStore();
    small.start(PluginContext.of(new PluginSettings("kv.", Map.of("bytes", "20000")), clock));
    for (int i = 0; i < 100; i++) {
      append(small, RoomAddress.of("chat", "room-" + i % 7), "x".repeat(500));
    }

    assertThat(small.bytes()).isBetween(5_000L, 10_000L);
    KvWrite write = new KvWrite.Put("a", Bytes.utf8("1"), Optional.empty());
    assertThat(
            await(
                    small.commit(
                        RoomAddress.of("other", "lobby"),
                        new KvTransaction("one", Map.of(), List.of(write))))
                .isCommitted())
        .isTrue();
    small.close();
  }

  private HeardLog heardOfTheLobby() throws Exception {
    return new HeardLog(LOBBY, open(store, LOBBY));
  }

  private MemoryKvStore memory() {
    return (MemoryKvStore) store;
  }
}
