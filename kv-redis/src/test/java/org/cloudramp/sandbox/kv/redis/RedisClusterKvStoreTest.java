package org.cloudramp.sandbox.kv.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.kv.KvStore;
import org.cloudramp.sandbox.api.plugin.PluginContext;
import org.cloudramp.sandbox.testkit.kv.KvStoreContract;
import org.cloudramp.sandbox.testkit.servers.ForAllTests;
import org.cloudramp.sandbox.testkit.servers.RedisCluster;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class RedisClusterKvStoreTest extends KvStoreContract {
  @RegisterExtension
  static final ForAllTests<RedisCluster> STARTED = new ForAllTests<>(RedisCluster::start);

  RedisClusterKvStoreTest() {
    cluster().empty();
  }

  private static RedisCluster cluster() {
    return STARTED.get();
  }

  @Override
  protected KvStore openStore() {
    RedisKvStore opened = new RedisKvStore();
    opened.start(PluginContext.of(Map.of("uri", cluster().uri(), "timeout", "30s")));
    return opened;
  }

  @Override
  protected void passTime(Duration duration) {
    LockSupport.parkNanos(duration.toNanos());
  }

  @Test
  void roomsAreSpreadOverTheMasters() throws Exception {
    for (int room = 0; room < 60; room++) {
      write(RoomAddress.of("chat", "room-" + room), put("a", "1"), put("b", "2"));
    }

    assertThat(cluster().masters())
        .allSatisfy(master -> assertThat(master.count(redis -> redis.dbsize())).isPositive());
    for (int room = 0; room < 60; room++) {
      assertThat(read(RoomAddress.of("chat", "room-" + room), "a", "b", "c"))
          .isEqualTo(Map.of("a", Bytes.utf8("1"), "b", Bytes.utf8("2")));
    }
  }
}
