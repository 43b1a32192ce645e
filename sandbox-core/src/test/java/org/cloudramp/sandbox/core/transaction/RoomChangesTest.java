package org.cloudramp.sandbox.core.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.kv.KvTransaction;
import org.cloudramp.sandbox.api.kv.KvWrite;
import org.cloudramp.sandbox.core.Limits;
import org.cloudramp.sandbox.core.kv.MemoryKvStore;
import org.junit.jupiter.api.Test;

class RoomChangesTest {
  private static final Bytes ONE = Bytes.utf8("1");
  private static final Bytes TWO = Bytes.utf8("2");
  private static final Optional<Duration> SHORT = Optional.of(Duration.ofSeconds(1));
  private static final Optional<Duration> LONG = Optional.of(Duration.ofHours(1));
  private static final RoomAddress ROOM = RoomAddress.of("chat", "lobby");

  private final MemoryKvStore store = new MemoryKvStore();
  private final RoomChanges changes = new RoomChanges(Limits.defaults(), null);

  @Test
  void aHookReadsWhatTheOneBeforeHasWrittenAndTheStoreIsNotAskedForIt() {
    KvOverlay first = hook();
    first.put("n", ONE, SHORT);
    first.delete("gone");
    first.addTo(changes);

    KvOverlay second = hook();
    assertThat(second.read(List.of("n", "gone")))
        .containsExactly(Optional.of(ONE), Optional.empty());
    second.addTo(changes);

    assertThat(transaction().reads()).isEmpty();
  }

  @Test
  void whatWasReadOnceIsReadSoByTheHooksBehindWhateverOthersDoMeanwhile() throws Exception {
    KvOverlay first = hook();
    first.read(List.of("n"));
    first.addTo(changes);
    KvTransaction ofAnother =
        new KvTransaction("another", Map.of(), List.of(new KvWrite.Put("n", TWO, LONG)));
    CompletableFuture<?> unused = store.commit(ROOM, ofAnother).toCompletableFuture();

    KvOverlay second = hook();
    assertThat(second.read(List.of("n", "m"))).containsExactly(Optional.empty(), Optional.empty());
    second.addTo(changes);

    assertThat(transaction().reads())
        .isEqualTo(Map.of("n", Optional.empty(), "m", Optional.empty()));
    assertThat(store.commit(ROOM, transaction()).toCompletableFuture().get().isCommitted())
        .isFalse();
  }

  @Test
  void anUpdateKeepsTheTimeThatAnEarlierHookHasGivenTheKey() {
    KvOverlay first = hook();
    first.put("n", ONE, SHORT);
    first.delete("gone");
    first.update("counted", ONE, SHORT);
    first.addTo(changes);

    KvOverlay second = hook();
    second.update("n", TWO, LONG);
    second.update("gone", TWO, LONG);
    second.update("counted", TWO, LONG);
    second.addTo(changes);

    assertThat(transaction().writes())
        .containsExactly(
            new KvWrite.Put("n", TWO, SHORT),
            new KvWrite.Put("gone", TWO, LONG),
            new KvWrite.Update("counted", TWO, SHORT));
  }

  @Test
  void ofSeveralWritesToAKeyTheLastCounts() {
    for (Bytes value : List.of(ONE, TWO)) {
      KvOverlay hook = hook();
      hook.put("n", value, LONG);
      hook.put("m", value, LONG);
      hook.addTo(changes);
    }
    KvOverlay last = hook();
    last.delete("m");
    last.addTo(changes);

    assertThat(transaction().writes())
        .containsExactly(new KvWrite.Put("n", TWO, LONG), new KvWrite.Delete("m"));
  }

  private KvOverlay hook() {
    return new KvOverlay(store, ROOM, Limits.defaults(), () -> Duration.ofSeconds(10), changes);
  }

  private KvTransaction transaction() {
    return changes.transaction("of all");
  }
}
