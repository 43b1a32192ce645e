package org.cloudramp.sandbox.core.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.kv.KvQuota;
import org.cloudramp.sandbox.api.kv.KvTransaction;
import org.cloudramp.sandbox.api.kv.KvWrite;
import org.cloudramp.sandbox.core.Limits;
import org.cloudramp.sandbox.core.kv.MemoryKvStore;
import org.junit.jupiter.api.Test;

class KvOverlayTest {
  private static final Bytes ONE = Bytes.utf8("1");
  private static final Bytes TWO = Bytes.utf8("2");
  private static final Optional<Duration> SHORT = Optional.of(Duration.ofSeconds(1));
  private static final Optional<Duration> LONG = Optional.of(Duration.ofHours(1));

  private final KvOverlay keys =
      new KvOverlay(
          new MemoryKvStore(),
          RoomAddress.of("chat", "lobby"),
          Limits.defaults(),
          () -> Duration.ofSeconds(10),
          null);

  @Test
  void anUpdateIsLeftToTheStoreWhichKnowsTheTimeOfTheKey() {
    keys.update("n", ONE, SHORT);

    assertThat(keys.read(List.of("n"))).containsExactly(Optional.of(ONE));
    assertThat(transaction().writes()).containsExactly(new KvWrite.Update("n", ONE, SHORT));
  }

  @Test
  void ofSeveralUpdatesTheTimeOfTheFirstCounts() {
    keys.update("n", ONE, SHORT);
    keys.update("n", TWO, LONG);

    assertThat(transaction().writes()).containsExactly(new KvWrite.Update("n", TWO, SHORT));
  }

  @Test
  void anUpdateKeepsTheTimeThatTheHookItselfHasSet() {
    keys.put("n", ONE, SHORT);
    keys.update("n", TWO, LONG);
    keys.put("for ever", ONE, Optional.empty());
    keys.update("for ever", TWO, SHORT);

    assertThat(transaction().writes())
        .containsExactly(
            new KvWrite.Put("n", TWO, SHORT), new KvWrite.Put("for ever", TWO, Optional.empty()));
  }

  @Test
  void anUpdateOfWhatTheHookHasDeletedBeginsAnew() {
    keys.delete("n");
    keys.update("n", ONE, SHORT);

    assertThat(transaction().writes()).containsExactly(new KvWrite.Put("n", ONE, SHORT));
  }

  @Test
  void aTransactionIsBoundByTheLimitsOfItsService() {
    Limits limits = Limits.defaults();

    assertThat(limits.kvQuota())
        .isEqualTo(new KvQuota(limits.kvRoomBytes(), limits.kvServiceBytes()));
  }

  private KvTransaction transaction() {
    KvTransaction.Builder transaction = KvTransaction.builder("id");
    keys.addTo(transaction);
    return transaction.build();
  }
}
