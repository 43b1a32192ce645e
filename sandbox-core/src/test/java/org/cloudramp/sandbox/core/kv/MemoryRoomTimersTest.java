package org.cloudramp.sandbox.core.kv;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.cloudramp.sandbox.api.kv.KvStore;
import org.cloudramp.sandbox.api.kv.KvTransaction;
import org.cloudramp.sandbox.api.kv.RoomTimer;
import org.cloudramp.sandbox.api.kv.TimerChanges;
import org.cloudramp.sandbox.testkit.kv.RoomTimersContract;
import org.junit.jupiter.api.Test;

class MemoryRoomTimersTest extends RoomTimersContract {
  @Override
  protected KvStore openStore() {
    return new MemoryKvStore();
  }

  @Override
  protected boolean isShared() {
    return false;
  }

  @Test
  void timersThatWereAnsweredLeaveNothingBehindButTheMemoryOfTheirCommits() throws Exception {
    set(LOBBY, "close", Instant.EPOCH);
    set(LOBBY, "later", Instant.EPOCH);
    MemoryKvStore memory = (MemoryKvStore) store;
    assertThat(memory.bytes()).isEqualTo(2 * RoomTimer.BYTES);

    int commits = 2;
    for (RoomTimer timer : claim(store)) {
      commits++;
      await(
          store.commit(
              LOBBY,
              KvTransaction.builder(timer.name()).timers(TimerChanges.answered(timer)).build()));
    }

    assertThat(memory.bytes()).isZero();
    assertThat(memory.held()).isEqualTo(commits);
  }
}
