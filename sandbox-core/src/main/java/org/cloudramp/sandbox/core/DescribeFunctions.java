package org.cloudramp.sandbox.core;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.error.SandboxException;
import org.cloudramp.sandbox.api.function.HostFunctionProvider;
import org.cloudramp.sandbox.core.function.FunctionCatalogue;
import org.cloudramp.sandbox.core.function.FunctionsJson;
import org.cloudramp.sandbox.core.function.Permissions;
import org.cloudramp.sandbox.core.plugin.PluginFaults;
import org.cloudramp.sandbox.core.plugin.PluginJars;
import org.cloudramp.sandbox.core.plugin.PluginLifecycle;

/**
 * Prints what plugins offer to guests, without a server, for {@code npx room bindings}. Its
 * arguments are settings:
 *
 * <pre>{@code
 * java -cp 'lib/*' org.cloudramp.sandbox.core.DescribeFunctions plugins=plugins functions=leaderboard
 * }</pre>
 *
 * Plugins are not started, so they need neither settings nor secrets. One that can say what it
 * offers only after its start is started all the same, with its settings, and closed.
 */
public final class DescribeFunctions {
  private DescribeFunctions() {}

  /** Prints the JSON text to the standard output; a mistake to the error output, with status 2. */
  public static void main(String... arguments) {
    try {
      System.out.println(describe(settings(arguments)));
    } catch (ConfigurationException e) {
      System.err.println(e.getMessage());
      System.exit(2);
    }
  }

  private static Map<String, String> settings(String... arguments) {
    Map<String, String> settings = new TreeMap<>();
    for (String argument : arguments) {
      int equals = argument.indexOf('=');
      if (equals < 1) {
        throw new ConfigurationException(
            "'%s' is no setting; write name=value, such as plugins=plugins functions=leaderboard"
                .formatted(argument));
      }
      settings.put(argument.substring(0, equals), argument.substring(equals + 1));
    }
    return settings;
  }

  private static String describe(Map<String, String> values) {
    SandboxSettings settings = SandboxSettings.read(values);
    try (PluginJars jars =
        new PluginJars(DescribeFunctions.class.getClassLoader(), settings.plugins())) {
      return describe(
          values,
          settings.functions().stream()
              .map(name -> jars.offering(HostFunctionProvider.class, "functions").choose(name))
              .toArray(HostFunctionProvider[]::new));
    }
  }

  static String describe(Map<String, String> values, HostFunctionProvider... providers) {
    SettingValues all = SettingValues.none().with(values);
    Duration startTimeout = SandboxSettings.read(all).startTimeout();
    try (PluginLifecycle plugins = new PluginLifecycle(all, Clock.systemUTC(), startTimeout)) {
      for (HostFunctionProvider provider : providers) {
        if (!tellsUnstarted(provider)) {
          start(plugins, provider);
        }
      }
      try (FunctionCatalogue catalogue =
          new FunctionCatalogue(List.of(), List.of(providers), Permissions.none(), 1)) {
        return FunctionsJson.write(catalogue.offered());
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
