package org.cloudramp.sandbox.core.plugin;

import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import org.cloudramp.sandbox.api.plugin.Plugin;
import org.cloudramp.sandbox.api.plugin.PluginContext;
import org.cloudramp.sandbox.api.plugin.PluginSettings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts plugins, each with the settings under its own prefix, and closes them in the reverse
 * order. Not thread-safe.
 */
public final class PluginLifecycle implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(PluginLifecycle.class);

  private final Map<String, String> settings;
  private final Clock clock;
  private final Deque<Plugin> started = new ArrayDeque<>();

  /** Takes all settings; each plugin will see its own. */
  public PluginLifecycle(Map<String, String> settings, Clock clock) {
    this.settings = settings;
    this.clock = clock;
  }

  /**
   * Starts a plugin.
   *
   * @param kind what stands before the plugin's name in the settings, such as {@code store}
   * @return the plugin
   * @throws org.cloudramp.sandbox.api.error.ConfigurationException if a setting is wrong, or set
   *     and not known to the plugin
   */
  public <P extends Plugin> P start(String kind, P plugin) {
    String prefix = kind + "." + plugin.name() + ".";
    Map<String, String> own = new java.util.TreeMap<>();
    settings.forEach(
        (name, value) -> {
          if (name.startsWith(prefix)) {
            own.put(name.substring(prefix.length()), value);
          }
        });
    PluginSettings pluginSettings = new PluginSettings(prefix, own);
    started.push(plugin); // before the start: a plugin is closed also when its start fails
    plugin.start(new PluginContext(pluginSettings, clock));
    for (String unread : pluginSettings.unread()) {
      throw pluginSettings.unknown(unread);
    }
    return plugin;
  }

  /** Closes what was started, the last first. Idempotent. */
  @Override
  public void close() {
    while (!started.isEmpty()) {
      Plugin plugin = started.pop();
      try {
        plugin.close();
      } catch (RuntimeException e) {
        log.warn("closing plugin '{}' failed", plugin.name(), e);
      }
    }
  }
}
