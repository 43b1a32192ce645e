package org.cloudramp.sandbox.server.config;

import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.plugin.PluginSettings;
import org.cloudramp.sandbox.core.Limits;

/**
 * What the operator wants, from wherever it is said.
 *
 * <p>In a file, settings are named {@code sandbox.engine}, {@code sandbox.server.port} and so on.
 * In the environment the same names are written in capitals with {@code _} for each dot: {@code
 * SANDBOX_ENGINE}, {@code SANDBOX_SERVER_PORT}. Capitals inside a name do not matter, so {@code
 * SANDBOX_CONCURRENTCOMPILES} is {@code sandbox.concurrentCompiles}; but the name of a host
 * function in {@code permissions.…} is written as the plugin writes it, and so in a file only.
 *
 * @param server what this server reads itself
 * @param sandbox everything else, for the sandbox to read, named without {@code sandbox.}
 */
public record Settings(ServerSettings server, Map<String, String> sandbox) {
  private static final String PREFIX = "sandbox.";

  /** What some editors put at the beginning of a file; it belongs to no name. */
  private static final String BYTE_ORDER_MARK = "\uFEFF";

  private static final String ENVIRONMENT_PREFIX = "SANDBOX_";

  /** What switches of this project's own tests begin with, which only look like settings. */
  private static final String NO_SETTING = "SANDBOX_REQUIRE_";

  /** Copies the map. */
  public Settings {
    sandbox = Map.copyOf(sandbox);
  }

  /**
   * Settings from all sources, the earlier before the later.
   *
   * @param commandLine named without {@code sandbox.}
   * @param environment of the process; what does not start with {@code SANDBOX_} is left out
   * @param file what {@link #file} has read
   * @throws ConfigurationException if a setting of the server is unknown or reads wrong
   */
  public static Settings of(
      Map<String, String> commandLine, Map<String, String> environment, Map<String, String> file) {
    // Names are the same whatever their capitals: the later value takes the place of the earlier.
    Map<String, String> merged = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    merged.putAll(file);
    merged.putAll(fromEnvironment(environment));
    merged.putAll(commandLine);

    Map<String, String> server = new TreeMap<>();
    Map<String, String> sandbox = new TreeMap<>();
    merged.forEach(
        (name, value) -> {
          if (name.startsWith(ServerSettings.PREFIX)) {
            server.put(name.substring(ServerSettings.PREFIX.length()), value);
          } else {
            sandbox.put(name, value);
          }
        });
    Settings settings = new Settings(ServerSettings.read(server), sandbox);
    settings.requireMessagesThatFit();
    return settings;
  }

  /**
   * Reads a properties file in UTF-8. The names in the result are without {@code sandbox.}.
   *
   * @throws ConfigurationException if it cannot be read, or has a name without that prefix
   */
  public static Map<String, String> file(Path file) {
    Properties properties = new Properties();
    try {
      String text = Files.readString(file, StandardCharsets.UTF_8);
      properties.load(
          new StringReader(text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text));
    } catch (IOException | IllegalArgumentException e) {
      throw new ConfigurationException(
          "settings file '%s' cannot be read: %s".formatted(file, e), e);
    }
    Map<String, String> settings = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    for (String name : properties.stringPropertyNames()) {
      if (!name.startsWith(PREFIX)) {
        throw new ConfigurationException(
            "unknown setting '%s' in '%s': all names start with '%s'"
                .formatted(name, file, PREFIX));
      }
      String value = properties.getProperty(name);
      if (settings.put(name.substring(PREFIX.length()), value) != null) {
        throw new ConfigurationException(
            "setting '%s' is in '%s' twice, with other capitals; leave one of them"
                .formatted(name, file));
      }
    }
    return settings;
  }

  /** A message that the server takes and the sandbox never does would hold up its room. */
  private void requireMessagesThatFit() {
    int most =
        new PluginSettings(PREFIX, sandbox)
            .size("limits.messageBytes", Limits.defaults().messageBytes());
    if (server.messageBytes() > most) {
      throw new ConfigurationException(
          "sandbox.server.messageBytes is %d, and sandbox.limits.messageBytes allows only %d"
              .formatted(server.messageBytes(), most));
    }
  }

  private static Map<String, String> fromEnvironment(Map<String, String> environment) {
    Map<String, String> settings = new TreeMap<>();
    environment.forEach(
        (variable, value) -> {
          if (variable.startsWith(ENVIRONMENT_PREFIX) && !variable.startsWith(NO_SETTING)) {
            String name = variable.substring(ENVIRONMENT_PREFIX.length());
            settings.put(name.toLowerCase(Locale.ROOT).replace('_', '.'), value);
          }
        });
    return settings;
  }
}
