package org.cloudramp.sandbox.api.plugin;

import java.time.Clock;
import java.util.Map;

/**
 * What a plugin gets from the host when it starts. The host implements it; what later versions add
 * are default methods, so a plugin's own implementation for its tests keeps compiling.
 */
public interface PluginContext {
  /** The settings of this plugin, and of no other. */
  PluginSettings settings();

  /** The host's time; tests move it by hand. */
  default Clock clock() {
    return Clock.systemUTC();
  }

  /** A context with this in it, for a plugin that is started by hand. */
  static PluginContext of(PluginSettings settings, Clock clock) {
    return new PluginContext() {
      @Override
      public PluginSettings settings() {
        return settings;
      }

      @Override
      public Clock clock() {
        return clock;
      }
    };
  }

  /** The given settings and the system's clock, for a plugin that is started by hand. */
  static PluginContext of(Map<String, String> settings) {
    return of(new PluginSettings("", settings), Clock.systemUTC());
  }

  /** No settings and the system's clock, for a plugin that is started by hand. */
  static PluginContext empty() {
    return of(Map.of());
  }
}
