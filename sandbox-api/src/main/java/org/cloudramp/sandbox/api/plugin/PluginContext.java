package org.cloudramp.sandbox.api.plugin;

import java.time.Clock;
import java.util.Map;

/**
 * What a plugin gets from the host when it starts.
 *
 * @param settings the settings of this plugin, and of no other
 * @param clock the host's time; tests move it by hand
 */
public record PluginContext(PluginSettings settings, Clock clock) {
  /** No settings and the system's clock, for a plugin that is started by hand. */
  public static PluginContext empty() {
    return of(Map.of());
  }

  /** The given settings and the system's clock, for a plugin that is started by hand. */
  public static PluginContext of(Map<String, String> settings) {
    return new PluginContext(new PluginSettings("", settings), Clock.systemUTC());
  }
}
