package org.cloudramp.sandbox.server.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.plugin.PluginSettings;
import org.cloudramp.sandbox.api.plugin.Setting;
import org.cloudramp.sandbox.core.Limits;
import org.cloudramp.sandbox.core.SettingValues;
import org.cloudramp.sandbox.core.SettingsSection;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the operator wants, from wherever it is said.
 *
 * <p>In a file, settings are named {@code sandbox.engine}, {@code sandbox.server.port} and so on.
 * In the environment the same names are written in capitals with {@code _} for each dot: {@code
 * SANDBOX_ENGINE}, {@code SANDBOX_SERVER_PORT}. Capitals inside a name do not matter, so {@code
 * SANDBOX_CONCURRENTCOMPILES} is {@code sandbox.concurrentCompiles}; but the name of a host
 * function in {@code permissions.…} is written as the plugin writes it, and so in a file only.
 *
 * <p>A name that nobody knows is refused, but one from the environment is only logged: others write
 * there as well.
 *
 * @param server what this server reads itself
 * @param forTheSandbox everything else, for the sandbox to read, named without {@code sandbox.}
 */
public record Settings(ServerSettings server, SettingValues forTheSandbox) {
  private static final Logger log = LoggerFactory.getLogger(Settings.class);
  static final String PREFIX = "sandbox.";

  /** Where platforms that run containers say which port they will connect to. */
  static final String PORT_VARIABLE = "PORT";

  private static final String LIMIT_OF_ALL = "limits.messageBytes";
  private static final Pattern LIMIT_OF_A_SERVICE =
      Pattern.compile("services\\.[^.]+\\.limits\\.messageBytes", Pattern.CASE_INSENSITIVE);

  /** Whoever chooses a store on the command line means none of those that are set up elsewhere. */
  private static final String STORE = "store";

  private static final String PORT = ServerSettings.PREFIX + ServerSettings.PORT.name();

  /**
   * Settings from all sources, the earlier before the later.
   *
   * @param commandLine named without {@code sandbox.}
   * @param environment of the process; what does not start with {@code SANDBOX_} is left out, but
   *     for {@code PORT}, which counts where no port is set otherwise
   * @param file what {@link #fileOrDefault} has read
   * @throws ConfigurationException if a setting of the server reads wrong, or is unknown and not
   *     from the environment
   */
  public static Settings of(
      Map<String, String> commandLine, Map<String, String> environment, Map<String, String> file) {
    SettingValues given = SettingValues.none().with(file).withEnvironment(environment);
    if (commandLine.containsKey(STORE)) {
      given = given.only(name -> !SettingValues.isUnder(STORE + ".", name));
    }
    return of(withPort(given.with(commandLine), environment));
  }

  /**
   * All of them together.
   *
   * @throws ConfigurationException as above
   */
  static Settings of(SettingValues all) {
    refuseUnknown(all);
    PluginSettings server = all.section(ServerSettings.PREFIX, PREFIX);
    Settings settings =
        new Settings(
            ServerSettings.read(server), all.only(name -> SettingsSection.isOfTheSandbox(name)));
    settings.requireMessagesThatFit();
    return settings;
  }

  /** These, and the port that the platform names if nobody else does. */
  static SettingValues withPort(SettingValues all, Map<String, String> environment) {
    String port = environment.get(PORT_VARIABLE);
    if (port == null || all.names().contains(PORT)) {
      return all;
    }
    if (!port.matches("\\d{1,5}")) {
      log.warn("the environment variable {} is ignored: it is no port", PORT_VARIABLE);
      return all;
    }
    return all.withVariable(PORT_VARIABLE, PORT, port);
  }

  /**
   * Looks for names that neither the server nor the sandbox knows.
   *
   * @throws ConfigurationException for the first that is not from the environment
   */
  static void refuseUnknown(SettingValues all) {
    List<String> own = names(ServerSettings.declared());
    PluginSettings server = new PluginSettings(PREFIX + ServerSettings.PREFIX, Map.of());
    for (String name : all.unknownUnder(ServerSettings.PREFIX, own)) {
      all.refuse(ServerSettings.PREFIX + name, server.unknown(name, own));
    }
    List<String> ofTheCore = new ArrayList<>();
    SettingsSection.ofTheCore().forEach(section -> ofTheCore.addAll(fullNames(section)));
    List<String> everybodys = new ArrayList<>(ofTheCore);
    everybodys.addAll(fullNames(ServerSettings.declared()));
    PluginSettings rest = new PluginSettings(PREFIX, Map.of());
    for (String name : all.names()) {
      boolean isKnown =
          SettingValues.isUnder(ServerSettings.PREFIX, name)
              || SettingsSection.isOfTheSandbox(name);
      if (!isKnown) {
        List<String> shown = ofTheCore.stream().filter(each -> !each.contains(".")).toList();
        all.refuse(name, rest.unknown(name, shown, everybodys));
      }
    }
  }

  private static List<String> names(SettingsSection section) {
    return section.settings().stream().map(Setting::name).toList();
  }

  private static List<String> fullNames(SettingsSection section) {
    return names(section).stream().map(name -> section.prefix() + name).toList();
  }

  /** What is for the sandbox to read, by name. */
  public Map<String, String> sandbox() {
    return forTheSandbox.values();
  }

  /**
   * What is in a file, or if none was named in {@code sandbox.properties} of this folder, if there
   * is one.
   *
   * @throws ConfigurationException as {@link SettingsFile#read}
   */
  public static Map<String, String> fileOrDefault(@Nullable Path named) {
    return SettingsFile.named(named).values();
  }

  /** A message that the server takes and the sandbox never does would hold up its room. */
  private void requireMessagesThatFit() {
    int otherwise = Limits.defaults().messageBytes();
    PluginSettings others = forTheSandbox.section("", PREFIX);
    requireFits(LIMIT_OF_ALL, others.size(LIMIT_OF_ALL, otherwise));
    for (String name : forTheSandbox.names()) {
      if (LIMIT_OF_A_SERVICE.matcher(name).matches()) {
        requireFits(name, others.size(name, otherwise));
      }
    }
  }

  private void requireFits(String limit, int bytes) {
    if (server.messageBytes() > bytes) {
      throw new ConfigurationException(
          "sandbox.server.messageBytes is %d, and sandbox.%s allows only %d"
              .formatted(server.messageBytes(), limit, bytes));
    }
  }
}
