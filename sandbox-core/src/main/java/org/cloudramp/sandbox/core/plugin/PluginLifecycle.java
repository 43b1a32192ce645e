package org.cloudramp.sandbox.core.plugin;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.plugin.Plugin;
import org.cloudramp.sandbox.api.plugin.PluginContext;
import org.cloudramp.sandbox.api.plugin.PluginSettings;
import org.cloudramp.sandbox.api.plugin.Setting;
import org.cloudramp.sandbox.core.SettingValues;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts plugins, each with the settings under its own prefix, and closes them in the reverse
 * order. Not thread-safe.
 */
public final class PluginLifecycle implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(PluginLifecycle.class);

  private static final Pattern NAME = Pattern.compile("[a-z][a-zA-Z0-9]{0,31}");

  private final SettingValues settings;
  private final Clock clock;
  private final StartWait wait;
  private final Deque<Plugin> started = new ArrayDeque<>();

  /**
   * Takes all settings; each plugin will see its own.
   *
   * @param startTimeout how long to wait for what a plugin needs and cannot reach yet
   */
  public PluginLifecycle(SettingValues settings, Clock clock, Duration startTimeout) {
    this.settings = settings;
    this.clock = clock;
    this.wait = new StartWait(startTimeout);
  }

  /**
   * Starts a plugin. Blocks while that waits for something outside.
   *
   * @param kind what stands before the plugin's name in the settings, such as {@code store}
   * @return the plugin
   * @throws ConfigurationException if a setting is wrong, or set and not known to the plugin
   * @throws org.cloudramp.sandbox.api.error.StoreException if what it needs stays out of reach
   */
  public <P extends Plugin> P start(String kind, P plugin) {
    String prefix = kind + "." + checkedName(plugin) + ".";
    List<String> declared =
        PluginFaults.guard(plugin, "declaredSettings", plugin::declaredSettings).stream()
            .map(Setting::name)
            .toList();
    if (!declared.isEmpty()) {
      settings.refuseUnknown(prefix, declared);
    }
    PluginSettings pluginSettings = settings.section(prefix);
    started.push(plugin); // before the start: a plugin is closed also when its start fails
    PluginContext context = PluginContext.of(pluginSettings, clock);
    wait.start(kind, plugin, () -> start(plugin, context));
    if (declared.isEmpty()) {
      for (String unread : pluginSettings.unread()) {
        settings.refuse(prefix + unread, pluginSettings.unknown(unread));
      }
    }
    return plugin;
  }

  private static void start(Plugin plugin, PluginContext context) {
    PluginFaults.guard(
        plugin,
        "start",
        () -> {
          asItself(plugin, () -> plugin.start(context));
          return plugin;
        });
  }

  /**
   * Looks for settings of plugins that are not started: most are typing errors, or were forgotten.
   *
   * @param kind what stands before the names of these plugins, such as {@code store}
   * @param inUse those that will be started
   * @throws ConfigurationException if there is one that is not from the environment
   */
  public void requireOnly(String kind, Iterable<? extends Plugin> inUse) {
    Set<String> names = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    inUse.forEach(plugin -> names.add(checkedName(plugin)));
    for (String name : settings.namesUnder(kind + ".")) {
      String plugin = name.split("\\.", -1)[0];
      if (!names.contains(plugin)) {
        settings.refuse(
            kind + "." + name,
            new ConfigurationException(
                "setting '%s.%s' is for '%s', which the setting '%s' does not name: in use is %s"
                    .formatted(
                        kind,
                        name,
                        plugin,
                        kind,
                        names.isEmpty() ? "none" : String.join(", ", names))));
      }
    }
  }

  /**
   * The plugin's name.
   *
   * @throws ConfigurationException if a plugin may not be called that
   */
  static String checkedName(Plugin plugin) {
    @Nullable String name = plugin.name(); // by a stranger's code, which keeps no promise of ours
    if (name == null || !NAME.matcher(name).matches()) {
      throw new ConfigurationException(
          "plugin %s is called '%s', which does not match %s"
              .formatted(plugin.getClass().getName(), name, NAME.pattern()));
    }
    return name;
  }

  /** With the class loader that libraries of the plugin expect. */
  private static void asItself(Plugin plugin, Runnable step) {
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    thread.setContextClassLoader(plugin.getClass().getClassLoader());
    try {
      step.run();
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  /** Closes what was started, the last first. Idempotent. */
  @Override
  public void close() {
    while (!started.isEmpty()) {
      Plugin plugin = started.pop();
      try {
        asItself(plugin, plugin::close);
      } catch (RuntimeException | LinkageError e) {
        log.warn("closing plugin '{}' failed", plugin.name(), e);
      }
    }
  }
}
