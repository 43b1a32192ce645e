package org.cloudramp.sandbox.kv.redis;

import java.util.Map;
import org.cloudramp.sandbox.api.kv.LogWindow;
import org.cloudramp.sandbox.api.plugin.PluginContext;

/** Stores whose logs are tested: what is lost without a sign is looked for every second. */
final class RedisLogs {
  private RedisLogs() {}

  /** One that is patient: slow machines are not what is tested. */
  static RedisKvStore open(String uri, LogWindow window) {
    return open(uri, window, "30s");
  }

  static RedisKvStore open(String uri, LogWindow window, String timeout) {
    RedisKvStore opened = new RedisKvStore();
    opened.start(
        PluginContext.of(
            Map.of(
                "uri",
                uri,
                "timeout",
                "30s", // slow machines are not what is tested here
                "logCheck",
                "1s",
                "logEntries",
                String.valueOf(window.entries()),
                "logBytes",
                String.valueOf(window.bytes()),
                "logAge",
                window.age().toMillis() + "ms")));
    return opened;
  }
}
