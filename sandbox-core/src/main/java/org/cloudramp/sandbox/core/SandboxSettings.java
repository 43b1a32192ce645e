package org.cloudramp.sandbox.core;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.plugin.PluginSettings;
import org.cloudramp.sandbox.core.function.Permissions;

/**
 * The settings of the core.
 *
 * @param engine the name of the engine
 * @param store the name of the module store
 * @param kv the name of the KV store
 * @param functions the names of the providers of host functions that are looked up among the jars
 * @param permissions which services may use them
 * @param plugins the folder that holds a folder of jars for each plugin beside the class path
 * @param slots how many modules are kept loaded
 * @param workers how many guests run at a time
 * @param concurrentCompiles how many modules are compiled at a time
 * @param refresh how long a change of the live version may go unnoticed by other servers
 * @param limits what a guest may take
 */
record SandboxSettings(
    String engine,
    String store,
    String kv,
    List<String> functions,
    Permissions permissions,
    Optional<Path> plugins,
    int slots,
    int workers,
    int concurrentCompiles,
    Duration refresh,
    Limits limits) {
  private static final String LIMITS = "limits.";
  private static final String PERMISSIONS = "permissions.";

  /** What stands before the settings of plugins. */
  private static final Set<String> PLUGIN_KINDS = Set.of("engine.", "store.", "kv.", "functions.");

  /**
   * Two for each processor, because a guest may wait for the KV store; and a few for one that is
   * small.
   */
  private static int defaultWorkers() {
    return Math.max(4, 2 * Runtime.getRuntime().availableProcessors());
  }

  /**
   * Reads the settings; whatever belongs to a plugin is left to that.
   *
   * @throws ConfigurationException if one reads wrong or nobody knows it
   */
  static SandboxSettings read(Map<String, String> all) {
    Map<String, String> own = new TreeMap<>();
    Map<String, String> limits = new TreeMap<>();
    Map<String, String> permissions = new TreeMap<>();
    all.forEach(
        (name, value) -> {
          if (name.startsWith(LIMITS)) {
            limits.put(name.substring(LIMITS.length()), value);
          } else if (name.startsWith(PERMISSIONS)) {
            permissions.put(name.substring(PERMISSIONS.length()), value);
          } else if (PLUGIN_KINDS.stream().noneMatch(name::startsWith)) {
            own.put(name, value);
          }
        });
    PluginSettings settings = new PluginSettings("", own);
    PluginSettings limitSettings = new PluginSettings(LIMITS, limits);
    SandboxSettings read =
        new SandboxSettings(
            settings.text("engine").orElse("chicory"),
            settings.text("store").orElse("filesystem"),
            settings.text("kv").orElse("memory"),
            names(settings.text("functions").orElse("")),
            Permissions.read(permissions),
            settings.text("plugins").map(folder -> settings.requiredPath("plugins")),
            settings.integer("slots", 64, 1, 100_000),
            settings.integer("workers", defaultWorkers(), 1, 10_000),
            settings.integer("concurrentCompiles", 2, 1, 64),
            settings.duration("refresh", Duration.ofSeconds(1)),
            Limits.read(limitSettings));
    refuseUnknown("", settings);
    refuseUnknown(LIMITS, limitSettings);
    return read;
  }

  private static List<String> names(String list) {
    return java.util.Arrays.stream(list.split(",", -1))
        .map(String::strip)
        .filter(name -> !name.isEmpty())
        .toList();
  }

  private static void refuseUnknown(String prefix, PluginSettings settings) {
    for (String name : settings.unread()) {
      throw new ConfigurationException(
          "setting '%s%s' is unknown; there are: %s"
              .formatted(
                  prefix,
                  name,
                  String.join(
                      ", ",
                      new TreeSet<>(
                          settings.known().stream().map(known -> prefix + known).toList()))));
    }
  }
}
