package org.cloudramp.sandbox.core;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.error.SandboxException;
import org.cloudramp.sandbox.api.function.HostFunction;
import org.cloudramp.sandbox.api.function.HostFunctionProvider;
import org.cloudramp.sandbox.core.function.FunctionCatalogue;
import org.cloudramp.sandbox.core.function.Permissions;
import org.cloudramp.sandbox.core.plugin.PluginFaults;
import org.cloudramp.sandbox.core.plugin.PluginJars;
import org.cloudramp.sandbox.core.plugin.PluginLifecycle;

/**
 * Finds out what plugins offer to guests, without a sandbox. They are not started, so they need
 * neither settings nor secrets. One that can say what it offers only after its start is started all
 * the same, with its settings, and closed.
 */
final class OfferedFunctions {
  private OfferedFunctions() {}

  /** As {@link SandboxBuilder#describeFunctions}. */
  static SortedMap<String, List<HostFunction>> describe(
      SettingValues values, List<HostFunctionProvider> given) {
    SandboxSettings settings = SandboxSettings.read(values);
    try (PluginJars jars =
        new PluginJars(OfferedFunctions.class.getClassLoader(), settings.plugins())) {
      List<HostFunctionProvider> providers = new ArrayList<>(given);
      for (String name : settings.functions()) {
        providers.add(jars.offering(HostFunctionProvider.class, "functions").choose(name));
      }
      return describe(values, settings.startTimeout(), providers);
    }
  }

  private static SortedMap<String, List<HostFunction>> describe(
      SettingValues values, Duration startTimeout, List<HostFunctionProvider> providers) {
    try (PluginLifecycle plugins = new PluginLifecycle(values, Clock.systemUTC(), startTimeout)) {
      for (HostFunctionProvider provider : providers) {
        if (!tellsUnstarted(provider)) {
          start(plugins, provider);
        }
      }
      try (FunctionCatalogue catalogue =
          new FunctionCatalogue(List.of(), providers, Permissions.none(), 1)) {
        return catalogue.offered();
      }
    }
  }

  private static boolean tellsUnstarted(HostFunctionProvider provider) {
    try {
      PluginFaults.guard(provider, "functions", provider::functions);
      return true;
    } catch (SandboxException needsItsStart) {
      return false;
    }
  }

  private static void start(PluginLifecycle plugins, HostFunctionProvider provider) {
    try {
      plugins.start("functions", provider);
    } catch (SandboxException e) {
      throw new ConfigurationException(
          "plugin '%s' can say what it offers only after its start, which failed: %s"
              .formatted(provider.name(), e.getMessage()),
          e);
    }
  }
}
