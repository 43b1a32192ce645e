package org.cloudramp.sandbox.core;

import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.function.HostFunctionProvider;
import org.cloudramp.sandbox.core.function.FunctionCatalogue;
import org.cloudramp.sandbox.core.function.FunctionsJson;
import org.cloudramp.sandbox.core.function.Permissions;
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
 * The plugins are started, with their settings, and closed.
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

  static String describe(Map<String, String> values) {
    SettingValues all = SettingValues.none().with(values);
    SandboxSettings settings = SandboxSettings.read(all);
    try (PluginJars jars =
            new PluginJars(DescribeFunctions.class.getClassLoader(), settings.plugins());
        PluginLifecycle plugins =
            new PluginLifecycle(all, Clock.systemUTC(), settings.startTimeout())) {
      List<HostFunctionProvider> providers = new ArrayList<>();
      for (String name : settings.functions()) {
        HostFunctionProvider provider =
            jars.offering(HostFunctionProvider.class, "functions").choose(name);
        providers.add(plugins.start("functions", provider));
      }
      try (FunctionCatalogue catalogue = new FunctionCatalogue(providers, Permissions.none(), 1)) {
        return FunctionsJson.write(catalogue.offered());
      }
    }
  }
}
