package org.cloudramp.sandbox.kv.redis;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.cloudramp.sandbox.api.kv.KvStore;
import org.cloudramp.sandbox.api.kv.LogWindow;
import org.cloudramp.sandbox.testkit.kv.RosterContract;
import org.cloudramp.sandbox.testkit.servers.ForAllTests;
import org.cloudramp.sandbox.testkit.servers.RedisProcess;
import org.junit.jupiter.api.extension.RegisterExtension;

class RedisRosterTest extends RosterContract {
  @RegisterExtension
  static final ForAllTests<RedisProcess> STARTED = new ForAllTests<>(RedisProcess::start);

  RedisRosterTest() {
    STARTED.get().empty();
  }

  @Override
  protected KvStore openStore() {
    return RedisLogs.open(STARTED.get().uri(), LogWindow.standard());
  }

  @Override
  protected void passTime(Duration duration) {
    LockSupport.parkNanos(duration.toNanos());
  }
}
