package org.cloudramp.sandbox.core.kv;

import java.time.Duration;
import java.util.Map;
import org.cloudramp.sandbox.api.kv.KvStore;
import org.cloudramp.sandbox.api.plugin.PluginContext;
import org.cloudramp.sandbox.api.plugin.PluginSettings;
import org.cloudramp.sandbox.testkit.kv.ManualClock;
import org.cloudramp.sandbox.testkit.kv.RosterContract;
import org.jspecify.annotations.Nullable;

class MemoryRosterTest extends RosterContract {
  private final ManualClock clock = new ManualClock();
  private @Nullable MemoryKvStore shared;

  @Override
  protected KvStore openStore() {
    MemoryKvStore made = shared;
    if (made == null) {
      made = new MemoryKvStore();
      made.start(PluginContext.of(new PluginSettings("kv.", Map.of()), clock));
      shared = made;
    }
    return made;
  }

  @Override
  protected void passTime(Duration duration) {
    clock.advance(duration);
  }
}
