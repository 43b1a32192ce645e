package org.cloudramp.sandbox.core;

import com.google.common.base.CaseFormat;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.cloudramp.sandbox.api.engine.Memory;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.plugin.PluginSettings;
import org.cloudramp.sandbox.core.function.Permissions;
import org.cloudramp.sandbox.core.gate.GateLimits;
import org.cloudramp.sandbox.core.run.Quarantine;
import org.cloudramp.sandbox.core.writebehind.WriteBehind;

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
 * @param workersPerService how many of one service's run at a time
 * @param concurrentCompiles how many modules are compiled at a time
 * @param uploadsPerMinute how many modules of one service are checked within a minute
 * @param guestMemory of all guests together, in bytes
 * @param refresh how long a change of the live version may go unnoticed by other servers
 * @param startTimeout how long the start waits for a store that cannot be reached yet
 * @param limits what a guest may take
 * @param gate what a module may have
 * @param quarantine when a version is no longer run
 * @param writeBehind which services' writes reach the KV store later than their hooks succeed
 * @param writeBehindPolicy how much later, and how many at most
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
    int workersPerService,
    int concurrentCompiles,
    int uploadsPerMinute,
    long guestMemory,
    Duration refresh,
    Duration startTimeout,
    Limits limits,
    GateLimits gate,
    Quarantine.Policy quarantine,
    ServiceSet writeBehind,
    WriteBehind.Policy writeBehindPolicy) {
  private static final String LIMITS = "limits.";
  private static final String GATE = "gate.";
  private static final String QUARANTINE = "quarantine.";
  private static final String PERMISSIONS = "permissions.";
  private static final String WRITE_BEHIND = "writeBehind.";

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
    PluginSettings settings =
        new PluginSettings(
            "",
            all.entrySet().stream()
                .filter(entry -> !belongsToSection(entry.getKey()))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)));
    PluginSettings limitSettings = section(all, LIMITS);
    PluginSettings gateSettings = section(all, GATE);
    PluginSettings quarantineSettings = section(all, QUARANTINE);
    PluginSettings writeBehindSettings = section(all, WRITE_BEHIND);
    int workers = settings.integer("workers", defaultWorkers(), 1, 10_000);
    Limits limits = Limits.read(limitSettings);
    SandboxSettings read =
        new SandboxSettings(
            settings.text("engine").orElse("chicory"),
            settings.text("store").orElse("filesystem"),
            settings.text("kv").orElse("memory"),
            names(settings.text("functions").orElse("")),
            Permissions.read(valuesOf(all, PERMISSIONS)),
            settings.text("plugins").map(folder -> settings.requiredPath("plugins")),
            settings.integer("slots", 64, 1, 100_000),
            workers,
            settings.integer("workersPerService", Math.max(1, workers / 2), 1, workers),
            settings.integer("concurrentCompiles", 2, 1, 64),
            settings.integer("uploadsPerMinute", 30, 1, Integer.MAX_VALUE),
            guestMemory(settings, workers, limits),
            settings.duration("refresh", Duration.ofSeconds(1)),
            settings.duration("startTimeout", Duration.ofSeconds(30)),
            limits,
            gate(gateSettings, limits),
            new Quarantine.Policy(
                quarantineSettings.integer("faults", 5, 0, 1_000_000),
                quarantineSettings.duration("window", Duration.ofSeconds(60)),
                quarantineSettings.duration("rest", Duration.ofSeconds(10)),
                quarantineSettings.duration("longestRest", Duration.ofMinutes(10))),
            ServiceSet.read(
                WRITE_BEHIND + "services", writeBehindSettings.text("services").orElse("")),
            new WriteBehind.Policy(
                writeBehindSettings.duration("delay", Duration.ofMillis(100)),
                writeBehindSettings.largeSize("bytes", 64L << 20)));
    for (PluginSettings section :
        List.of(settings, limitSettings, gateSettings, quarantineSettings, writeBehindSettings)) {
      refuseUnknown(section);
    }
    return read;
  }

  private static boolean belongsToSection(String name) {
    return Stream.of(
            PLUGIN_KINDS.stream(), Stream.of(LIMITS, GATE, QUARANTINE, PERMISSIONS, WRITE_BEHIND))
        .flatMap(prefixes -> prefixes)
        .anyMatch(name::startsWith);
  }

  private static PluginSettings section(Map<String, String> all, String prefix) {
    return new PluginSettings(prefix, valuesOf(all, prefix));
  }

  private static Map<String, String> valuesOf(Map<String, String> all, String prefix) {
    return all.entrySet().stream()
        .filter(entry -> entry.getKey().startsWith(prefix))
        .collect(
            Collectors.toMap(
                entry -> entry.getKey().substring(prefix.length()), Map.Entry::getValue));
  }

  /** Half of the heap, but so much that every worker can run a guest of the largest size. */
  private static long guestMemory(PluginSettings settings, int workers, Limits limits) {
    long least = (long) workers * limits.memoryPages() * Memory.PAGE_BYTES;
    long most = Math.max(least, Runtime.getRuntime().maxMemory() / 2);
    long value = settings.largeSize("guestMemory", most);
    if (value < least) {
      throw new ConfigurationException(
          "setting 'guestMemory' is %d, but %d workers with guests of %d pages (limits.memoryPages) need %d"
              .formatted(value, workers, limits.memoryPages(), least));
    }
    return value;
  }

  /** Each limit of the gate by its name in camel case; the memory is {@code limits.memoryPages}. */
  private static GateLimits gate(PluginSettings settings, Limits limits) {
    GateLimits gate = GateLimits.defaults();
    for (GateLimits.Limit limit : GateLimits.Limit.values()) {
      if (limit != GateLimits.Limit.MEMORY_PAGES) {
        String name = CaseFormat.UPPER_UNDERSCORE.to(CaseFormat.LOWER_CAMEL, limit.name());
        gate = gate.with(limit, settings.size(name, limit.defaultValue()));
      }
    }
    return gate.with(GateLimits.Limit.MEMORY_PAGES, limits.memoryPages());
  }

  private static List<String> names(String list) {
    return java.util.Arrays.stream(list.split(",", -1))
        .map(String::strip)
        .filter(name -> !name.isEmpty())
        .toList();
  }

  private static void refuseUnknown(PluginSettings settings) {
    for (String name : settings.unread()) {
      throw settings.unknown(name);
    }
  }
}
