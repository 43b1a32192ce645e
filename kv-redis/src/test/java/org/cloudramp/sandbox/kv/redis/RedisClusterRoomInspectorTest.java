package org.cloudramp.sandbox.kv.redis;

import java.util.Map;
import org.cloudramp.sandbox.api.kv.KvStore;
import org.cloudramp.sandbox.api.plugin.PluginContext;
import org.cloudramp.sandbox.testkit.kv.RoomInspectorContract;
import org.cloudramp.sandbox.testkit.servers.ForAllTests;
import org.cloudramp.sandbox.testkit.servers.RedisCluster;
import org.junit.jupiter.api.extension.RegisterExtension;

class RedisClusterRoomInspectorTest extends RoomInspectorContract {
  @RegisterExtension
  static final ForAllTests<RedisCluster> STARTED = new ForAllTests<>(RedisCluster::start);

  RedisClusterRoomInspectorTest() {
    STARTED.get().empty();
  }

  @Override
  protected KvStore openStore() {
    RedisKvStore opened = new RedisKvStore();
    opened.start(
        PluginContext.of(
            Map.of("uri", STARTED.get().uri(), "timeout", "30s"))); // slow machines are not tested
    return opened;
  }
}
