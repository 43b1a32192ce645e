package org.cloudramp.sandbox.server;

import java.util.Map;
import java.util.TreeMap;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.core.Sandbox;
import org.cloudramp.sandbox.server.http.FunctionsJson;

/**
 * Prints what plugins offer to guests, without a server, for {@code npx room bindings}. Its
 * arguments are settings:
 *
 * <pre>{@code
 * java -cp sandbox-server.jar org.cloudramp.sandbox.server.DescribeFunctions plugins=plugins functions=leaderboard
 * }</pre>
 */
public final class DescribeFunctions {
  private DescribeFunctions() {}

  /** Prints the JSON text to the standard output; a mistake to the error output, with status 2. */
  public static void main(String... arguments) {
    try {
      System.out.println(
          FunctionsJson.write(Sandbox.builder().settings(settings(arguments)).describeFunctions()));
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
}
