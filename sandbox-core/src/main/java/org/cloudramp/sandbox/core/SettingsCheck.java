package org.cloudramp.sandbox.core;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.cloudramp.sandbox.api.engine.WasmEngine;
import org.cloudramp.sandbox.api.error.SandboxException;
import org.cloudramp.sandbox.api.function.HostFunctionProvider;
import org.cloudramp.sandbox.api.kv.KvStore;
import org.cloudramp.sandbox.api.plugin.Plugin;
import org.cloudramp.sandbox.api.plugin.PluginSettings;
import org.cloudramp.sandbox.api.plugin.Setting;
import org.cloudramp.sandbox.api.store.ModuleStore;
import org.cloudramp.sandbox.core.plugin.PluginFaults;
import org.cloudramp.sandbox.core.plugin.PluginJars;
import org.cloudramp.sandbox.core.plugin.PluginLifecycle;

/**
 * Looks through settings without building anything: which there are for the plugins that they
 * choose, and all that is wrong with them, not only what is found first.
 *
 * <p>Plugins are made and not started. So what only a start can find out, such as a wrong password,
 * is not found, and of a plugin that declares no settings none is known.
 *
 * @param sections the settings that there are, those of the plugins in use among them
 * @param wrong what is wrong, a sentence for each
 * @param ignored the variables of the environment that nobody knows, by name, each with the reason
 */
public record SettingsCheck(
    List<SettingsSection> sections, List<String> wrong, Map<String, String> ignored) {
  /** Copies the collections. */
  public SettingsCheck {
    sections = List.copyOf(sections);
    wrong = List.copyOf(wrong);
    ignored = Map.copyOf(ignored);
  }

  /**
   * Looks through settings.
   *
   * @param values those of the sandbox: others are unknown to it
   */
  public static SettingsCheck of(SettingValues values) {
    return new Look(values).result();
  }

  /** One look. Not thread-safe. */
  private static final class Look {
    private final SettingValues values;

    /** As if all were written in a file, so that what nobody knows is refused. */
    private final SettingValues written;

    private final List<SettingsSection> sections = new ArrayList<>(SettingsSection.ofTheCore());
    private final Set<String> wrong = new LinkedHashSet<>();
    private final Map<String, String> ignored = new TreeMap<>();

    Look(SettingValues values) {
      this.values = values;
      this.written = SettingValues.none().with(values.values());
    }

    SettingsCheck result() {
      sections.forEach(this::readEach);
      eachAlone("", SandboxSettings::requireKnown);
      plugins();
      SettingValues known =
          values.only(name -> values.variable(name).filter(ignored::containsKey).isEmpty());
      attempt(() -> SandboxSettings.read(known)); // what they say together
      return new SettingsCheck(sections, List.copyOf(wrong), ignored);
    }

    private void readEach(SettingsSection section) {
      PluginSettings own = values.section(section.prefix());
      section.settings().forEach(setting -> attempt(() -> setting.read(own)));
    }

    private void attempt(Supplier<?> step) {
      try {
        Object unused = step.get();
      } catch (SandboxException e) {
        wrong.add(String.valueOf(e.getMessage()));
      }
    }

    /** Finds all that a check finds which stops at the first. */
    private void eachAlone(String prefix, Consumer<SettingValues> check) {
      for (String name : values.namesUnder(prefix)) {
        String full = prefix + name;
        try {
          check.accept(written.only(full::equalsIgnoreCase));
        } catch (SandboxException e) {
          String message = String.valueOf(e.getMessage());
          values
              .variable(full)
              .ifPresentOrElse(
                  variable -> ignored.put(variable, message), () -> wrong.add(message));
        }
      }
    }

    private void plugins() {
      PluginSettings top = values.section("");
      ClassLoader loader = Thread.currentThread().getContextClassLoader();
      try (PluginJars jars =
          new PluginJars(
              loader == null ? SettingsCheck.class.getClassLoader() : loader,
              SandboxSettings.PLUGINS.read(top))) {
        plugins("engine", List.of(SandboxSettings.ENGINE.read(top)), WasmEngine.class, jars);
        plugins("store", List.of(SandboxSettings.STORE.read(top)), ModuleStore.class, jars);
        plugins("kv", List.of(SandboxSettings.KV.read(top)), KvStore.class, jars);
        plugins("functions", SandboxSettings.FUNCTIONS.read(top), HostFunctionProvider.class, jars);
      } catch (SandboxException e) { // the folder of plugins
        wrong.add(String.valueOf(e.getMessage()));
      }
    }

    private <P extends Plugin> void plugins(
        String kind, List<String> names, Class<P> type, PluginJars jars) {
      List<P> inUse = new ArrayList<>();
      for (String name : names) {
        attempt(() -> inUse.add(jars.offering(type, kind).choose(name)));
      }
      inUse.forEach(plugin -> declared(kind, plugin));
      eachAlone(
          kind + ".",
          alone ->
              new PluginLifecycle(alone, Clock.systemUTC(), Duration.ZERO)
                  .requireOnly(kind, inUse));
    }

    private void declared(String kind, Plugin plugin) {
      attempt(
          () -> {
            List<Setting<?>> settings =
                PluginFaults.guard(plugin, "declaredSettings", plugin::declaredSettings);
            String prefix = kind + "." + plugin.name() + ".";
            SettingsSection section = new SettingsSection(prefix, settings);
            if (!settings.isEmpty()) {
              sections.add(section);
              readEach(section);
              List<String> names = settings.stream().map(Setting::name).toList();
              eachAlone(prefix, alone -> alone.refuseUnknown(prefix, names));
            }
            return section;
          });
    }
  }
}
