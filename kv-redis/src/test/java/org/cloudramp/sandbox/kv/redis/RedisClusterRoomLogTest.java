package org.cloudramp.sandbox.kv.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.KillArgs;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.kv.KvStore;
import org.cloudramp.sandbox.api.kv.LogPosition;
import org.cloudramp.sandbox.api.kv.LogWindow;
import org.cloudramp.sandbox.testkit.kv.HeardLog;
import org.cloudramp.sandbox.testkit.kv.RoomLogContract;
import org.cloudramp.sandbox.testkit.servers.ForAllTests;
import org.cloudramp.sandbox.testkit.servers.RedisCluster;
import org.cloudramp.sandbox.testkit.servers.RedisProcess;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class RedisClusterRoomLogTest extends RoomLogContract {
  @RegisterExtension
  static final ForAllTests<RedisCluster> STARTED = new ForAllTests<>(RedisCluster::start);

  RedisClusterRoomLogTest() {
    cluster().empty();
  }

  private static RedisCluster cluster() {
    return STARTED.get();
  }

  @Override
  protected KvStore openStore(LogWindow window) {
    return RedisLogs.open(cluster().uri(), window);
  }

  @Override
  protected void loseEverything() {
    cluster().empty();
  }

  @Override
  protected Runnable remember() {
    List<Runnable> all = cluster().masters().stream().map(RedisProcess::remember).toList();
    return () -> all.forEach(Runnable::run);
  }

  @Override
  protected void passTime(Duration duration) {
    LockSupport.parkNanos(duration.toNanos());
  }

  @Test
  void roomsOnAllMastersAreHeardThoughConnectionsAreKilled() throws Exception {
    KvStore there = another();
    List<HeardLog> heard = new ArrayList<>();
    for (int room = 0; room < 60; room++) {
      RoomAddress address = RoomAddress.of("chat", "room-" + room);
      LogPosition start = open(store, address);
      HeardLog listener = new HeardLog(address, start);
      log(there).follow(address, start, listener);
      heard.add(listener);
    }

    for (int i = 0; i < 5; i++) {
      for (int room = 0; room < 60; room++) {
        append(store, RoomAddress.of("chat", "room-" + room), String.valueOf(i));
      }
      for (RedisProcess master : cluster().masters()) {
        master.ask(redis -> redis.clientKill(KillArgs.Builder.typePubsub().skipme(true)));
      }
    }

    for (HeardLog each : heard) {
      assertThat(each.await(5)).isEqualTo(List.of("0", "1", "2", "3", "4"));
      assertThat(each.gaps()).isEmpty();
    }
  }
}
