package org.cloudramp.sandbox.core;

import java.util.List;
import org.cloudramp.sandbox.api.plugin.Setting;

/**
 * Settings that are named alike.
 *
 * @param prefix what stands before each name, with its dot; nothing for those without a section
 * @param settings in the order in which they are to be shown
 */
public record SettingsSection(String prefix, List<Setting<?>> settings) {
  /** Copies the list. */
  public SettingsSection {
    settings = List.copyOf(settings);
  }

  /**
   * The settings of the core. Those of plugins are the plugins'; {@code permissions.*} are named
   * after functions, and {@code services.<service>.limits.*} are as {@code limits.*}.
   */
  public static List<SettingsSection> ofTheCore() {
    return SandboxSettings.DECLARED.entrySet().stream()
        .map(section -> new SettingsSection(section.getKey(), section.getValue()))
        .toList();
  }

  /** Whether a name is the core's or a plugin's, or is in a section of theirs, known or not. */
  public static boolean isOfTheSandbox(String name) {
    return SandboxSettings.isInASection(name)
        || SandboxSettings.DECLARED.getOrDefault("", List.of()).stream()
            .anyMatch(setting -> setting.name().equalsIgnoreCase(name));
  }
}
