package org.cloudramp.sandbox.core.plugin;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.SortedMap;
import java.util.TreeMap;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.plugin.Plugin;

/**
 * The plugins of one kind that the jars offer, by name. A jar that is broken matters only if what
 * is asked for cannot be found; two plugins of one name matter only if that name is asked for.
 *
 * <p>Each {@link #choose} makes new plugins. Not thread-safe: used while a sandbox is built.
 *
 * @param <P> the kind
 */
public final class PluginCatalogue<P extends Plugin> {
  /** A loader that only fails may fail for ever. */
  private static final int MAX_FAILURES = 100;

  private final Class<P> type;
  private final String setting;
  private final SortedMap<String, List<P>> offered = new TreeMap<>();
  private final List<String> broken = new ArrayList<>();

  /**
   * Looks through the jars.
   *
   * @param type the kind of plugin
   * @param setting the setting that chooses among them, for messages
   * @param loaders where the jars are; no plugin is seen by two of them
   * @param broken what could not even be opened
   */
  PluginCatalogue(
      Class<P> type, String setting, List<? extends ClassLoader> loaders, List<String> broken) {
    this.type = type;
    this.setting = setting;
    this.broken.addAll(broken);
    loaders.forEach(this::search);
  }

  private void search(ClassLoader loader) {
    Iterator<P> found = ServiceLoader.load(type, loader).iterator();
    for (int failures = 0; failures < MAX_FAILURES; ) {
      try {
        if (!found.hasNext()) {
          return;
        }
        P plugin = found.next();
        String name = PluginLifecycle.checkedName(plugin);
        offered.computeIfAbsent(name, n -> new ArrayList<>()).add(plugin);
      } catch (ServiceConfigurationError | RuntimeException | LinkageError e) {
        failures++;
        broken.add(reason(e));
      }
    }
  }

  /**
   * The one plugin of that name, not yet started.
   *
   * @throws ConfigurationException if there is none, with the names there are; or if there are
   *     several, with their jars
   */
  public P choose(String name) {
    List<P> candidates = offered.getOrDefault(name, List.of());
    if (candidates.size() == 1) {
      return candidates.get(0);
    }
    if (candidates.isEmpty()) {
      throw new ConfigurationException(
          "setting '%s' is '%s', but no %s of that name is there; there are: %s%s"
              .formatted(
                  setting,
                  name,
                  type.getSimpleName(),
                  offered.isEmpty() ? "none" : String.join(", ", offered.keySet()),
                  broken.isEmpty() ? "" : "; and broken ones: " + String.join("; ", broken)));
    }
    throw new ConfigurationException(
        "setting '%s' is '%s', but %d plugins have that name: %s; leave one of these jars out"
            .formatted(
                setting,
                name,
                candidates.size(),
                String.join(" and ", candidates.stream().map(PluginFaults::origin).toList())));
  }

  /** What is wrong with a jar, and why, as far as it says. */
  private static String reason(Throwable fault) {
    Throwable cause = fault.getCause();
    return cause == null
        ? String.valueOf(fault.getMessage())
        : "%s: %s".formatted(fault.getMessage(), cause);
  }
}
